//! A world with a running server, and folders for whoever visits it.

use std::path::PathBuf;

use anyhow::Result;
use journeys::requires::{self, Part};
use journeys::shell::Shell;
use xtask::world::certauth::Certauth;
use xtask::world::{Options, World};

pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) world: World,
    pub(crate) certauth: Certauth,
}

impl Place {
    /// Makes the place, if these parts of the machine are there.
    pub(crate) fn with(parts: &[Part]) -> Result<Option<Self>> {
        if !requires::all(parts) {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let world = World::build(Options::for_test(&folder.path().join("world"))?)?;
        let certauth = world.serve_certauth()?;
        Ok(Some(Self {
            folder,
            world,
            certauth,
        }))
    }

    /// A folder of its own for a browser or a person.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A person's shell.
    pub(crate) fn shell(&self, name: &str) -> Result<Shell<'_>> {
        Ok(Shell::new(&self.world, &self.certauth, &self.folder(name)?))
    }

    /// The newest rows of the sign-in log, as one text.
    pub(crate) fn log(&self) -> Result<String> {
        Ok(serde_json::to_string(&self.world.installation().log(30)?)?)
    }
}
