//! OpenSSL's libcrypto, asked of each path by itself.

use std::collections::BTreeSet;

use anyhow::Result;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509PurposeId, X509StoreContext};

use super::{Opinion, Path};
use crate::mint::Minted;
use crate::plan::{Asked, NOW};

mod policy;

/// Asks whether any of the paths holds.
pub fn judge(asked: &Asked, minted: &Minted, paths: &[Path]) -> Opinion {
    let mut opinion = Opinion {
        accepted: false,
        policies: None,
        reasons: Vec::new(),
    };
    let Some(leaf) = read(&minted.leaf.der) else {
        opinion.reasons.push("unread: the leaf".to_owned());
        return opinion;
    };
    let pool: Vec<Option<X509>> = minted.pool.iter().map(|one| read(&one.der)).collect();
    for path in paths {
        let Some(authorities) = path
            .iter()
            .map(|number| pool[*number].clone())
            .collect::<Option<Vec<_>>>()
        else {
            opinion.reasons.push("unread: an authority".to_owned());
            continue;
        };
        match verify(asked, &leaf, &authorities) {
            Ok(Answer::Holds(policies)) => {
                opinion.accepted = true;
                opinion.policies = policies;
                return opinion;
            }
            Ok(Answer::Fails(reason)) => opinion.reasons.push(reason),
            Err(error) => opinion.reasons.push(format!("broke off: {error}")),
        }
    }
    opinion
}

/// What OpenSSL says of one path.
enum Answer {
    Holds(Option<BTreeSet<String>>),
    Fails(String),
}

fn verify(asked: &Asked, leaf: &X509, authorities: &[X509]) -> Result<Answer> {
    let Some((anchor, intermediates)) = authorities.split_last() else {
        return Ok(Answer::Fails("no authority".to_owned()));
    };
    let store = store(anchor, &parameters(asked)?)?;
    let mut chain = Stack::new()?;
    for intermediate in intermediates {
        chain.push(intermediate.clone())?;
    }
    let mut context = X509StoreContext::new()?;
    Ok(context.init(&store, leaf, &chain, |context| {
        if context.verify_cert()? {
            Ok(Answer::Holds(policy::user_policies(context)))
        } else {
            let depth = context.error_depth();
            let error = context.error();
            Ok(Answer::Fails(format!(
                "{} at {depth}: {}",
                error.as_raw(),
                error.error_string()
            )))
        }
    })?)
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
    for number in asked.policies.iter().flatten() {
        policy::add(&mut parameters, *number)?;
    }
    Ok(parameters)
}

/// Reads one certificate and nothing behind it: where it ends is the caller's to look at.
fn read(der: &[u8]) -> Option<X509> {
    let certificate = X509::from_der(der).ok()?;
    (certificate.to_der().ok()?.len() == der.len()).then_some(certificate)
}
