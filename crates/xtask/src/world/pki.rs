//! The demo's certificate authorities: who may vouch for a person, and who may vouch for a server.
//!
//! Keys are files here, because a demo authority protects nothing; the people's own keys never
//! leave the token (see [`crate::world::token`]).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use time::{Duration, OffsetDateTime};

use super::extensions;
use super::files;

/// An authority: its certificate and the key that signs with it.
#[derive(Debug)]
pub struct Authority {
    certificate: PathBuf,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Names the PEM file of the authority's certificate.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// Returns the authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns what signs certificates and revocation lists in the authority's name.
    pub fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    fn read(folder: &Path, name: &str) -> Result<Self> {
        let certificate = folder.join(format!("{name}.pem"));
        let pem = files::read(&certificate)?;
        let key = KeyPair::from_pem(&files::read(&folder.join(format!("{name}.key")))?)
            .with_context(|| format!("the key of {name} is not readable"))?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key)
            .with_context(|| format!("{} is not an authority", certificate.display()))?;
        Ok(Self {
            certificate,
            pem,
            issuer,
        })
    }
}

/// A server's certificate and key, as PEM files.
#[derive(Clone, Debug)]
pub struct ServerIdentity {
    /// The certificate, leaf first.
    pub certificate: PathBuf,
    /// The private key, readable by its owner alone.
    pub key: PathBuf,
}

/// All authorities of the demo world.
#[derive(Debug)]
pub struct Pki {
    /// The root that the tenant trusts.
    pub root: Authority,
    /// The authority that issues people's certificates, below the root.
    pub issuing: Authority,
    /// An authority that the tenant does not trust.
    pub other: Authority,
    /// The authority of the servers; it vouches for no person.
    pub servers: Authority,
    /// The identity of the login host.
    pub login: ServerIdentity,
    /// The identity of the certauth host and its subdomains.
    pub certauth: ServerIdentity,
}

impl Pki {
    /// Mints every authority and both server certificates, valid around `now` (Unix seconds).
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn mint(folder: &Path, now: i64) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let now = OffsetDateTime::from_unix_timestamp(now)?;

        let root = authority(folder, "root", "Meridian Root CA 1", None, now)?;
        let issuing = authority(folder, "issuing", ISSUING_CA, Some(&root), now)?;
        let other = authority(folder, "other", "Borealis Issuing CA 7", None, now)?;
        let servers = authority(folder, "servers", "Meridian Demo Server CA", None, now)?;
        let login = server(folder, "login", &[LOGIN_HOST.to_owned()], &servers, now)?;
        let certauth_host = format!("certauth.{LOGIN_HOST}");
        let names = [certauth_host.clone(), format!("*.{certauth_host}")];
        let certauth = server(folder, "certauth", &names, &servers, now)?;
        Ok(Self {
            root,
            issuing,
            other,
            servers,
            login,
            certauth,
        })
    }

    /// Reads what [`Pki::mint`] wrote.
    ///
    /// # Errors
    ///
    /// When a file is missing or is not what it should be.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            root: Authority::read(folder, "root")?,
            issuing: Authority::read(folder, "issuing")?,
            other: Authority::read(folder, "other")?,
            servers: Authority::read(folder, "servers")?,
            login: server_files(folder, "login"),
            certauth: server_files(folder, "certauth"),
        })
    }
}

fn authority(
    folder: &Path,
    name: &str,
    common_name: &str,
    parent: Option<&Authority>,
    now: OffsetDateTime,
) -> Result<Authority> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(common_name);
    params.serial_number = Some(serial_number()?);
    params.not_before = now - CA_AGE;
    params.not_after = now + CA_LIFETIME;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = match parent {
        None => {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
            params.self_signed(&key)?
        }
        Some(parent) => {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.use_authority_key_identifier_extension = true;
            // Below an authority without policies no certificate has any (RFC 5280 §6.1.3 (e)).
            params.custom_extensions = vec![extensions::policies(&[extensions::ANY_POLICY])];
            params.signed_by(&key, parent.issuer())?
        }
    };
    let path = folder.join(format!("{name}.pem"));
    files::write(&path, certificate.pem())?;
    files::write_secret(&folder.join(format!("{name}.key")), key.serialize_pem())?;
    Ok(Authority {
        certificate: path,
        pem: certificate.pem(),
        issuer: Issuer::new(params, key),
    })
}

