//! The serial numbers of a list, packed and sorted (RFC 5280 §5.1.2.6, §5.3).

use der::Tag;

use crate::distribution_point::PointName;
use crate::name::Name;
use crate::revocation::fault::CrlFault;
use crate::revocation::fields::{Extension, Fields, unsigned};
use crate::time::Time;

/// Where each entry of a list stands in its DER: sixteen bytes an entry, and no object for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Sorted by the serial number's last eight bytes, then by the whole of it.
    slots: Vec<Slot>,
    /// The entries that name a certificate issuer, in the list's order: each counts from there on
    /// until the next one (RFC 5280 §5.3.3).
    issuers: Vec<u32>,
}

/// An entry's place. The last bytes differ where numbers are counted up and where they are random;
/// the first ones often do not.
#[derive(Clone, Copy, Debug)]
struct Slot {
    tail: u64,
    offset: u32,
}

/// What kind of list the entries are of, as far as it decides what they may say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    /// Version 2, so that entries may have extensions.
    pub(crate) extensions: bool,
    /// An indirect list, so that entries may name an issuer.
    pub(crate) issuers: bool,
    /// A delta, so that entries may be removals.
    pub(crate) removals: bool,
}

/// One entry, read when it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    serial: &'a [u8],
    pub(crate) at: Time,
    pub(crate) reason: Option<u8>,
    /// The contents of its `certificateIssuer`.
    issuer: Option<&'a [u8]>,
}

impl Table {
    /// Walks the entries once: each is checked, and its place kept. A list with one entry that
    /// cannot be judged is not used at all (RFC 5280 §5.3).
    ///
    /// `start` is where `entries` stand in the list's DER.
    pub(crate) fn read(entries: &[u8], start: u32, allowed: Allowed) -> Result<Self, CrlFault> {
        let mut slots = Vec::with_capacity(count(entries)?);
        let mut issuers = Vec::new();
        let mut known = Extensions::default();
        let mut fields = Fields::of(entries)?;
        while !fields.is_empty() {
            let offset = start
                .checked_add(fields.position())
                .ok_or_else(|| CrlFault::NotDer("it is too long".into()))?;
            let entry = Entry::read(fields.take(Tag::Sequence)?, allowed, &mut known)?;
            if entry.issuer.is_some() {
                issuers.push(offset);
            }
            slots.push(Slot {
                tail: tail(entry.serial),
                offset,
            });
        }
        Ok(Self { slots, issuers })
    }

    /// Sorts the places; `der` is the whole list that they point into.
    pub(crate) fn sort(&mut self, der: &[u8]) {
        self.slots.sort_unstable_by(|a, b| {
            a.tail
                .cmp(&b.tail)
                .then_with(|| serial_at(der, a.offset).cmp(serial_at(der, b.offset)))
        });
    }

    /// The entry of a certificate: its serial number and who issued it. Of several the one that
    /// revokes.
    pub(crate) fn find(
        &self,
        der: &[u8],
        serial: &[u8],
        of_issuer: impl Fn(Option<&[PointName]>) -> bool,
    ) -> Option<(Time, Option<u8>)> {
        let wanted = (tail(serial), serial);
        let first = self.slots.partition_point(|slot| {
            slot.tail < wanted.0
                || (slot.tail == wanted.0 && serial_at(der, slot.offset) < wanted.1)
        });
        let mut found = None;
        for slot in self.slots.get(first..)? {
            if slot.tail != wanted.0 || serial_at(der, slot.offset) != serial {
                break;
            }
            let Some(entry) = entry_at(der, slot.offset) else {
                continue;
            };
            if !of_issuer(self.issuer_of(der, slot.offset).as_deref()) {
                continue;
            }
            let answer = (entry.at, entry.reason);
            if entry.reason != Some(REMOVE_FROM_CRL) {
                return Some(answer);
            }
            found = Some(answer);
        }
        found
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The serial numbers, in the table's order.
    pub(crate) fn serials<'a>(&'a self, der: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.slots.iter().map(|slot| serial_at(der, slot.offset))
    }

    /// The certificate issuer that counts at an entry; none where it is the list's own.
    fn issuer_of(&self, der: &[u8], offset: u32) -> Option<Vec<PointName>> {
        let after = self.issuers.partition_point(|at| *at <= offset);
        let at = self.issuers.get(after.checked_sub(1)?)?;
        // Reading it worked before; if it did not, the names would match nobody.
        let names = entry_at(der, *at).and_then(|entry| PointName::read_all(entry.issuer?).ok());
        Some(names.unwrap_or_default())
    }
}

impl<'a> Entry<'a> {
    fn read(
        contents: &'a [u8],
        allowed: Allowed,
        known: &mut Extensions<'a>,
    ) -> Result<Self, CrlFault> {
        let mut fields = Fields::of(contents)?;
        let serial = unsigned(fields.take(Tag::Integer)?)?;
        let at = fields.time()?;
        let mut entry = Self {
            serial,
            at,
            reason: None,
            issuer: None,
        };
        if let Some(extensions) = fields.optional(Tag::Sequence)? {
            if !allowed.extensions {
                return Err(CrlFault::Forbidden(
                    "version 1 with entry extensions".into(),
                ));
            }
            if known.bytes != extensions || extensions.is_empty() {
                *known = Extensions::read(extensions, allowed)?;
            }
            entry.reason = known.reason;
            entry.issuer = known.issuer;
        }
        fields.end()?;
        Ok(entry)
    }
}

