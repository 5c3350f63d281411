//! Turns a plan into certificates.

mod breaking;
mod draft;
mod extensions;
mod names;

use anyhow::Result;

pub use draft::{Draft, Extension, extension};
pub use extensions::own_policy;
pub use names::{authority_name, directory};

use crate::keys::{Key, Pool, Scheme};
use crate::plan::{Cross, Kind, NOW, Plan, SecondRoot, Spelling};

/// A case as the judges get it.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The leaf.
    pub leaf: Certificate,
    /// The authorities.
    pub pool: Vec<Certificate>,
    /// Which one is broken: zero is the leaf, and others are one more than their number in the
    /// pool. None where the broken one is missing.
    pub broken: Option<usize>,
}

/// A certificate, and what the generator knows of it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// DER, or what is left of it.
    pub der: Vec<u8>,
    /// The number of the name that it bears.
    pub subject: usize,
    /// The number of the name of who issued it.
    pub issuer: usize,
    /// The number of its key.
    pub key: usize,
    /// Whether a path may end at it.
    pub trusted: bool,
    /// Where the plan has it.
    pub origin: Origin,
}

/// Where a plan has a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The leaf.
    Leaf,
    /// An authority of the chain.
    Authority(usize),
    /// The second root.
    SecondRoot,
    /// A further certificate.
    Cross(usize),
}

/// A name and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holder {
    name: usize,
    key: usize,
}

/// Mints everything that a plan wants.
pub fn mint(plan: &Plan, keys: &Pool) -> Result<Minted> {
    let holders = holders(plan);
    let mut drafts = vec![leaf(plan, &holders, keys)];
    for (number, authority) in plan.authorities.iter().enumerate() {
        let issuer = number.saturating_sub(1);
        let mut draft = Draft::authority(
            keys,
            holders[number],
            holders[issuer],
            number,
            &authority.says,
            plan.authorities.len() - 1 - number,
        );
        draft.trusted = number == 0;
        draft.origin = Origin::Authority(number);
        draft.identify(
            &authority.says.common,
            holders[number],
            holders[issuer],
            keys,
            issuer,
        );
        drafts.push(draft);
    }
    if let Some(second) = plan.second_root {
        let holder = holders[plan.authorities.len()];
        let mut draft = Draft::plain_root(keys, holder, SECOND_ROOT);
        draft.trusted = second == SecondRoot::Trusted;
        draft.origin = Origin::SecondRoot;
        drafts.push(draft);
    }
    for (number, cross) in plan.crosses.iter().enumerate() {
        drafts.push(crossed(plan, number, cross, &holders, keys));
    }
    let broken = plan
        .fault
        .map(|fault| (fault.at % drafts.len(), fault.kind));
    let mut certificates = Vec::new();
    for (number, draft) in drafts.into_iter().enumerate() {
        let kind = broken.filter(|(at, _)| *at == number).map(|(_, kind)| kind);
        certificates.extend(breaking::finish(draft, kind, keys)?);
    }
    // A leaf that is missing would be no case: the fault leaves it alone.
    let leaf = certificates.remove(0);
    Ok(Minted {
        leaf,
        pool: certificates,
        broken: broken
            .filter(|(at, kind)| *at == 0 || *kind != Kind::Missing)
            .map(|(at, _)| at),
    })
}

/// The holders of the chain, and then the second root.
fn holders(plan: &Plan) -> Vec<Holder> {
    let mut holders: Vec<Holder> = Vec::new();
    for (number, authority) in plan.authorities.iter().enumerate() {
        let name = match holders.last() {
            Some(above) if authority.same_name => above.name,
            _ => number,
        };
        let key = plan.keys[number];
        holders.push(Holder { name, key });
    }
    if plan.second_root.is_some() {
        holders.push(Holder {
            name: SECOND_ROOT,
            key: plan.keys[9],
        });
    }
    holders
}

