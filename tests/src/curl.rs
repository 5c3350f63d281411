//! A browser made of curl: it follows redirects, keeps cookies, and proves a certificate through
//! OpenSSL's PKCS #11 engine. Other people wrote all of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// A browser with a folder for its cookies.
#[derive(Debug)]
pub struct Browser {
    folder: PathBuf,
    ca: PathBuf,
    certificate: Option<Certificate>,
}

#[derive(Debug)]
struct Certificate {
    module: PathBuf,
    configuration: PathBuf,
    uri: String,
    pin: String,
}

/// What a request ended at, after redirects.
#[derive(Clone, Debug)]
pub struct Page {
    /// The address it ended at.
    pub url: String,
    /// The status of the last answer.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// A form of a page.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it goes, as an absolute address.
    pub action: String,
    /// Its hidden fields.
    pub hidden: Vec<(String, String)>,
}

impl Browser {
    /// A browser that trusts `ca` and keeps its cookies in `folder`.
    #[must_use]
    pub fn new(folder: &Path, ca: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            ca: ca.to_owned(),
            certificate: None,
        }
    }

    /// Has it present the certificate with this label from now on.
    #[must_use]
    pub fn with_certificate(
        mut self,
        token: &xtask::world::token::Token,
        label: &str,
        pin: &str,
    ) -> Self {
        self.certificate = Some(Certificate {
            module: token.module().to_owned(),
            configuration: token.configuration().to_owned(),
            uri: format!(
                "pkcs11:token={};object={}",
                percent(xtask::world::token::LABEL),
                percent(label)
            ),
            pin: pin.to_owned(),
        });
        self
    }

    /// Opens an address and follows where it leads, over HTTPS only.
    ///
    /// # Errors
    /// If curl gives no answer.
    pub fn open(&self, url: &str) -> Result<Page> {
        self.request(url, None, &[])
    }

    /// Submits a form with these fields beside its hidden ones.
    ///
    /// # Errors
    /// If curl gives no answer.
    pub fn submit(&self, page: &Page, form: &Form, fields: &[(&str, &str)]) -> Result<Page> {
        let origin = origin_of(&page.url)?;
        let headers = [format!("Origin: {origin}")];
        let mut body: Vec<(String, String)> = form.hidden.clone();
        body.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        self.request(&form.action, Some(&body), &headers)
    }

    /// Sends a request of one's own making, as an attacker or an API client would, and follows
    /// where it leads. A redirect to plain http is the application's, and the end of the sign-in:
    /// the page is then that address, unopened.
    ///
    /// # Errors
    /// If curl gives no answer, or is led in a circle.
    pub fn request(
        &self,
        url: &str,
        body: Option<&[(String, String)]>,
        headers: &[String],
    ) -> Result<Page> {
        let (mut page, mut next) = self.once(url, body, headers)?;
        for _ in 0..10 {
            let Some(url) = next else { return Ok(page) };
            if !url.starts_with("https://") {
                return Ok(Page { url, ..page });
            }
            (page, next) = self.once(&url, None, &[])?;
        }
        bail!("{url} leads in a circle")
    }

    /// One request; the second part of the answer is where it redirects to.
    fn once(
        &self,
        url: &str,
        body: Option<&[(String, String)]>,
        headers: &[String],
    ) -> Result<(Page, Option<String>)> {
        let cookies = self.folder.join("cookies");
        let out = self.folder.join("page");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "60"])
            .args(["--write-out", "%{http_code} %{redirect_url}"])
            .arg("--cacert")
            .arg(&self.ca)
            .arg("--cookie")
            .arg(&cookies)
            .arg("--cookie-jar")
            .arg(&cookies)
            .arg("--output")
            .arg(&out);
        for header in headers {
            curl.args(["--header", header]);
        }
        if body.is_some_and(<[_]>::is_empty) {
            curl.args(["--data", ""]);
        }
        for (name, value) in body.unwrap_or_default() {
            curl.args(["--data-urlencode", &format!("{name}={value}")]);
        }
        if let Some(certificate) = &self.certificate {
            let Certificate { uri, pin, .. } = certificate;
            curl.args([
                "--engine",
                "pkcs11",
                "--cert-type",
                "ENG",
                "--key-type",
                "ENG",
            ])
            .args(["--cert", &format!("{uri};type=cert")])
            .args(["--key", &format!("{uri};type=private;pin-value={pin}")])
            .env("PKCS11_MODULE_PATH", &certificate.module)
            .env("SOFTHSM2_CONF", &certificate.configuration);
        }
        let output = curl.arg(url).output().context("curl does not start")?;
        if !output.status.success() {
            bail!("curl: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let (status, next) = told.split_once(' ').context("curl tells the status")?;
        let page = Page {
            url: url.to_owned(),
            status: status.parse()?,
            body: std::fs::read_to_string(&out)?,
        };
        Ok((page, (!next.is_empty()).then(|| next.to_owned())))
    }
}

impl Page {
    /// The form whose address ends in `ending`.
    ///
    /// # Errors
    /// If there is none; the error holds the page.
    pub fn form(&self, ending: &str) -> Result<Form> {
        for part in self.body.split("<form").skip(1) {
            let form = part.split("</form>").next().unwrap_or_default();
            let Some(action) = attribute(form, "action").filter(|action| action.ends_with(ending))
            else {
                continue;
            };
            let hidden = form
                .split("<input")
                .skip(1)
                .filter(|input| attribute(input, "type").as_deref() == Some("hidden"))
                .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
                .collect();
            let action = if action.starts_with('/') {
                format!("{}{action}", origin_of(&self.url)?)
            } else {
                action
            };
            return Ok(Form { action, hidden });
        }
        bail!(
            "no form leads to …{ending}: {} {}\n{}",
            self.status,
            self.url,
            self.body
        )
    }

    /// The title of the page, its `h1`.
    #[must_use]
    pub fn title(&self) -> String {
        let after = self.body.split("<h1").nth(1).unwrap_or_default();
        let inner = after.split_once('>').map_or("", |(_, rest)| rest);
        unescaped(inner.split("</h1>").next().unwrap_or_default())
    }

    /// Whether the page reads this somewhere.
    #[must_use]
    pub fn reads(&self, text: &str) -> bool {
        unescaped(&self.body).contains(text)
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let rest = tag.get(start..)?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    text.replace("&#x2F;", "/")
        .replace("&#38;", "&")
        .replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn origin_of(url: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").context("an absolute address")?;
    let host = rest.split('/').next().unwrap_or_default();
    Ok(format!("{scheme}://{host}"))
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02x}"),
        })
        .collect()
}
