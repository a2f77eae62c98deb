//! `tintype history export`: copies images out of the library, byte for byte unless another format or size is
//! requested, which keeps a provider's signatures valid.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::ValueEnum;
use clap_complete::ArgValueCompleter;
use indicatif::{ProgressBar, ProgressStyle};
use tintype_backends::{Format, Size};
use tokio::{runtime::Handle, task::spawn_blocking};

use super::export_selection::{Selection, select};
use crate::{
    cli::{
        completers,
        context::{CliContext, renderer},
        destination::{self, Destination},
        failure::{Failure, FailureCode, UserMessage},
        signals::StopSignals,
        stdout,
    },
    export::{
        self, ConvertedFile, ExportError, ExportFailure, ExportOptions, ExportPlan, ExportReport, ExportTarget, Loss,
    },
};

/// Number of images up to which each is reported on its own, and without a progress bar.
const FEW: usize = 3;

/// Maximum number of failures that are printed.
const PRINTED_FAILURES: usize = 10;

/// Export images, unchanged or converted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype history export 3fa9c1d2 -o cat.jpg
  tintype history export 3fa9c1d2 81b0c77e -o out/
  tintype history export 'rating:>=4 tag:fox' -o best.zip --format webp --xmp
  tintype history export collection:mugs -o mugs/ --width 900 --crop 600x600

Ids select images or jobs; any other words are a query, as in `tintype history QUERY`.")]
pub(super) struct ExportArgs {
    /// Ids of images or jobs, or a query
    #[arg(value_name = "QUERY|ID", required = true, add = ArgValueCompleter::new(completers::job_ids))]
    words: Vec<String>,

    /// Folder (a trailing slash creates it), .zip archive, file (its extension selects the format), or - for stdout
    #[arg(short, long, value_name = "PATH|-", default_value = ".")]
    output: PathBuf,

    /// Format of the files; JPEG has quality 95 and a white background, WebP is lossless
    #[arg(long, value_name = "FORMAT")]
    format: Option<RasterFormat>,

    /// Width in pixels, keeping the aspect ratio; a drawing is rendered from its SVG source
    #[arg(long, value_name = "N", conflicts_with = "size", value_parser = clap::value_parser!(u32).range(1..))]
    width: Option<u32>,

    /// Cut a centered rectangle out of each image, after --width
    #[arg(long, value_name = "WxH")]
    crop: Option<Size>,

    /// Write title, prompt, tags, rating and origin of each image to NAME.EXT.xmp
    #[arg(long)]
    xmp: bool,

    /// Export the SVG source instead of the image, if there is one
    #[arg(long, conflicts_with_all = ["format", "crop"])]
    svg: bool,

    /// Render the SVG source at this size
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,

    /// Overwrite existing files
    #[arg(short, long)]
    yes: bool,
}

/// Format that images are converted to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RasterFormat {
    Png,
    #[value(alias = "jpg")]
    Jpeg,
    Webp,
}

impl From<RasterFormat> for Format {
    fn from(format: RasterFormat) -> Self {
        match format {
            RasterFormat::Png => Self::Png,
            RasterFormat::Jpeg => Self::Jpeg,
            RasterFormat::Webp => Self::Webp,
        }
    }
}

pub(super) fn run(args: &ExportArgs, session: &mut CliContext) -> Result<(), Failure> {
    let output = Destination::parse(&args.output);
    let options = options(args, &output)?;
    let Selection { items, is_many } = select(&args.words, session)?;
    let target = target(&output, is_many, items.len(), args.yes)?;
    let data_dir = session.library()?.data_dir().to_owned();
    let total = items.len();
    let plan = |target| ExportPlan { data_dir, items, target, options, overwrite: args.yes, renderer: renderer() };
    match target {
        Some(target) => {
            let report = execute(plan(target), session)?;
            report_result(&report, total, session)
        }
        None => write_to_stdout(plan(ExportTarget::File(args.output.clone())), session),
    }
}

fn options(args: &ExportArgs, output: &Destination) -> Result<ExportOptions, Failure> {
    let format = args.format.map(Format::from).or(args.svg.then_some(Format::Svg));
    let flag = || match format {
        Some(format) if format != Format::Svg => format!("--format {format}"),
        _ => "--svg".to_owned(),
    };
    let conflict =
        |one: &str, other: &str, hint: &str| Err(Failure::usage(format!("{one} and {other} conflict")).with_hint(hint));
    let named = output.named_format();
    if let Some((file, _)) = named.filter(|(_, named)| format.is_some_and(|format| format != *named)) {
        return conflict(&format!("`{}`", file.display()), &flag(), "remove one of them");
    }
    let format = format.or(named.map(|(_, format)| format));
    if format == Some(Format::Svg) && args.crop.is_some() {
        return conflict("an SVG file", "--crop", "use a .png, .jpg or .webp file");
    }
    if args.xmp && *output == Destination::Stdout {
        return conflict("`-o -`", "--xmp", "pass a file or a folder to -o");
    }
    Ok(ExportOptions { format, width: args.width, size: args.size, crop: args.crop, xmp: args.xmp })
}

