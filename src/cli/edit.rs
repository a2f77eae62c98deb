//! `tintype edit`: `generate` with an image as the first reference.
//! The engine refuses models that do not support references.

use std::ffi::OsString;

use clap_complete::ArgValueCompleter;

use super::{
    completers,
    context::CliContext,
    failure::Failure,
    generate::{self, GenerationArgs},
    prompt,
};
use crate::engine::{Draft, Reference};

/// Edit an image; same as generate with the image as first reference
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype edit cat.png \"give it a hat\"
  tintype edit 3fa9c1d2 \"at night\" -n 2 -o night/
  tintype edit cat.png \"only the sky\" --mask sky.png
  tintype edit @clipboard \"as a woodcut\"
  tintype generate \"a cat\" -o - | tintype edit - \"give it a hat\"")]
pub(super) struct EditArgs {
    /// Image file, image id, @clipboard, or - for stdin
    #[arg(value_name = "IMAGE|ID", add = ArgValueCompleter::new(completers::references))]
    image: OsString,

    /// Description of the change; `-` reads stdin
    #[arg(value_name = "PROMPT")]
    prompt: Vec<String>,

    #[command(flatten)]
    job: GenerationArgs,
}

impl EditArgs {
    /// Returns whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.job.is_json()
    }
}

pub(super) fn run(args: &EditArgs, session: &mut CliContext) -> Result<(), Failure> {
    let output = generate::destination(&args.job, session)?;
    args.job.check_stdin_use(Some(&args.image), &args.prompt)?;
    let prompt = prompt::read(&args.prompt)?;
    let source = session.reference(&args.image)?;
    let parent = match source {
        Reference::Image(id) => Some(id),
        Reference::File(_) | Reference::Clipboard(_) | Reference::Piped(_) => None,
    };
    let draft = Draft { prompt, parent, inputs: vec![source], ..Draft::default() };
    generate::generate(&args.job, draft, output.as_ref(), session)
}
