use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use certauth::directory;
use certauth::store::Store as _;
use certs::Certificate;
use clap::Args;
use policy::user_ids::{self, SerialOrder, UserId};
use policy::{SerialOrders, UserProperty};
use serde::Serialize;

use super::Site;

/// Show every certificate value of a certificate, and whom each would match.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Arguments {
    /// The certificate, PEM or DER; - is standard input.
    #[arg(value_name = "CERT")]
    certificate: PathBuf,

    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

/// A value, as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    field: &'static str,
    affinity: &'static str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_order: Option<&'static str>,
    /// None where there is no installation to ask.
    matches: Option<Vec<Match>>,
}

/// A user whom a value would match.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    user: String,
    property: &'static str,
    /// Priority of the binding; none where no binding of the tenant compares the two.
    priority: Option<u32>,
    /// Whether it would count in a sign-in.
    counts: bool,
}

pub(super) async fn run(
    arguments: &Arguments,
    site: Option<&Site>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let der = super::explain::read(&arguments.certificate)?;
    let Ok(certificate) = Certificate::from_der(&der) else {
        bail!("{} holds no certificate", arguments.certificate.display());
    };
    let mut all = Vec::new();
    for id in user_ids::of(&certificate) {
        let matches = match site {
            Some(site) => Some(matches(&id, site).await?),
            None => None,
        };
        all.push(Shown {
            field: id.field.name(),
            affinity: match id.field.affinity() {
                policy::Affinity::High => "high",
                policy::Affinity::Low => "low",
            },
            serial_order: id.serial.map(|order| match order {
                SerialOrder::Reversed => "reversed",
                SerialOrder::Displayed => "displayed",
            }),
            value: id.value,
            matches,
        });
    }
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
        return Ok(());
    }
    for shown in &all {
        show(shown, out)?;
    }
    if site.is_none() {
        writeln!(
            out,
            "\nThere is no configuration here, so nobody was looked for; see --config."
        )?;
    }
    Ok(())
}

/// Whom a value matches in each property that can hold it.
async fn matches(id: &UserId, site: &Site) -> anyhow::Result<Vec<Match>> {
    let tenant = &site.tenant;
    let bindings = directory::method(tenant).bindings_in_order(tenant.settings.compatibility);
    // `X509:<PN>` and `X509:<RFC822>` alone can be names.
    let bare = id.value.split_once('>').map(|(_, rest)| rest);
    let mut all = Vec::new();
    for property in [
        UserProperty::UserPrincipalName,
        UserProperty::OnPremisesUserPrincipalName,
        UserProperty::CertificateUserIds,
    ] {
        if !id.field.may_bind_to(property) {
            continue;
        }
        let wanted = match property {
            UserProperty::CertificateUserIds => Some(id.value.as_str()),
            UserProperty::UserPrincipalName | UserProperty::OnPremisesUserPrincipalName => bare,
        };
        let Some(wanted) = wanted else { continue };
        let binding = bindings
            .iter()
            .find(|binding| binding.field == id.field && binding.property == property);
        let order_counts = id.serial != Some(SerialOrder::Displayed)
            || tenant.settings.serial_order == SerialOrders::Either;
        let values = [wanted.to_owned()];
        let store = &site.installation.store;
        let found = store.users_by_property(&tenant.id, property, &values, MOST);
        for user in found.await? {
            all.push(Match {
                user: user.account.user_principal_name,
                property: property.name(),
                priority: binding.map(|binding| binding.priority),
                counts: binding.is_some() && order_counts,
            });
        }
    }
    Ok(all)
}

fn show(shown: &Shown, out: &mut dyn Write) -> anyhow::Result<()> {
    let order = match shown.serial_order {
        Some(order) => format!(", serial number {order}"),
        None => String::new(),
    };
    writeln!(
        out,
        "{} ({} affinity{order})\n  {}",
        shown.field, shown.affinity, shown.value
    )?;
    for one in shown.matches.iter().flatten() {
        let how = match (one.priority, one.counts) {
            (Some(priority), true) => format!("binding {priority}"),
            (Some(priority), false) => {
                format!("binding {priority}, but this order of the serial number does not count")
            }
            (None, _) => "no binding compares the two".to_owned(),
        };
        writeln!(out, "    = {} of {}, {how}", one.property, one.user)?;
    }
    Ok(())
}

const NOTES: &str = "\
A value goes into a user's certificateUserIds as it stands. The directory wants the bytes of a serial
number reversed; some tools print them as certificates are displayed, which counts only where the
tenant takes either order (certauth tenant set --serial-order either). X509:<SHA1-PUKEY> is the
thumbprint of the whole certificate.";

/// One value means one user; a second would be told.
const MOST: u32 = 2;
