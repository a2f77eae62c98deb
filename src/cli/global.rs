//! Flags that every subcommand accepts.

use std::path::PathBuf;

use clap::Args;

/// Flags that every subcommand accepts.
#[derive(Args, Clone, Debug)]
pub(super) struct GlobalArgs {
    /// Config file to use instead of the default one
    #[arg(long, value_name = "FILE", global = true, help_heading = "Global options")]
    pub(super) config: Option<PathBuf>,

    /// Directory of the library and its images
    #[arg(long, value_name = "DIR", global = true, help_heading = "Global options")]
    pub(super) data_dir: Option<PathBuf>,

    /// Theme of the studio
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub(super) theme: Option<String>,

    /// Write a log to the data directory; -vv and -vvv add detail
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Global options")]
    pub(super) verbose: u8,
}
