use std::io::Write;

use certauth::directory::plan::{Deed, container};
use clap::{Args, Subcommand};

use super::import::{Said, Way, carry_out};
use super::{Site, now};

mod list;

/// Containers of authorities, as the directory keeps them.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a container without authorities; `certauth ca import` makes and fills one.
    Add(Add),
    /// Show the containers, with those that can be restored.
    List(List),
    /// Show a container and its authorities.
    Show(Show),
    /// Call a container otherwise; scope rules that name it follow.
    Rename(Rename),
    /// Trust a container's authorities no more; for thirty days it can be restored.
    Delete(Asking),
    /// Bring a container back, with the authorities that went with it.
    Restore(Named),
    /// Forget a container, deleted or not, with its authorities and their lists.
    Purge(Asking),
}

/// Make a container without authorities.
#[derive(Args, Debug)]
pub(super) struct Add {
    /// Its name, at most 256 characters.
    name: String,
}

/// Show the containers.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

/// Show a container and its authorities.
#[derive(Args, Debug)]
pub(super) struct Show {
    /// The container: its name or its id.
    container: String,

    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Call a container otherwise.
#[derive(Args, Debug)]
pub(super) struct Rename {
    /// The container: its name or its id.
    container: String,

    /// Its new name, at most 256 characters.
    name: String,
}

/// A container.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// The container: its name or its id.
    container: String,
}

/// A container that goes: what changes is shown, and somebody is asked.
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(super) struct Asking {
    /// The container: its name or its id.
    container: String,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

pub(super) async fn run(command: Command, site: &Site, out: &mut dyn Write) -> anyhow::Result<()> {
    let (deed, way, said) = match &command {
        Command::List(arguments) => return list::run(arguments.json, site, out).await,
        Command::Show(arguments) => {
            return list::show(&arguments.container, arguments.json, site, out).await;
        }
        Command::Add(Add { name }) => (Deed::Add { name }, AT_ONCE, ADD),
        Command::Rename(Rename { container, name }) => {
            (Deed::Rename { container, name }, AT_ONCE, RENAME)
        }
        Command::Restore(Named { container }) => (Deed::Restore { container }, AT_ONCE, RESTORE),
        Command::Delete(asking) => {
            let container = &asking.container;
            (Deed::Delete { container }, asking.way(), DELETE)
        }
        Command::Purge(asking) => {
            let container = &asking.container;
            (Deed::Purge { container }, asking.way(), PURGE)
        }
    };
    let store = &site.installation.store;
    let plan = container(store, &site.tenant, deed, now()).await?;
    carry_out(&plan, way, &said, site, out).await
}

impl Asking {
    const fn way(&self) -> Way {
        Way {
            yes: self.yes,
            dry_run: self.dry_run,
            json: false,
            from_input: false,
        }
    }
}

const AT_ONCE: Way = Way {
    yes: true,
    dry_run: false,
    json: false,
    from_input: false,
};
const ADD: Said = Said {
    question: "Make this container?",
    done: "made",
    not_done: "nothing was made",
};
const RENAME: Said = Said {
    question: "Call it so?",
    done: "renamed",
    not_done: "nothing was renamed",
};
const RESTORE: Said = Said {
    question: "Restore this?",
    done: "restored",
    not_done: "nothing was restored",
};
const DELETE: Said = Said {
    question: "Delete this?",
    done: "deleted; certificates below these authorities are refused unless another leads to a root. \
           `certauth pki restore` brings it back within thirty days.",
    not_done: "nothing was deleted",
};
const PURGE: Said = Said {
    question: "Forget this for good?",
    done: "purged; certificates below these authorities are refused unless another leads to a root.",
    not_done: "nothing was purged",
};
const NOTES: &str = "\
The authorities of a container go with it. What was deleted comes back with `certauth pki restore`
within thirty days, without the authorities that were deleted by themselves before; what was purged
does not come back.";
