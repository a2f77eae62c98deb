//! Execution of one job from submission to its last event. Ctrl-C cancels the job, which is saved as canceled.
//! The output format is defined in `report` and `progress`.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{JobArgs, progress::Progress, report};
use crate::{
    cli::{
        failure::{Code, Failure},
        generate::dry_run,
        out::{self, Out},
        output::{Copy, Output},
        picture::Printing,
        session::Session,
        signals::{Asked, Signals},
    },
    confined::{self, MAX_IMAGE},
    engine::{Draft, Engine, EngineEvent, GRACE, JobEvent},
    id::Id,
    library::{ImageRecord, ImageRow, Record},
};

/// Output options of a job.
#[derive(Debug)]
pub(in crate::cli) struct Telling<'a> {
    /// Whether stdout carries JSON Lines instead of file paths.
    pub(in crate::cli) json: bool,
    /// Destination for copies of the images; `None` leaves them in the library.
    pub(in crate::cli) output: Option<&'a Output>,
    /// Whether copies may overwrite files that already exist.
    pub(in crate::cli) yes: bool,
    /// Settings for showing the images in the terminal; `None` shows nothing.
    pub(in crate::cli) shown: Option<Printing>,
}

pub(super) fn run(args: &JobArgs, draft: Draft, output: Option<&Output>, session: &mut Session) -> Result<(), Failure> {
    let (sender, events) = unbounded_channel();
    let engine = session.engine(sender)?;
    let printing = Printing::of(session.config()?).map_err(|problem| Failure::config(&[problem]))?;
    let shown = args.shows().then_some(printing);
    let warnings = engine.plan(&draft).ok().and_then(|plan| Some(engine.registry().get(&plan.backend)?.warnings()));
    warnings.into_iter().flatten().for_each(|words| out::note(&format!("warning: {words}")));
    let telling = Telling { json: args.json, output, yes: args.yes, shown };
    let running = engine.clone();
    follow(&engine, async move { Ok(running.submit(draft).await?) }, events, &telling, session)
}

/// Waits for the job that `begin` starts and reports its progress.
pub(in crate::cli) fn follow(
    engine: &Engine,
    begin: impl Future<Output = Result<Id, Failure>>,
    events: UnboundedReceiver<EngineEvent>,
    telling: &Telling<'_>,
    session: &mut Session,
) -> Result<(), Failure> {
    let mut teller = Teller { telling, progress: Progress::start(!io::stderr().is_terminal()), out: Out::default() };
    let ended = session.block_on(async {
        let job = begin.await?;
        listen(engine, job, events, &mut teller).await
    })?;
    teller.progress.finish();
    let record = ended?;
    teller.saved(&record).map_err(|failure| failure.of_job(record.id))
}

/// Reports a job that was already saved before anything waited for it.
pub(in crate::cli) fn tell(record: &Record, telling: &Telling<'_>) -> Result<(), Failure> {
    let mut teller = Teller { telling, progress: Progress::start(true), out: Out::default() };
    teller.saved(record).map_err(|failure| failure.of_job(record.id))
}

/// Waits for the end of a job. The first Ctrl-C cancels it, the second one also stops waiting. When the system asks the
/// program to exit, the job gets a grace period and is then suspended, so that the next start can resume it.
async fn listen(
    engine: &Engine,
    job: Id,
    mut events: UnboundedReceiver<EngineEvent>,
    teller: &mut Teller<'_>,
) -> Result<Record, Failure> {
    let mut signals = Signals::listen()?;
    let mut stopping = false;
    let interrupted = || Failure::new(Code::Interrupted, "interrupted", "stopped").of_job(job);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) if event.job == job => {
                    if let Some(record) = teller.hear(event)? {
                        return Ok(record);
                    }
                }
                Some(_) => {}
                None => return Err(Failure::local("the engine is gone").of_job(job)),
            },
            asked = signals.next() => match asked {
                Asked::End => {
                    teller.progress.status("ending");
                    engine.shutdown(GRACE).await;
                    return told_at_the_end(&mut events, teller, job)?.ok_or_else(interrupted);
                }
                Asked::Cancel if stopping => return Err(interrupted()),
                Asked::Cancel => {
                    stopping = true;
                    teller.progress.status("stopping");
                    engine.cancel(job);
                }
            }
        }
    }
}

