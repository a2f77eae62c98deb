//! Execution of one job from submission to its last event. Ctrl-C cancels the job, which is saved as canceled.
//! The output format is defined in `report` and `progress`.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{GenerationArgs, json_events, progress::JobProgressBar};
use crate::{
    cli::{
        context::CliContext,
        destination::{Destination, ImageCopy},
        failure::{Failure, FailureCode},
        generate::dry_run,
        print_image::PrintSettings,
        signals::{StopRequest, StopSignals},
        stdout::{self, StdoutWriter},
    },
    confined::{self, MAX_IMAGE},
    engine::{Draft, Engine, EngineEvent, GRACE, JobEvent},
    id::Id,
    library::{ImageRecord, ImageRow, Record},
};

/// Output options of a job.
#[derive(Debug)]
pub(in crate::cli) struct OutputMode<'a> {
    /// Set if stdout carries JSON Lines instead of file paths.
    pub(in crate::cli) json: bool,
    /// Destination for copies of the images; `None` leaves them in the library.
    pub(in crate::cli) output: Option<&'a Destination>,
    /// Set if copies may overwrite files that already exist.
    pub(in crate::cli) yes: bool,
    /// Settings for showing the images in the terminal; `None` shows nothing.
    pub(in crate::cli) shown: Option<PrintSettings>,
}

pub(super) fn run(
    args: &GenerationArgs,
    draft: Draft,
    output: Option<&Destination>,
    session: &mut CliContext,
) -> Result<(), Failure> {
    let (sender, events) = unbounded_channel();
    let engine = session.engine(sender)?;
    let printing = PrintSettings::from_config(session.config()?).map_err(|problem| Failure::config(&[problem]))?;
    let shown = args.shows_preview().then_some(printing);
    let warnings = engine.plan(&draft).ok().and_then(|plan| Some(engine.registry().get(&plan.backend)?.warnings()));
    warnings.into_iter().flatten().for_each(|words| stdout::note(&format!("warning: {words}")));
    let telling = OutputMode { json: args.json, output, yes: args.yes, shown };
    let running = engine.clone();
    execute(&engine, async move { Ok(running.submit(draft).await?) }, events, &telling, session)
}

/// Waits for the job that `begin` starts and reports its progress.
pub(in crate::cli) fn execute(
    engine: &Engine,
    begin: impl Future<Output = Result<Id, Failure>>,
    events: UnboundedReceiver<EngineEvent>,
    telling: &OutputMode<'_>,
    session: &mut CliContext,
) -> Result<(), Failure> {
    let mut teller = JobReporter {
        telling,
        progress: JobProgressBar::start(!io::stderr().is_terminal()),
        out: StdoutWriter::default(),
    };
    let ended = session.block_on(async {
        let job = begin.await?;
        wait_for_job(engine, job, events, &mut teller).await
    })?;
    teller.progress.finish();
    let record = ended?;
    teller.saved(&record).map_err(|failure| failure.with_job(record.id))
}

/// Reports a job that was already saved before anything waited for it.
pub(in crate::cli) fn report_saved(record: &Record, telling: &OutputMode<'_>) -> Result<(), Failure> {
    let mut teller = JobReporter { telling, progress: JobProgressBar::start(true), out: StdoutWriter::default() };
    teller.saved(record).map_err(|failure| failure.with_job(record.id))
}

/// Waits for the end of a job. The first Ctrl-C cancels it, the second one also stops waiting. When the system asks the
/// program to exit, the job gets a grace period and is then suspended, so that the next start can resume it.
async fn wait_for_job(
    engine: &Engine,
    job: Id,
    mut events: UnboundedReceiver<EngineEvent>,
    teller: &mut JobReporter<'_>,
) -> Result<Record, Failure> {
    let mut signals = StopSignals::listen()?;
    let mut stopping = false;
    let interrupted = || Failure::new(FailureCode::Interrupted, "interrupted", "stopped").with_job(job);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) if event.job == job => {
                    if let Some(record) = teller.on_update(event)? {
                        return Ok(record);
                    }
                }
                Some(_) => {}
                None => return Err(Failure::local("the engine is gone").with_job(job)),
            },
            asked = signals.next() => match asked {
                StopRequest::Exit => {
                    teller.progress.set_status("ending");
                    engine.shutdown(GRACE).await;
                    return drain_events(&mut events, teller, job)?.ok_or_else(interrupted);
                }
                StopRequest::Cancel if stopping => return Err(interrupted()),
                StopRequest::Cancel => {
                    stopping = true;
                    teller.progress.set_status("stopping");
                    engine.cancel(job);
                }
            }
        }
    }
}

