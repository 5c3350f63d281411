//! Drives the desktop app through WebKitGTK's WebDriver, as a person with a keyboard would.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tokio::time::timeout;

/// The running app and the driver it was started by.
#[derive(Debug)]
pub struct Desktop {
    client: Client,
    driver: Driver,
}

/// How to start the app.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables beside those of this process.
    pub environment: Vec<(OsString, OsString)>,
}

#[derive(Debug)]
struct Driver(Child);

impl Desktop {
    /// Starts the app and waits until its window takes commands.
    ///
    /// # Errors
    /// If driver or app do not start.
    pub async fn open(launch: &Launch) -> Result<Self> {
        let port = free_port()?;
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .envs(launch.environment.iter().cloned())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Driver)
            .context("WebKitWebDriver does not start")?;
        let options = json!({
            "binary": launch.program,
            "args": launch.arguments.iter().map(|a| a.to_string_lossy()).collect::<Vec<_>>(),
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
        let address = format!("http://127.0.0.1:{port}");
        let mut tries = 0;
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let connected = builder.capabilities(capabilities.clone()).connect(&address);
            match timeout(PATIENCE, connected).await.context("no session")? {
                Ok(client) => return Ok(Self { client, driver }),
                Err(cause) if tries >= 40 => {
                    return Err(cause).context("the app does not take commands");
                }
                Err(_) => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            }
        }
    }

    /// Waits until the screen's title is `title`.
    ///
    /// # Errors
    /// If it does not come; the error names the title that stands there.
    pub async fn title_is(&self, title: &str) -> Result<()> {
        let path = format!("//h1[normalize-space()={}]", quoted(title));
        if self.wait(&path).await.is_ok() {
            return Ok(());
        }
        bail!(
            "expected the title {title:?}, and the screen reads:\n{}",
            self.text().await?
        )
    }

    /// Waits until the text stands somewhere on the screen.
    ///
    /// # Errors
    /// If it does not come; the error holds what the screen reads.
    pub async fn shows(&self, text: &str) -> Result<()> {
        let path = format!("//body//*[contains(normalize-space(), {})]", quoted(text));
        if self.wait(&path).await.is_ok() {
            return Ok(());
        }
        bail!(
            "expected {text:?}, and the screen reads:\n{}",
            self.text().await?
        )
    }

    /// Waits until the text stands nowhere on the screen.
    ///
    /// # Errors
    /// If it stays; the error holds what the screen reads.
    pub async fn is_gone(&self, text: &str) -> Result<()> {
        let mut waited = Duration::ZERO;
        while self.text().await?.contains(text) {
            if waited > PATIENCE {
                bail!(
                    "{text:?} stays, and the screen reads:\n{}",
                    self.text().await?
                );
            }
            tokio::time::sleep(POLL).await;
            waited += POLL;
        }
        Ok(())
    }

    /// Types into the field of this name, over what stands there.
    ///
    /// # Errors
    /// If there is no such field.
    pub async fn fill(&self, name: &str, value: &str) -> Result<()> {
        let path = format!("//input[@name={}]", quoted(name));
        let Ok(field) = self.wait(&path).await else {
            bail!(
                "no field {name:?}, and the screen reads:\n{}",
                self.text().await?
            )
        };
        // WebDriver's own clear does not tell the page.
        let before = within("tells its value", field.prop("value")).await?;
        let length = before.unwrap_or_default().chars().count();
        let over = BACKSPACE.to_string().repeat(length);
        let typed = format!("{END}{over}{value}");
        within("takes keys", field.send_keys(&typed))
            .await
            .with_context(|| format!("typing into {name:?}"))
    }

    /// Presses the button, link or row that reads this, or is named so for a screen reader.
    ///
    /// # Errors
    /// If there is none.
    pub async fn press(&self, name: &str) -> Result<()> {
        let name = quoted(name);
        let path = format!(
            "//*[self::button or self::a or self::label or self::summary]\
             [contains(normalize-space(), {name}) or contains(@aria-label, {name})][not(@disabled)]"
        );
        self.click(&path)
            .await
            .with_context(|| format!("pressing {name}"))
    }

