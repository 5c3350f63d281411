//! OpenSSL's libcrypto, asked of each path by itself.

use anyhow::Result;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509PurposeId, X509StoreContext};

use super::{Opinion, Path};
use crate::mint::{Minted, own_policy};
use crate::plan::{Asked, NOW};

mod lists;
mod policy;

pub use lists::add_crl;

/// What OpenSSL reads of a case.
pub struct Judge {
    leaf: Option<X509>,
    pool: Vec<Option<X509>>,
    parameters: X509VerifyParam,
}

impl Judge {
    /// Reads a case.
    pub fn new(asked: &Asked, minted: &Minted) -> Result<Self> {
        Ok(Self {
            leaf: read(&minted.leaf.der),
            pool: minted.pool.iter().map(|one| read(&one.der)).collect(),
            parameters: parameters(asked)?,
        })
    }

    /// Judges one path.
    pub fn judge(&self, path: &Path) -> Result<Opinion> {
        let authorities: Option<Vec<X509>> = path
            .iter()
            .map(|number| self.pool[*number].clone())
            .collect();
        match (&self.leaf, authorities) {
            (Some(leaf), Some(authorities)) => self.verify(leaf, &authorities),
            _ => Ok(Opinion::Fails("unread".to_owned())),
        }
    }

    fn verify(&self, leaf: &X509, authorities: &[X509]) -> Result<Opinion> {
        let Some((anchor, intermediates)) = authorities.split_last() else {
            return Ok(Opinion::Fails("no authority".to_owned()));
        };
        let store = store(anchor, &self.parameters)?;
        let mut chain = Stack::new()?;
        for intermediate in intermediates {
            chain.push(intermediate.clone())?;
        }
        let mut context = X509StoreContext::new()?;
        Ok(context.init(&store, leaf, &chain, |context| {
            if context.verify_cert()? {
                return Ok(Opinion::Holds(Some(policy::user_policies(context))));
            }
            let error = context.error();
            Ok(Opinion::Fails(format!(
                "{} at {}: {}",
                error.as_raw(),
                context.error_depth(),
                error.error_string()
            )))
        })?)
    }
}

fn store(anchor: &X509, parameters: &X509VerifyParam) -> Result<X509Store> {
    let mut store = X509StoreBuilder::new()?;
    store.add_cert(anchor.clone())?;
    store.set_param(parameters)?;
    Ok(store.build())
}

/// The purpose of a TLS client, policies, and keys and digests from 112 bits of strength.
fn parameters(asked: &Asked) -> Result<X509VerifyParam> {
    let mut parameters = X509VerifyParam::new()?;
    let mut flags = X509VerifyFlags::POLICY_CHECK | X509VerifyFlags::PARTIAL_CHAIN;
    flags.set(X509VerifyFlags::EXPLICIT_POLICY, asked.explicit);
    flags.set(X509VerifyFlags::INHIBIT_MAP, asked.inhibit_mapping);
    flags.set(X509VerifyFlags::INHIBIT_ANY, asked.inhibit_any);
    parameters.set_flags(flags)?;
    parameters.set_time(NOW);
    parameters.set_depth(20);
    parameters.set_auth_level(2);
    parameters.set_purpose(X509PurposeId::SSL_CLIENT)?;
    match &asked.policies {
        // Without a policy it finds none that the person wants.
        None => policy::add(&mut parameters, "2.5.29.32.0")?,
        Some(numbers) => {
            for number in numbers {
                policy::add(&mut parameters, &own_policy(*number))?;
            }
        }
    }
    Ok(parameters)
}

/// Reads one certificate and nothing behind it: where it ends is the caller's to look at.
fn read(der: &[u8]) -> Option<X509> {
    let certificate = X509::from_der(der).ok()?;
    (certificate.to_der().ok()?.len() == der.len()).then_some(certificate)
}
