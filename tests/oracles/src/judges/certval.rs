//! certval, asked of each path by itself.

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings, EXTS_OF_INTEREST,
    ExtensionProcessing as _, PDVCertificate, PDVTrustAnchorChoice, PkiEnvironment, TimeOfInterest,
    enforce_trust_anchor_constraints, validate_path_rfc5280,
};

use super::{Opinion, Path};
use crate::mint::{Minted, own_policy};
use crate::plan::{Asked, NOW};
use x509_cert::ext::pkix::KeyUsages;

/// What certval reads of a case.
pub struct Judge {
    leaf: Result<PDVCertificate, String>,
    pool: Vec<Result<PDVCertificate, String>>,
    environment: PkiEnvironment,
    settings: CertificationPathSettings,
}

impl Judge {
    /// Reads a case.
    pub fn new(asked: &Asked, minted: &Minted) -> Self {
        let mut environment = PkiEnvironment::new();
        environment.populate_5280_pki_environment();
        Self {
            leaf: read(&minted.leaf.der),
            pool: minted.pool.iter().map(|one| read(&one.der)).collect(),
            environment,
            settings: settings(asked),
        }
    }

    /// Judges one path.
    pub fn judge(&self, path: &Path) -> Opinion {
        match self.verify(path) {
            Ok(()) => Opinion::Holds(None),
            Err(reason) => Opinion::Fails(reason),
        }
    }

    fn verify(&self, path: &Path) -> Result<(), String> {
        let Some((anchor, intermediates)) = path.split_last() else {
            return Err("no authority".to_owned());
        };
        let anchor = self.pool[*anchor].clone()?;
        let mut anchor = PDVTrustAnchorChoice::try_from(anchor.as_bytes())
            .map_err(|cause| format!("unread: {cause}"))?;
        anchor.parse_extensions(EXTS_OF_INTEREST);
        let intermediates = intermediates
            .iter()
            .rev()
            .map(|number| self.pool[*number].clone())
            .collect::<Result<Vec<_>, _>>()?;
        let path = CertificationPath::new(anchor, intermediates, self.leaf.clone()?);
        let settings = enforce_trust_anchor_constraints(&self.settings, &path.trust_anchor)
            .map_err(|error| format!("anchor: {error:?}"))?;
        let mut results = CertificationPathResults::new();
        validate_path_rfc5280(&self.environment, &settings, &path, &mut results)
            .map_err(|error| format!("{error:?}"))
    }
}

fn read(der: &[u8]) -> Result<PDVCertificate, String> {
    let mut certificate =
        PDVCertificate::try_from(der).map_err(|cause| format!("unread: {cause}"))?;
    certificate.parse_extensions(EXTS_OF_INTEREST);
    Ok(certificate)
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
