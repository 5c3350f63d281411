//! certval, asked of each path by itself.

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings, PDVCertificate,
    PDVTrustAnchorChoice, PkiEnvironment, TimeOfInterest, enforce_trust_anchor_constraints,
};

use super::{Opinion, Path};
use x509_cert::ext::pkix::KeyUsages;
use crate::mint::{Minted, own_policy};
use crate::plan::{Asked, NOW};

/// Asks whether any of the paths holds.
pub fn judge(asked: &Asked, minted: &Minted, paths: &[Path]) -> Opinion {
    let mut opinion = Opinion {
        accepted: false,
        policies: None,
        reasons: Vec::new(),
    };
    let mut environment = PkiEnvironment::new();
    environment.populate_5280_pki_environment();
    let settings = settings(asked);
    for path in paths {
        match verify(&environment, &settings, minted, path) {
            Ok(()) => {
                opinion.accepted = true;
                return opinion;
            }
            Err(reason) => opinion.reasons.push(reason),
        }
    }
    opinion
}

fn verify(
    environment: &PkiEnvironment,
    settings: &CertificationPathSettings,
    minted: &Minted,
    path: &Path,
) -> Result<(), String> {
    let read = |der: &[u8]| {
        let mut certificate =
            PDVCertificate::try_from(der).map_err(|cause| format!("unread: {cause}"))?;
        certval::ExtensionProcessing::parse_extensions(
            &mut certificate,
            certval::EXTS_OF_INTEREST,
        );
        Ok::<_, String>(certificate)
    };
    let Some((anchor, intermediates)) = path.split_last() else {
        return Err("no authority".to_owned());
    };
    let mut anchor = PDVTrustAnchorChoice::try_from(minted.pool[*anchor].der.as_slice())
        .map_err(|cause| format!("unread: {cause}"))?;
    certval::ExtensionProcessing::parse_extensions(&mut anchor, certval::EXTS_OF_INTEREST);
    let intermediates = intermediates
        .iter()
        .rev()
        .map(|number| read(&minted.pool[*number].der))
        .collect::<Result<Vec<_>, _>>()?;
    let leaf = read(&minted.leaf.der)?;
    let path = CertificationPath::new(anchor, intermediates, leaf);
    let mut results = CertificationPathResults::new();
    let settings = enforce_trust_anchor_constraints(settings, &path.trust_anchor)
        .map_err(|error| format!("anchor: {error:?}"))?;
    certval::validate_path_rfc5280(environment, &settings, &path, &mut results)
        .map_err(|error| format!("{error:?}"))
}

fn settings(asked: &Asked) -> CertificationPathSettings {
    let mut settings = CertificationPathSettings::new();
    settings.set_time_of_interest(
        TimeOfInterest::from_unix_secs(NOW.unsigned_abs()).expect("a year of four digits"),
    );
    settings.set_require_ta_store(false);
    settings.set_enforce_trust_anchor_constraints(true);
    settings.set_enforce_trust_anchor_validity(true);
    // Along the path it takes anyExtendedKeyUsage for a usage like any other, so it is asked of the
    // leaf alone.
    settings.set_extended_key_usage_path(false);
    settings.set_target_key_usage(KeyUsages::DigitalSignature.into());
    settings.set_extended_key_usage(vec!["1.3.6.1.5.5.7.3.2".to_owned()]);
    settings.set_initial_explicit_policy_indicator(asked.explicit);
    settings.set_initial_policy_mapping_inhibit_indicator(asked.inhibit_mapping);
    settings.set_initial_inhibit_any_policy_indicator(asked.inhibit_any);
    if let Some(policies) = &asked.policies {
        settings
            .set_initial_policy_set(policies.iter().map(|number| own_policy(*number)).collect());
    }
    settings
}