/// Processes the events that arrived before the engine shut down.
fn drain_events(
    events: &mut UnboundedReceiver<EngineEvent>,
    teller: &mut JobReporter<'_>,
    job: Id,
) -> Result<Option<Record>, Failure> {
    while let Ok(event) = events.try_recv() {
        if event.job == job
            && let Some(record) = teller.on_update(event)?
        {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Reporter of a job's events.
struct JobReporter<'a> {
    telling: &'a OutputMode<'a>,
    progress: JobProgressBar,
    out: StdoutWriter,
}

impl JobReporter<'_> {
    /// Reports an event; returns the record once the images are on disk.
    fn on_update(&mut self, EngineEvent { job, what }: EngineEvent) -> Result<Option<Record>, Failure> {
        match what {
            JobEvent::Started(record) => {
                let estimate = dry_run::format_estimate(&record.estimate);
                self.progress.set_status(&format!("{} ({estimate})", record.backend_and_model()));
                self.json(&json_events::started_event(&record))?;
            }
            JobEvent::Preview(preview) => self.json(&json_events::preview_event(job, preview.image, preview.step))?,
            JobEvent::Status(words) | JobEvent::Thought(words) => self.progress.set_status(&words),
            JobEvent::Percent(percent) => self.progress.set_percent(percent),
            JobEvent::Sent | JobEvent::Received => {}
            JobEvent::Saved(record) => return Ok(Some(*record)),
            JobEvent::Failed(record) => return Err(failed(*record)),
            JobEvent::Canceled(record) => {
                return Err(Failure::new(FailureCode::Interrupted, "interrupted", "stopped").with_job(record.id));
            }
        }
        Ok(None)
    }

    /// Copies the images to their destination and returns the written files.
    fn copy_images(&mut self, record: &Record) -> Result<Vec<PathBuf>, Failure> {
        let Some(output) = self.telling.output else { return Ok(Vec::new()) };
        output.write_copies(&copies(&record.images)?, self.telling.yes, &mut self.out)
    }

    fn json(&mut self, object: &serde_json::Value) -> Result<(), Failure> {
        if !self.telling.json {
            return Ok(());
        }
        let out = &mut self.out;
        self.progress.suspend(|| out.json(object))
    }

    /// Copies the saved images, prints their paths, and adds remarks.
    fn saved(&mut self, record: &Record) -> Result<(), Failure> {
        let copies = self.copy_images(record).inspect_err(|_| note_safe_images(&record.images))?;
        for (index, image) in record.images.iter().enumerate() {
            if self.telling.json {
                let copy = copies.get(index).map(|path| path.display().to_string());
                self.out.json(&json_events::image_event(record.id, &ImageRow::from(image), copy))?;
            } else if self.telling.output != Some(&Destination::Stdout) {
                self.out.path(copies.get(index).unwrap_or(&image.path))?;
            }
        }
        self.show(record);
        self.json(&json_events::done_event(record))?;
        print_remarks(record);
        Ok(())
    }
}

impl JobReporter<'_> {
    /// Shows the images. They are already on disk, so an image that cannot be shown is only a warning.
    fn show(&self, record: &Record) {
        let Some(printing) = self.telling.shown else { return };
        for image in &record.images {
            let shown = confined::read_file(&image.path, MAX_IMAGE).map(|bytes| printing.to_stderr(&bytes));
            if let Ok(Err(failure)) = shown {
                failure.messages.iter().for_each(stdout::warn);
            }
        }
    }
}

/// Prints the backend's notes and, at a terminal, cost and duration.
fn print_remarks(record: &Record) {
    record.notes.iter().for_each(|remark| stdout::note(&format!("note: {remark}")));
    if io::stderr().is_terminal() {
        let cost = record.cost.as_ref().map_or_else(|| "cost unknown".to_owned(), |cost| cost.usd.to_string());
        let seconds = record.seconds.map(|seconds| format!(", {seconds:.1} s")).unwrap_or_default();
        stdout::note(&format!("{}: {cost}{seconds}, id {}", record.backend_and_model(), record.id.short()));
    }
}

/// Prints where the images are after a copy failed: they may have been paid for and are not lost.
fn note_safe_images(images: &[ImageRecord]) {
    for image in images {
        stdout::note(&format!("note: the image is kept in `{}`", image.path.display()));
    }
}

fn copies(images: &[ImageRecord]) -> Result<Vec<ImageCopy>, Failure> {
    let copy = |image: &ImageRecord| {
        let bytes = confined::read_file(&image.path, MAX_IMAGE)?;
        Ok(ImageCopy { name: image.path.file_name().unwrap_or_default().into(), bytes, svg: image.svg.clone() })
    };
    images.iter().map(copy).collect()
}

fn failed(record: Record) -> Failure {
    match record.error {
        Some(error) => Failure::from(error).with_job(record.id),
        None => Failure::local("ended without an image").with_job(record.id),
    }
}