fn server(
    folder: &Path,
    name: &str,
    hosts: &[String],
    issuer: &Authority,
    now: OffsetDateTime,
) -> Result<ServerIdentity> {
    let key = KeyPair::generate()?;
    let subject_alt_names = hosts
        .iter()
        .map(|host| Ok(SanType::DnsName(host.as_str().try_into()?)))
        .collect::<Result<Vec<_>>>()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(&hosts[0]);
    params.serial_number = Some(serial_number()?);
    params.not_before = now - Duration::hours(1);
    params.not_after = now + SERVER_LIFETIME;
    params.subject_alt_names = subject_alt_names;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, issuer.issuer())?;
    let identity = server_files(folder, name);
    files::write(&identity.certificate, certificate.pem())?;
    files::write_secret(&identity.key, key.serialize_pem())?;
    Ok(identity)
}

fn server_files(folder: &Path, name: &str) -> ServerIdentity {
    ServerIdentity {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    }
}

/// Names someone or something of the demo's organisation.
pub(super) fn distinguished_name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Meridian");
    name.push(DnType::CommonName, common_name);
    name
}

/// Draws a serial number: 16 random bytes, positive (RFC 5280 §4.1.2.2).
pub(super) fn serial_number() -> Result<SerialNumber> {
    let mut bytes = files::random::<16>()?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// The host that people sign in to.
pub const LOGIN_HOST: &str = "login.localhost";

/// The common name of the authority that issues people's certificates.
pub const ISSUING_CA: &str = "Meridian Issuing CA 1";

/// The authorities are older than the certificate that has expired.
const CA_AGE: Duration = Duration::days(800);
const CA_LIFETIME: Duration = Duration::days(3650);

/// How long the demo's servers and people can be believed; then the world is made again.
pub(super) const SERVER_LIFETIME: Duration = Duration::days(365);

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn openssl_accepts_the_issuing_authority_and_both_servers() {
        if let Err(missing) = Command::new("openssl").arg("version").output() {
            crate::world::required("openssl", &missing.into());
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let now = crate::clock::unix_now();
        let pki = Pki::mint(folder.path(), now).expect("a PKI");
        verify(&pki.root, pki.issuing.certificate(), &[]);
        verify(
            &pki.servers,
            &pki.login.certificate,
            &["-purpose", "sslserver", "-verify_hostname", LOGIN_HOST],
        );
        verify(
            &pki.servers,
            &pki.certauth.certificate,
            &[
                "-purpose",
                "sslserver",
                "-verify_hostname",
                "t1.certauth.login.localhost",
            ],
        );
    }

    #[test]
    fn a_second_run_reads_the_same_authorities() {
        let folder = tempfile::tempdir().expect("a folder");
        let minted = Pki::mint(folder.path(), NOW).expect("a PKI");
        let read = Pki::read(folder.path()).expect("the same PKI");
        assert_eq!(minted.issuing.pem(), read.issuing.pem());
        assert_eq!(
            minted.issuing.issuer().key().public_key_raw(),
            read.issuing.issuer().key().public_key_raw()
        );
    }

    fn verify(authority: &Authority, certificate: &Path, options: &[&str]) {
        let output = Command::new("openssl")
            .arg("verify")
            .args(["-x509_strict", "-CAfile"])
            .arg(authority.certificate())
            .args(options)
            .arg(certificate)
            .output()
            .expect("openssl runs");
        assert!(output.status.success(), "{output:?}");
    }
}
