//! What every subcommand takes.
//! What it means is the session's business.

use std::path::PathBuf;

use clap::Args;

/// What every subcommand takes.
#[derive(Args, Clone, Debug)]
pub(super) struct Global {
    /// Read this config instead of the usual one
    #[arg(long, value_name = "FILE", global = true, help_heading = "Global options")]
    pub(super) config: Option<PathBuf>,

    /// Keep the library and the images here
    #[arg(long, value_name = "DIR", global = true, help_heading = "Global options")]
    pub(super) data_dir: Option<PathBuf>,

    /// Use this theme in the studio
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub(super) theme: Option<String>,

    /// Write a log to the data directory; -vv and -vvv say more
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Global options")]
    pub(super) verbose: u8,
}
