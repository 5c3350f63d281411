//! Who and what certauth is told about: authorities, accounts, rules, applications.

use std::fs;

use anyhow::{Context as _, Result};

use super::World;
use super::extensions::{self, CARD_POLICY};
use super::files;
use super::people::Person;
use super::relying_party::RelyingParty;

/// Installs certauth and tells it about the world, unless that has been done.
pub(super) fn settle(world: &World) -> Result<()> {
    let folder = &world.installation.configuration();
    let folder = folder
        .parent()
        .context("a configuration lies in a folder")?;
    let settled = folder.join("settled");
    // The applications' addresses and the list's are in the database.
    if fs::read_to_string(&settled).is_ok_and(|origin| origin == world.web_origin) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    world
        .installation
        .initialize(&world.pki, world.options.port)?;
    trust(world)?;
    for person in &world.kept.people {
        admit(world, person)?;
    }
    for party in world.applications() {
        register(world, party)?;
    }
    files::write(&settled, &world.web_origin)
}

fn trust(world: &World) -> Result<()> {
    let root = world.pki.root.certificate().to_string_lossy();
    let issuing = world.pki.issuing.certificate().to_string_lossy();
    let list = world.list_url();
    world
        .installation
        .administer(["ca", "add", "--file", &root, "--role", "root"], None)?;
    world.installation.administer(
        [
            "ca",
            "add",
            "--file",
            &issuing,
            "--role",
            "intermediate",
            "--crl-url",
            &list,
        ],
        None,
    )?;
    let policy = extensions::dotted(CARD_POLICY);
    world.installation.administer(
        ["rule", "add", "--policy-oid", &policy, "--mode", "multi"],
        None,
    )?;
    Ok(())
}

fn admit(world: &World, person: &Person) -> Result<()> {
    let arguments = [
        "user",
        "add",
        "--upn",
        &person.user_principal_name,
        "--name",
        &person.name,
        "--password-stdin",
    ];
    world
        .installation
        .administer(arguments, Some(&person.password))?;
    Ok(())
}

fn register(world: &World, party: &RelyingParty) -> Result<()> {
    let application = party.application();
    let (redirect_uri, initiate_login_uri) = (party.redirect_uri(), party.initiate_login_uri());
    let home = party.home();
    let mut arguments = vec![
        "app",
        "add",
        "--id",
        application.id,
        "--name",
        application.name,
        "--description",
        application.description,
        "--redirect-uri",
        &redirect_uri,
        "--post-logout-redirect-uri",
        &home,
        "--initiate-login-uri",
        &initiate_login_uri,
        // A script gets a plain access token for these: `lanyard token`.
        "--allow-bearer",
    ];
    if application.multi_factor {
        arguments.push("--require-multi-factor");
    }
    arguments.push(match application.secret {
        Some(_) => "--secret-stdin",
        None => "--public",
    });
    world
        .installation
        .administer(arguments, application.secret.as_deref())?;
    Ok(())
}
