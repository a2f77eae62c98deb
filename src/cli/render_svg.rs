//! `tintype render-svg`: renders SVGs for another tintype process, which kills it after a timeout. It is internal.
//! The process gives up all privileges it does not need, because a model wrote its input.

use std::io;

use tintype_backends::svg;

use super::failure::Failure;

/// Render SVGs from stdin for another tintype process
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct RenderSvgArgs {
    /// Limit on processor time, in seconds
    #[arg(long, value_name = "N", default_value_t = 15)]
    seconds: u64,
}

pub(super) fn run(args: &RenderSvgArgs) -> Result<(), Failure> {
    restrict(args.seconds).map_err(|error| Failure::local(format!("cannot set resource limits: {error}")))?;
    svg::serve(io::stdin().lock(), io::stdout().lock())
        .map_err(|error| Failure::local(format!("cannot communicate over stdin and stdout: {error}")))
}

/// Limits processor time, and prevents the process from opening files and connections.
#[cfg(unix)]
fn restrict(seconds: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    // The soft limit sends a signal that states the reason; the hard limit kills without notice.
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds.saturating_add(2)) })?;
    // stdin, stdout and stderr use all three descriptors, so no file or connection can be opened.
    limit(Resource::Nofile, 3)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: u64) -> io::Result<()> {
    Ok(())
}