/// Returns the target, or `None` for stdout, if `count` images can be written there. Several images need a folder or an
/// archive; an extension that names a format numbers them instead.
fn target(output: &Destination, is_many: bool, count: usize, yes: bool) -> Result<Option<ExportTarget>, Failure> {
    let is_zip = |file: &PathBuf| file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let target = match output {
        Destination::Stdout => None,
        Destination::Folder(folder) => Some(ExportTarget::Directory(folder.clone())),
        Destination::File(file) if is_zip(file) => {
            destination::check_parent(file)?;
            return Ok(Some(ExportTarget::Archive(file.clone())));
        }
        Destination::File(file) if is_many && output.named_format().is_none() => {
            destination::refuse_unsupported(file)?;
            Destination::Folder(file.clone()).check(0, yes)?;
            return Ok(Some(ExportTarget::Directory(file.clone())));
        }
        Destination::File(file) => Some(ExportTarget::File(file.clone())),
    };
    // Existing files are refused by the export itself, which names all of them.
    output.check(u32::try_from(count).unwrap_or(u32::MAX), true)?;
    Ok(target)
}

fn write_to_stdout(plan: ExportPlan, session: &mut CliContext) -> Result<(), Failure> {
    let prepared = session.block_on(async {
        let runtime = Handle::current();
        spawn_blocking(move || plan.items.first().map(|item| export::prepare(&plan, item, &runtime))).await
    })?;
    match prepared.map_err(|error| Failure::local(error.to_string()))? {
        Some(Ok(image)) => session.out.bytes(&image.bytes),
        Some(Err(error)) => Err(to_failure(&error)),
        None => Ok(()),
    }
}

/// Runs the export. A signal stops it after the image in progress.
fn execute(plan: ExportPlan, session: &mut CliContext) -> Result<ExportReport, Failure> {
    let bar = progress_bar(plan.items.len());
    let shown = bar.clone();
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_stopped);
    let mut progress = move |done: usize| {
        shown.set_position(done as u64);
        if is_stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = session.block_on(async {
        let mut signals = StopSignals::listen()?;
        let runtime = Handle::current();
        let mut work = spawn_blocking(move || export::run(&plan, &runtime, &mut progress));
        loop {
            tokio::select! {
                ended = &mut work => return ended.map_err(|error| Failure::local(error.to_string())),
                _ = signals.next() => stop.store(true, Ordering::Relaxed),
            }
        }
    })?;
    bar.finish_and_clear();
    ended?.map_err(|error| to_failure(&error))
}

fn progress_bar(total: usize) -> ProgressBar {
    let bar = if total > FEW { ProgressBar::new(total as u64) } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{spinner} exporting {bar:24} {pos} of {len} {elapsed}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Prints the written paths and remarks; failures of single images are the failure of the command.
fn report_result(report: &ExportReport, total: usize, session: &mut CliContext) -> Result<(), Failure> {
    report.written.iter().try_for_each(|path| session.out.path(path))?;
    print_conversions(&report.converted, total);
    if report.skipped > 0 {
        stdout::note(&format!("note: {} not exported", images(report.skipped)));
    }
    match report.failures.as_slice() {
        _ if report.stopped => Err(Failure::new(FailureCode::Interrupted, "interrupted", "stopped")),
        [] => Ok(()),
        [only] if total == 1 => Err(to_failure(&only.error)),
        failures => Err(several(failures)),
    }
}

fn images(count: usize) -> String {
    if count == 1 { "1 image".to_owned() } else { format!("{count} images") }
}

/// Prints each conversion of a few images, and what was lost of many.
fn print_conversions(converted: &[ConvertedFile], total: usize) {
    if total <= FEW {
        for ConvertedFile { path, from, to, lost } in converted {
            stdout::note(&destination::conversion_note(path, *from, *to, lost));
        }
        return;
    }
    let mut losses: BTreeMap<Loss, usize> = BTreeMap::new();
    for loss in converted.iter().flat_map(|file| &file.lost) {
        *losses.entry(*loss).or_default() += 1;
    }
    for (loss, count) in losses {
        let their = if count == 1 { "its" } else { "their" };
        stdout::note(&format!("note: {} lost {their} {loss}", images(count)));
    }
}

fn to_failure(error: &ExportError) -> Failure {
    let message = error.to_string();
    let failure = if error.is_usage() { Failure::usage(message) } else { Failure::local(message) };
    match hint(error) {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

fn hint(error: &ExportError) -> Option<String> {
    match error {
        ExportError::Exists { count: 1, .. } => Some("choose another name, or pass --yes to overwrite it".to_owned()),
        ExportError::Exists { .. } => Some("choose another folder, or pass --yes to overwrite them".to_owned()),
        ExportError::NoSource(_) => Some("remove --svg and --size, or use a .png, .jpg or .webp file".to_owned()),
        ExportError::TooLarge { .. } => Some("use a smaller --width".to_owned()),
        ExportError::CropTooLarge { .. } => Some("use a smaller --crop, or a larger --width".to_owned()),
        _ => error.hint(),
    }
}

/// Returns the failure of a command that exported the other images.
fn several(failures: &[ExportFailure]) -> Failure {
    let mut messages: Vec<UserMessage> = failures
        .iter()
        .take(PRINTED_FAILURES)
        .map(|ExportFailure { id, error }| UserMessage {
            message: format!("`{id}`: {error}"),
            detail: None,
            hint: hint(error),
        })
        .collect();
    if let Some(more) = failures.len().checked_sub(PRINTED_FAILURES).filter(|more| *more > 0) {
        let message = format!("{} more could not be exported", images(more));
        messages.push(UserMessage { message, detail: None, hint: None });
    }
    Failure { messages, ..Failure::local("") }
}