/// The extensions of an entry. Most entries of a list have the same bytes, which are read once.
#[derive(Clone, Copy, Debug, Default)]
struct Extensions<'a> {
    bytes: &'a [u8],
    reason: Option<u8>,
    issuer: Option<&'a [u8]>,
}

impl<'a> Extensions<'a> {
    fn read(bytes: &'a [u8], allowed: Allowed) -> Result<Self, CrlFault> {
        let mut read = Self {
            bytes,
            reason: None,
            issuer: None,
        };
        let mut seen = Vec::new();
        let mut fields = Fields::of(bytes)?;
        while let Some(extension) = Extension::next(&mut fields)? {
            if seen.contains(&extension.oid) {
                return Err(CrlFault::Forbidden(format!(
                    "an entry with the extension {} twice",
                    extension.oid
                )));
            }
            seen.push(extension.oid);
            if extension.oid == REASON_CODE {
                read.reason = Some(reason(extension.value, allowed)?);
            } else if extension.oid == CERTIFICATE_ISSUER {
                read.issuer = Some(issuer(extension.value, allowed)?);
            } else if extension.oid == INVALIDITY_DATE {
                let mut date = Fields::of(extension.value)?;
                date.time()?;
                date.end()?;
            } else if extension.critical {
                return Err(CrlFault::NotJudged(extension.oid.to_string()));
            }
        }
        if seen.is_empty() {
            return Err(CrlFault::Forbidden(
                "an entry with extensions, but none in them".into(),
            ));
        }
        Ok(read)
    }
}

/// RFC 5280 §5.3.1.
fn reason(value: &[u8], allowed: Allowed) -> Result<u8, CrlFault> {
    let mut fields = Fields::of(value)?;
    let code = match fields.take(Tag::Enumerated)? {
        [code] => *code,
        _ => return Err(CrlFault::Forbidden("a reason that is none".into())),
    };
    fields.end()?;
    if code == REMOVE_FROM_CRL && !allowed.removals {
        return Err(CrlFault::Forbidden(
            "removeFromCRL in a list that is no delta".into(),
        ));
    }
    Ok(code)
}

/// RFC 5280 §5.3.3: the names, of which one is a directory name.
fn issuer(value: &[u8], allowed: Allowed) -> Result<&[u8], CrlFault> {
    if !allowed.issuers {
        return Err(CrlFault::Forbidden(
            "a certificate issuer in a list that is not indirect".into(),
        ));
    }
    let mut fields = Fields::of(value)?;
    let names = fields.take(Tag::Sequence)?;
    fields.end()?;
    let read = PointName::read_all(names)?;
    if read.iter().any(|name| name.directory().is_some()) {
        Ok(names)
    } else {
        Err(CrlFault::Forbidden(
            "a certificate issuer without a directory name".into(),
        ))
    }
}

/// How many entries there are: a first walk over their headers, so that the table is made once in
/// its size.
fn count(entries: &[u8]) -> Result<usize, CrlFault> {
    let mut fields = Fields::of(entries)?;
    let mut count = 0_usize;
    while !fields.is_empty() {
        fields.take(Tag::Sequence)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

/// The last eight bytes of a serial number.
fn tail(serial: &[u8]) -> u64 {
    serial
        .iter()
        .rev()
        .take(8)
        .rev()
        .fold(0, |tail, byte| tail << 8 | u64::from(*byte))
}

/// The serial number of the entry at `offset`, which was read there before.
fn serial_at(der: &[u8], offset: u32) -> &[u8] {
    let read = || -> Result<&[u8], der::Error> {
        let mut entry = Fields::of(contents_at(der, offset)?)?;
        unsigned(entry.take(Tag::Integer)?)
    };
    read().unwrap_or_default()
}

/// The entry at `offset`, which was read there before.
fn entry_at(der: &[u8], offset: u32) -> Option<Entry<'_>> {
    let any = Allowed {
        extensions: true,
        issuers: true,
        removals: true,
    };
    Entry::read(
        contents_at(der, offset).ok()?,
        any,
        &mut Extensions::default(),
    )
    .ok()
}

fn contents_at(der: &[u8], offset: u32) -> Result<&[u8], der::Error> {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| der.get(offset..))
        .unwrap_or_default();
    Fields::of(rest)?.take(Tag::Sequence)
}

/// Whether `name` is among the names of an entry's certificate issuer.
pub(crate) fn names(issuer: &[PointName], name: &Name) -> bool {
    issuer
        .iter()
        .filter_map(PointName::directory)
        .any(|one| one.matches(name))
}

/// removeFromCRL (RFC 5280 §5.3.1).
pub(crate) const REMOVE_FROM_CRL: u8 = 8;
const REASON_CODE: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("2.5.29.21");
const INVALIDITY_DATE: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("2.5.29.24");
const CERTIFICATE_ISSUER: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("2.5.29.29");