/// Processes the events that arrived before the engine shut down.
fn told_at_the_end(
    events: &mut UnboundedReceiver<EngineEvent>,
    teller: &mut Teller<'_>,
    job: Id,
) -> Result<Option<Record>, Failure> {
    while let Ok(event) = events.try_recv() {
        if event.job == job
            && let Some(record) = teller.hear(event)?
        {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Reporter of a job's events.
struct Teller<'a> {
    telling: &'a Telling<'a>,
    progress: Progress,
    out: Out,
}

impl Teller<'_> {
    /// Reports an event; returns the record once the images are on disk.
    fn hear(&mut self, EngineEvent { job, what }: EngineEvent) -> Result<Option<Record>, Failure> {
        match what {
            JobEvent::Started(record) => {
                let estimate = dry_run::words(&record.estimate);
                self.progress.status(&format!("{} ({estimate})", record.drawn_by()));
                self.json(&report::started(&record))?;
            }
            JobEvent::Preview(preview) => self.json(&report::preview(job, preview.image, preview.step))?,
            JobEvent::Status(words) | JobEvent::Thought(words) => self.progress.status(&words),
            JobEvent::Percent(percent) => self.progress.percent(percent),
            JobEvent::Saved(record) => return Ok(Some(*record)),
            JobEvent::Failed(record) => return Err(failed(*record)),
            JobEvent::Cancelled(record) => {
                return Err(Failure::new(Code::Interrupted, "interrupted", "stopped").of_job(record.id));
            }
        }
        Ok(None)
    }

    /// Copies the images to their destination and returns the written files.
    fn copied(&mut self, record: &Record) -> Result<Vec<PathBuf>, Failure> {
        let Some(output) = self.telling.output else { return Ok(Vec::new()) };
        output.deliver(&copies(&record.images)?, self.telling.yes, &mut self.out)
    }

    fn json(&mut self, object: &serde_json::Value) -> Result<(), Failure> {
        if !self.telling.json {
            return Ok(());
        }
        let out = &mut self.out;
        self.progress.aside(|| out.json(object))
    }

    /// Copies the saved images, prints their paths, and adds remarks.
    fn saved(&mut self, record: &Record) -> Result<(), Failure> {
        let copies = self.copied(record).inspect_err(|_| kept(&record.images))?;
        for (index, image) in record.images.iter().enumerate() {
            if self.telling.json {
                let copy = copies.get(index).map(|path| path.display().to_string());
                self.out.json(&report::image(record.id, &ImageRow::from(image), copy))?;
            } else if self.telling.output != Some(&Output::Stdout) {
                self.out.path(copies.get(index).unwrap_or(&image.path))?;
            }
        }
        self.show(record);
        self.json(&report::done(record))?;
        remarks(record);
        Ok(())
    }
}

impl Teller<'_> {
    /// Shows the images. They are already on disk, so an image that cannot be shown is only a warning.
    fn show(&self, record: &Record) {
        let Some(printing) = self.telling.shown else { return };
        for image in &record.images {
            let shown = confined::read_file(&image.path, MAX_IMAGE).map(|bytes| printing.to_stderr(&bytes));
            if let Ok(Err(failure)) = shown {
                failure.told.iter().for_each(out::warn);
            }
        }
    }
}

/// Prints the backend's notes and, at a terminal, cost and duration.
fn remarks(record: &Record) {
    record.notes.iter().for_each(|remark| out::note(&format!("note: {remark}")));
    if io::stderr().is_terminal() {
        let cost = record.cost.as_ref().map_or_else(|| "cost unknown".to_owned(), |cost| cost.usd.to_string());
        let seconds = record.seconds.map(|seconds| format!(", {seconds:.1} s")).unwrap_or_default();
        out::note(&format!("{}: {cost}{seconds}, id {}", record.drawn_by(), record.id.short()));
    }
}

/// Prints where the images are after a copy failed: they may have been paid for and are not lost.
fn kept(images: &[ImageRecord]) {
    for image in images {
        out::note(&format!("note: the image is safe in `{}`", image.path.display()));
    }
}

fn copies(images: &[ImageRecord]) -> Result<Vec<Copy>, Failure> {
    let copy = |image: &ImageRecord| {
        let bytes = confined::read_file(&image.path, MAX_IMAGE)?;
        Ok(Copy { name: image.path.file_name().unwrap_or_default().into(), bytes, svg: image.svg.clone() })
    };
    images.iter().map(copy).collect()
}

fn failed(record: Record) -> Failure {
    match record.error {
        Some(error) => Failure::from(error).of_job(record.id),
        None => Failure::local("it ended without an image").of_job(record.id),
    }
}
