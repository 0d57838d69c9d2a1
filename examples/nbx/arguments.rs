//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Reads and writes any resource of a NetBox.
#[derive(Parser)]
#[command(name = "nbx", version, max_term_width = 80, arg_required_else_help = true)]
#[command(after_help = "\
Resources:
  nbx dcim devices list site=lon site=par --fields name,site
  nbx dcim devices get 42
  nbx dcim sites create -f site.json        (- reads standard input)
  nbx dcim sites patch 7 facility=\"Hall 2\"
  nbx dcim sites bulk-patch -f list.json    (objects with their ids)
  nbx dcim sites delete 7
  nbx ipam prefixes available-ips 3
  nbx dcim devices --help                   what can be done with a resource

Where NetBox is: NETBOX_URL and NETBOX_TOKEN, or a profile.

Exit codes: 0 done, 1 the server failed, 2 wrong usage, 3 not found,
4 not allowed, 5 refused values or a conflict, 6 no connection.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Clone, Default)]
pub(crate) struct Common {
    /// Name of a profile of the configuration file
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Name, id or schema id of a branch
    #[arg(long, global = true)]
    pub(crate) branch: Option<String>,
    /// Check filters before anything is sent
    #[arg(long, global = true)]
    pub(crate) strict: bool,
    /// Ask the server, whatever the cache has
    #[arg(long, global = true)]
    pub(crate) reload: bool,
    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Args, Clone, Default)]
#[group(multiple = false)]
pub(crate) struct Format {
    /// Print a table: the default
    #[arg(long, global = true)]
    pub(crate) table: bool,
    /// Print JSON, an object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print CSV
    #[arg(long, global = true)]
    pub(crate) csv: bool,
}

impl Format {
    /// How many were asked for.
    pub(crate) fn count(&self) -> usize {
        [self.table, self.json, self.csv].into_iter().filter(|asked| *asked).count()
    }
}

impl Common {
    /// Options may stand before the group or behind it.
    pub(crate) fn or(&self, before: &Common) -> Common {
        let is_formatted = self.format.count() > 0;
        Common {
            profile: self.profile.clone().or_else(|| before.profile.clone()),
            branch: self.branch.clone().or_else(|| before.branch.clone()),
            strict: self.strict || before.strict,
            reload: self.reload || before.reload,
            format: if is_formatted { self.format.clone() } else { before.format.clone() },
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The groups of resources, or the resources of one; `plugins` for those of plugins
    Groups { group: Option<String> },
    /// The fields and filters of a resource
    Describe { group: String, resource: String },
    /// The cables from an interface or another port
    Trace {
        /// As `interface`, `front-port`, `console-port`
        kind: String,
        id: u64,
    },
    /// The profiles of the configuration file
    Profiles,
    /// What is in the cache
    Cache {
        #[command(subcommand)]
        action: CacheAction,
    },
    /// What the server is
    Status,
    #[command(external_subcommand)]
    Resource(Vec<String>),
}

#[derive(Subcommand)]
pub(crate) enum CacheAction {
    /// Its file, its entries and their bytes
    Stats,
    /// Removes all entries
    Clear,
}

/// Reads and writes one resource.
#[derive(Parser)]
#[command(name = "nbx", no_binary_name = true, max_term_width = 80)]
#[command(after_help = "\
And what the resource has beside these, with an id where it is of one object:
bulk-create, bulk-update, bulk-patch and bulk-delete with -f list.json,
trace, available-ips, paths, … (a wrong name lists them). Without -f these read where they can;
name=value behind them are parameters, as limit=5.")]
pub(crate) struct OfResource {
    #[command(flatten)]
    pub(crate) common: Common,
    /// As `dcim`, or `plugins/gpon`
    pub(crate) group: String,
    /// As `devices`
    pub(crate) resource: String,
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Subcommand)]
pub(crate) enum Action {
    /// The objects that fit all filters
    List {
        /// As `site=lon`; the same again means any of these
        filters: Vec<String>,
        /// The columns, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "NAMES")]
        fields: Vec<String>,
        /// As `name` or `-created`
        #[arg(long, allow_hyphen_values = true)]
        ordering: Option<String>,
        /// How many at most
        #[arg(long)]
        limit: Option<u64>,
    },
    /// One object
    Get {
        /// None where there is one thing and no list, as extras dashboard
        id: Option<String>,
    },
    /// Makes an object
    Create {
        #[command(flatten)]
        body: Body,
    },
    /// Replaces an object
    Update {
        id: String,
        #[command(flatten)]
        body: Body,
    },
    /// Changes an object
    Patch {
        id: String,
        #[command(flatten)]
        body: Body,
    },
    /// Deletes an object
    Delete { id: String },
    /// What else it has: bulk-create, available-ips, trace, …
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// What follows the name of any other action.
#[derive(Parser)]
#[command(name = "nbx", no_binary_name = true, max_term_width = 80)]
pub(crate) struct OfAction {
    #[command(flatten)]
    pub(crate) common: Common,
    pub(crate) action: String,
    /// The id, where it is of one object; then parameters, as `limit=5`
    pub(crate) words: Vec<String>,
    /// What is sent: a file with JSON, `-` for standard input
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Body {
    /// As `name=LON`; a value that is JSON is taken as such
    pub(crate) members: Vec<String>,
    /// A file with JSON, `-` for standard input
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
}
