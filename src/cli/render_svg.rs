//! `tintype render-svg`: draws for another tintype, which ends it when it takes too long. Nobody types this.
//! It gives up everything that drawing does not need: what it is handed was written by a model.

use std::io;

use tintype_backends::svg;

use super::failure::Failure;

/// Draw SVGs from stdin for another tintype
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    /// At most so many seconds of processor time
    #[arg(long, value_name = "N", default_value_t = 15)]
    seconds: u64,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    restrict(args.seconds).map_err(|error| Failure::local(format!("the limits cannot be set: {error}")))?;
    svg::serve(io::stdin().lock(), io::stdout().lock())
        .map_err(|error| Failure::local(format!("nobody listens: {error}")))
}

/// From here on the system ends this process when its time is up, and refuses to open files and connections.
#[cfg(unix)]
fn restrict(seconds: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    // At the first the system says why it ends this process, at the second it does so without a word.
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds.saturating_add(2)) })?;
    // stdin, stdout and stderr are open; there is no number left for another file or connection.
    limit(Resource::Nofile, 3)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: u64) -> io::Result<()> {
    Ok(())
}
