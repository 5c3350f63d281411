use std::io::Write;

use anyhow::bail;
use certauth::directory::limits;
use certauth::store::{self, Store as _, Validation};
use certs::Oid;
use clap::{Args, ValueEnum};

use crate::commands::settings::{self, SettingOptions};
use crate::commands::{Site, Switch};

/// Say what certificates have to be like, over what RFC 5280 asks.
///
/// What is not named stays as it is.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(in crate::commands) struct Set {
    /// Whether a certificate is refused whose authority has neither a CRL nor an OCSP responder
    /// (crlValidationConfiguration).
    #[arg(long, value_name = "ON|OFF")]
    require_crl: Option<Switch>,

    /// An authority that --require-crl does not count for: its subject key identifier, hex. Again
    /// for each; they take the place of those that were there.
    #[arg(long, value_name = "SKI")]
    exempt: Vec<String>,

    /// No authority is exempt.
    #[arg(long, conflicts_with = "exempt")]
    no_exempt: bool,

    /// Whether the handshake sends the names of the authorities, by which people's pickers leave out
    /// the certificates of others (issuerHintsConfiguration).
    #[arg(long, value_name = "ON|OFF")]
    issuer_hints: Option<Switch>,

    /// What a person's certificate must be meant for.
    #[arg(long)]
    purpose: Option<Purpose>,

    /// A certificate policy, dotted, of which one must hold along the path. Again for each; they
    /// take the place of those that were there.
    #[arg(long, value_name = "OID")]
    initial_policy: Vec<Oid>,

    /// Any policy will do.
    #[arg(long, conflicts_with = "initial_policy")]
    any_initial_policy: bool,

    /// Whether some policy must hold along the path even where no authority asks for it.
    #[arg(long, value_name = "ON|OFF")]
    require_policy: Option<Switch>,

    #[command(flatten)]
    settings: SettingOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// Client authentication in TLS, or any purpose where the certificate names none.
    ClientAuth,
    /// Microsoft's smart-card logon, which the certificate must name.
    SmartCardLogon,
    /// What PIV cards authenticate with: client authentication, smart-card logon or PKINIT.
    Piv,
    /// Anything that may sign.
    Any,
}

pub(super) async fn run(
    arguments: &Set,
    mut site: Site,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let validation = &mut site.tenant.validation;
    let crl = &mut validation.crl_validation_configuration;
    if let Some(switch) = arguments.require_crl {
        crl.required = switch.is_on();
    }
    if arguments.no_exempt {
        crl.exempted_subject_key_identifiers.clear();
    } else if !arguments.exempt.is_empty() {
        let identifiers: anyhow::Result<_> =
            arguments.exempt.iter().map(|text| key(text)).collect();
        crl.exempted_subject_key_identifiers = identifiers?;
    }
    if let Some(purpose) = arguments.purpose {
        validation.purpose = purpose.into();
    }
    if arguments.any_initial_policy {
        validation.initial_policies.clear();
    } else if !arguments.initial_policy.is_empty() {
        let policies = arguments.initial_policy.iter();
        validation.initial_policies = policies.map(ToString::to_string).collect();
    }
    if let Some(switch) = arguments.require_policy {
        validation.require_explicit_policy = switch.is_on();
    }
    let described = describe(validation);
    if let Some(switch) = arguments.issuer_hints {
        if switch.is_on() && !site.tenant.method.issuer_hints {
            limits::hints_fit(&site.installation.store, &site.tenant).await??;
        }
        site.tenant.method.issuer_hints = switch.is_on();
    }
    arguments.settings.apply(&mut site.tenant.settings);
    site.installation.store.put_tenant(&site.tenant).await?;
    writeln!(out, "certificates must\n  {described}")?;
    let hints = site.tenant.method.issuer_hints;
    writeln!(
        out,
        "names of authorities in the handshake: {}",
        if hints { "sent" } else { "not sent" }
    )?;
    for line in settings::describe(site.tenant.settings) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// What a tenant asks of certificates, in words, a line each.
pub(super) fn describe(validation: &Validation) -> String {
    let mut lines = vec![
        match validation.purpose {
            store::Purpose::ClientAuthentication => "be meant for client authentication",
            store::Purpose::SmartCardLogon => "be meant for smart-card logon",
            store::Purpose::PivAuthentication => "be meant for PIV authentication",
            store::Purpose::Any => "be able to sign, whatever they are meant for",
        }
        .to_owned(),
    ];
    let crl = &validation.crl_validation_configuration;
    let exempt = crl.exempted_subject_key_identifiers.join(", ");
    if crl.required {
        let mut line = "be of an authority with a CRL or an OCSP responder".to_owned();
        if !exempt.is_empty() {
            line.push_str(", or of one with the key ");
            line.push_str(&exempt);
        }
        lines.push(line);
    }
    if !validation.initial_policies.is_empty() {
        let policies = validation.initial_policies.join(", ");
        lines.push(format!(
            "have one of the policies {policies}, where one is asked for"
        ));
    }
    if validation.require_explicit_policy {
        lines.push("have a policy that holds along the path".to_owned());
    }
    lines.join("\n  ")
}

/// A subject key identifier as it is kept: lowercase hex.
fn key(text: &str) -> anyhow::Result<String> {
    let digits: String = text
        .chars()
        .filter(|character| !matches!(character, ':' | ' '))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || digits.is_empty() || !digits.len().is_multiple_of(2) {
        bail!("{text:?} is not a subject key identifier: an even number of hex digits");
    }
    Ok(digits)
}

impl From<Purpose> for store::Purpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::ClientAuth => Self::ClientAuthentication,
            Purpose::SmartCardLogon => Self::SmartCardLogon,
            Purpose::Piv => Self::PivAuthentication,
            Purpose::Any => Self::Any,
        }
    }
}

const NOTES: &str = "\
Initial policies are RFC 5280's user-initial-policy-set: they count where --require-policy is on, or
where an authority of the path asks for an explicit policy; policy mappings are followed. Rules that
say how much a policy counts for are another thing: see `certauth rule add`.";
