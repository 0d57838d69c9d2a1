//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Reads and writes any resource of a NetBox.
#[derive(Parser)]
#[command(name = "nbx", max_term_width = 80, arg_required_else_help = true)]
#[command(after_help = "\
Resources:
  nbx dcim devices list site=lon site=par --fields name,site
  nbx dcim devices get 42
  nbx dcim sites create -f site.json        (- reads standard input)
  nbx dcim sites patch 7 facility=\"Hall 2\"
  nbx dcim sites delete 7
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
    /// Schema id of a branch
    #[arg(long, global = true, value_name = "ID")]
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
    /// Print JSON, an object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print CSV
    #[arg(long, global = true)]
    pub(crate) csv: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The groups of resources, or the resources of one
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

/// What follows the name of a group.
#[derive(Parser)]
#[command(name = "nbx", no_binary_name = true, max_term_width = 80)]
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
        #[arg(long)]
        ordering: Option<String>,
        /// How many at most
        #[arg(long)]
        limit: Option<u64>,
    },
    /// One object
    Get { id: String },
    /// Makes an object
    Create {
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
}

#[derive(Args)]
pub(crate) struct Body {
    /// As `name=LON`; a value that is JSON is taken as such
    pub(crate) members: Vec<String>,
    /// A file with a JSON object, `-` for standard input
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
}
