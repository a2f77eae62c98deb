//! `tintype generate`: a prompt in, images out, without the studio.
//! It submits jobs to the same engine as the studio.

use std::{
    ffi::{OsStr, OsString},
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap_complete::ArgValueCompleter;

use super::{completers, context::CliContext, destination::Destination, failure::Failure, prompt};
use crate::engine::Draft;

mod direct;
mod draft;
pub(super) mod dry_run;
mod execute;
mod json_events;
mod leading_image;
mod progress;
mod reference_arg;
mod retry_notice;

pub(super) use dry_run::format_estimate;
pub(super) use execute::{OutputMode, execute, report_saved};
pub(super) use json_events::{done_event, failed_event, image_event, preview_event, started_event};
pub(super) use leading_image::leading_image;
pub(super) use progress::JobProgressBar;

/// Generate images without the studio; a pipe or - supplies the prompt
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype generate \"three cats under a full moon\"
  tintype generate \"a red kite\" -o kite.png --size 1536x1024 --set seed=7
  tintype generate \"a red kite\" --dry-run     estimate the cost
  tintype generate - --json < prompt.txt      JSON Lines output
  tintype generate \"a red kite\" -o - | feh -  write the image to stdout

Stdout contains only the paths of the saved images, one per line.

Exit codes: 0 success, 1 other, 2 usage or config, 3 credentials, 4 safety, 5 rate limit or quota, 6 network, server \
or timeout, 7 budget, 8 outcome unknown, 130 interrupted.")]
pub(super) struct GenerateArgs {
    /// Prompt; `-` reads stdin
    #[arg(value_name = "PROMPT")]
    prompt: Vec<String>,

    #[command(flatten)]
    job: GenerationArgs,
}

/// Flags that `generate` and `edit` share.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct GenerationArgs {
    /// Backend to use
    #[arg(short, long, value_name = "NAME", add = ArgValueCompleter::new(completers::backends))]
    backend: Option<String>,

    /// Model of the backend
    #[arg(short, long, value_name = "ID", add = ArgValueCompleter::new(completers::models))]
    model: Option<String>,

    /// Number of images
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    count: u32,

    /// Width and height in pixels, or auto
    #[arg(long, value_name = "WxH|auto", add = ArgValueCompleter::new(completers::sizes))]
    size: Option<String>,

    /// Quality, which affects the price
    #[arg(long, value_name = "Q", add = ArgValueCompleter::new(completers::qualities))]
    quality: Option<String>,

    /// Any other setting; `tintype models BACKEND` lists them
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(completers::settings))]
    settings: Vec<String>,

    /// Reference image: a file, an image id, @clipboard, or - for stdin; repeatable
    #[arg(long = "ref", value_name = "FILE|ID|@clipboard|-", add = ArgValueCompleter::new(completers::references))]
    references: Vec<OsString>,

    /// Tag of the images, repeatable
    #[arg(long = "tag", value_name = "TAG", add = ArgValueCompleter::new(completers::tags))]
    tags: Vec<String>,

    /// Title of the images
    #[arg(long)]
    title: Option<String>,

    /// Have a language model rewrite the prompt first, on this backend or the first capable one
    #[arg(long, value_name = "BACKEND", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(add = ArgValueCompleter::new(completers::backends))]
    direct: Option<String>,

    /// Redraw only where this image is transparent; models treat it as a guide and may change more
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,

    /// Change what this overlay for the first image points at: strokes, arrows or text on a transparent background
    #[arg(long, value_name = "FILE", conflicts_with = "mask")]
    markup: Option<PathBuf>,

    /// Copy the images to this file (its extension selects the format), folder (with a trailing slash), or - for stdout
    #[arg(short, long, value_name = "PATH|-")]
    output: Option<PathBuf>,

    /// Show the image on stderr: auto (if it is a terminal), always, never
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    preview: PreviewMode,

    /// JSON Lines output
    #[arg(long)]
    json: bool,

    /// Show the request and its estimated cost without sending anything
    #[arg(long)]
    dry_run: bool,

    /// Overwrite existing files
    #[arg(short, long)]
    yes: bool,
}

/// Condition for showing an image in the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum PreviewMode {
    Auto,
    Always,
    Never,
}

impl GenerationArgs {
    /// Returns whether to show images. `auto` shows them at a terminal, but not together with JSON.
    fn shows_preview(&self) -> bool {
        match self.preview {
            PreviewMode::Always => true,
            PreviewMode::Never => false,
            PreviewMode::Auto => !self.json && io::stderr().is_terminal(),
        }
    }

    /// Returns whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Refuses to read two inputs from stdin.
    pub(super) fn check_stdin_use(&self, image: Option<&OsStr>, prompt: &[String]) -> Result<(), Failure> {
        let images = image.into_iter().chain(self.references.iter().map(OsString::as_os_str));
        let images = images.filter(|name| *name == "-").count();
        let is_prompt = prompt.is_empty() || prompt == ["-"];
        if images + usize::from(is_prompt) < 2 || images == 0 {
            return Ok(());
        }
        let (message, hint) = if images > 1 {
            ("stdin can carry only one image", "pass the others as files")
        } else {
            ("stdin cannot carry both the image and the prompt", "pass the prompt as an argument")
        };
        Err(Failure::usage(message).with_hint(hint))
    }
}

impl GenerateArgs {
    /// Returns whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.job.is_json()
    }
}

pub(super) fn run(args: &GenerateArgs, session: &mut CliContext) -> Result<(), Failure> {
    let output = destination(&args.job, session)?;
    args.job.check_stdin_use(None, &args.prompt)?;
    let prompt = prompt::read(&args.prompt)?;
    generate(&args.job, Draft { prompt, ..Draft::default() }, output.as_ref(), session)
}

/// Returns the destination of the copies, validated before anything is read or generated.
pub(super) fn destination(args: &GenerationArgs, session: &CliContext) -> Result<Option<Destination>, Failure> {
    let Some(output) = args.output.as_deref().map(Destination::parse) else { return Ok(None) };
    if output == Destination::Stdout && args.json {
        let message = "stdout cannot carry both the image and JSON";
        return Err(Failure::usage(message).with_hint("pass a file to -o, or remove --json"));
    }
    output.check(args.count, args.yes)?;
    output.spare_library(args.count, session)?;
    Ok(Some(output))
}

/// Submits `draft` with the flags applied, or prints its cost with `--dry-run`.
pub(super) fn generate(
    args: &GenerationArgs,
    draft: Draft,
    output: Option<&Destination>,
    session: &mut CliContext,
) -> Result<(), Failure> {
    let mut draft = draft::apply_flags(args, draft, output, session)?;
    leading_image::refuse(&draft, session)?;
    for reference in &args.references {
        let source = session.reference(reference)?;
        draft.inputs.push(source);
    }
    if args.dry_run {
        return dry_run::run(args, &draft, session);
    }
    if let Some(by) = &args.direct {
        draft = direct::run(args, by, draft, session)?;
    }
    execute::run(args, draft, output, session)
}