    /// Chooses the option that stands for this value.
    ///
    /// # Errors
    /// If there is none.
    pub async fn choose(&self, value: &str) -> Result<()> {
        let path = format!("//input[@type='radio' and @value={}]", quoted(value));
        self.click(&path)
            .await
            .with_context(|| format!("choosing {value}"))
    }

    async fn click(&self, path: &str) -> Result<()> {
        let Ok(element) = self.wait(path).await else {
            bail!(
                "it is not there, and the screen reads:\n{}",
                self.text().await?
            )
        };
        // The driver's own click never returns when the page takes the button away while it is
        // pressed, so the page is asked to press it, and answers first.
        let script = "const e = arguments[0]; e.focus(); setTimeout(() => e.click(), 0)";
        let arguments = vec![serde_json::to_value(element)?];
        within("is pressed", self.client.execute(script, arguments)).await?;
        Ok(())
    }

    /// Finds the first element of an XPath, and waits for it.
    ///
    /// # Errors
    /// If it does not come within twenty seconds.
    pub async fn wait(&self, path: &str) -> Result<Element> {
        let found = self.client.wait().at_most(PATIENCE).every(POLL);
        // The driver bounds the polls, and a poll that hangs is bounded here.
        within("is searched", found.for_element(Locator::XPath(path))).await
    }

    /// What the window reads.
    ///
    /// # Errors
    /// If the driver refuses.
    pub async fn text(&self) -> Result<String> {
        let body = within("is read", self.client.find(Locator::Css("body"))).await?;
        within("is read", body.text()).await
    }

    /// Keeps a picture of the window under `build/shots/desktop`.
    ///
    /// `WebKitGTK` takes it with the next frame, and a page on which nothing changes has none: so
    /// the page is kept drawing meanwhile.
    ///
    /// # Errors
    /// If it cannot be taken or written.
    pub async fn picture(&self, name: &str) -> Result<()> {
        self.run(DRAW).await?;
        let picture = within("is pictured", self.client.screenshot()).await?;
        let folder = shots();
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{name}.png")), picture)?;
        Ok(())
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    /// If the script throws.
    pub async fn run(&self, script: &str) -> Result<serde_json::Value> {
        within("runs a script", self.client.execute(script, Vec::new())).await
    }

    /// Closes the app and its driver.
    ///
    /// # Errors
    /// If the driver refuses.
    pub async fn close(self) -> Result<()> {
        let Self { client, driver } = self;
        within("closes", client.close()).await?;
        drop(driver);
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The app is in the driver's group. Nothing is left to do if both are gone already.
        if let Some(group) = Pid::from_raw(self.0.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

/// Waits for the driver's answer, which may never come: each question has an end.
async fn within<T, E>(doing: &str, answer: impl Future<Output = Result<T, E>>) -> Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let answer = timeout(PATIENCE + SLACK, answer).await;
    Ok(answer.with_context(|| format!("no answer while the page {doing}"))??)
}

fn shots() -> PathBuf {
    env::var_os("LANYARD_SHOTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../build/shots/desktop"),
        |folder| Path::new(&folder).join("desktop"),
    )
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Writes a string for XPath, which has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') {
        format!("\"{text}\"")
    } else {
        format!("'{text}'")
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
/// Draws frames for ten seconds, with a change that nobody sees.
const DRAW: &str = "
    const end = performance.now() + 10000;
    const style = document.body.style;
    const draw = () => {
        style.opacity = style.opacity === '1' ? '0.9999' : '1';
        if (performance.now() < end) setTimeout(() => requestAnimationFrame(draw), 30);
    };
    requestAnimationFrame(draw);
";
const POLL: Duration = Duration::from_millis(50);
/// So that the driver's own limit speaks first, with more to say.
const SLACK: Duration = Duration::from_secs(2);
/// The key codes of WebDriver (§17.4.2).
const BACKSPACE: char = '\u{E003}';
const END: char = '\u{E010}';