fn leaf(plan: &Plan, holders: &[Holder], keys: &Pool) -> Draft {
    let last = plan.authorities.len() - 1;
    let issuer = holders[last];
    let holder = Holder {
        name: LEAF,
        key: LEAF_KEY,
    };
    let mut draft = Draft::blank(
        keys,
        holder,
        issuer,
        LEAF,
        directory(plan.leaf.subject, Spelling::Same),
    );
    draft.extensions = extensions::of_leaf(&plan.leaf);
    draft.identify(&plan.leaf.common, holder, issuer, keys, last);
    draft
}

fn crossed(plan: &Plan, number: usize, cross: &Cross, holders: &[Holder], keys: &Pool) -> Draft {
    let about = cross.subject % plan.authorities.len();
    let by = cross.issuer % holders.len();
    let mut holder = holders[about];
    if cross.rekeyed {
        holder.key = plan.keys[5 + number];
    }
    let below = plan.authorities.len() - 1 - about;
    let serial = CROSS + number;
    let mut draft = Draft::authority(keys, holder, holders[by], serial, &cross.says, below);
    if cross.expired {
        draft.validity = [NOW - 2 * DAY, NOW - DAY].map(crate::der::time);
    }
    draft.origin = Origin::Cross(number);
    draft.identify(&cross.says.common, holder, holders[by], keys, by);
    draft
}

impl Draft {
    fn blank(keys: &Pool, holder: Holder, issuer: Holder, serial: usize, subject: Vec<u8>) -> Self {
        Self {
            version: Some(2),
            serial: draft::serial(serial),
            issuer: authority_name(issuer.name, Spelling::Same),
            validity: [NOW - DAY, NOW + DAY].map(crate::der::time),
            subject,
            spki: keys.key(holder.key).spki().to_vec(),
            extensions: Vec::new(),
            signer: issuer.key,
            scheme: Scheme::Sha256,
            subject_name: holder.name,
            issuer_name: issuer.name,
            key: holder.key,
            trusted: false,
            origin: Origin::Leaf,
        }
    }

    fn authority(
        keys: &Pool,
        holder: Holder,
        issuer: Holder,
        serial: usize,
        says: &crate::plan::Says,
        below: usize,
    ) -> Self {
        let subject = authority_name(holder.name, Spelling::Same);
        let mut draft = Self::blank(keys, holder, issuer, serial, subject);
        draft.extensions = extensions::of_authority(says, below);
        draft
    }

    fn plain_root(keys: &Pool, holder: Holder, serial: usize) -> Self {
        let subject = authority_name(holder.name, Spelling::Same);
        let mut draft = Self::blank(keys, holder, holder, serial, subject);
        draft.extensions = extensions::of_plain_root();
        draft
            .extensions
            .push(extensions::own_key(keys.key(holder.key)));
        draft
    }

    fn identify(
        &mut self,
        common: &crate::plan::Common,
        holder: Holder,
        issuer: Holder,
        keys: &Pool,
        issuer_serial: usize,
    ) {
        self.issuer = authority_name(issuer.name, common.spelling);
        self.scheme = match common.scheme {
            0 => Scheme::Sha256,
            1 => Scheme::Sha384,
            2 => Scheme::Sha512,
            _ => Scheme::Pss,
        };
        let (own, above): (&Key, &Key) = (keys.key(holder.key), keys.key(issuer.key));
        // The issuer's certificate is the chain's: its issuer is the holder above it.
        let serial = draft::serial(issuer_serial);
        self.extensions.extend(extensions::identifiers(
            common.identifiers,
            own,
            above,
            &serial,
        ));
        if common.unknown {
            self.extensions.push(extensions::unknown(false));
        }
    }
}

const LEAF: usize = 99;
const LEAF_KEY: usize = 11;
const SECOND_ROOT: usize = 20;
const CROSS: usize = 40;
const DAY: i64 = 86_400;
