//! One job from submit to its last event, with the keys of the shell: Ctrl-C stops it, and it is written down as stopped.
//! What is printed where is in `report` and `progress`.

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

/// How a job's end is told.
#[derive(Debug)]
pub(in crate::cli) struct Telling<'a> {
    /// One JSON object a line on stdout.
    pub(in crate::cli) json: bool,
    /// Where copies of the images go.
    pub(in crate::cli) output: Option<&'a Output>,
    /// Whether what is there may be overwritten.
    pub(in crate::cli) yes: bool,
    /// How the images are shown, if they are.
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

/// Waits for the job that `begin` starts, telling of it as it goes.
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

/// Tells of a job that was saved before anybody waited for it.
pub(in crate::cli) fn tell(record: &Record, telling: &Telling<'_>) -> Result<(), Failure> {
    let mut teller = Teller { telling, progress: Progress::start(true), out: Out::default() };
    teller.saved(record).map_err(|failure| failure.of_job(record.id))
}

/// Hears a job to its end. A first Ctrl-C cancels the job, a second one stops the waiting too; when the system wants the
/// program to end, the job has a moment to be done, and is then left so that the next start can go on with it.
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

/// What was said before everything ended.
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

/// Tells what happens to a job.
struct Teller<'a> {
    telling: &'a Telling<'a>,
    progress: Progress,
    out: Out,
}

impl Teller<'_> {
    /// Tells an event; returns the record once the images are on disk.
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

    /// Copies the images where they are wanted; returns the files.
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

    /// The images are on disk: copies them, prints where they are, and what is worth knowing.
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
    /// Shows the images. They are safely on disk: what cannot be shown is no reason to fail.
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

/// What the backend remarked, and for people at a terminal what it took.
fn remarks(record: &Record) {
    record.notes.iter().for_each(|remark| out::note(&format!("note: {remark}")));
    if io::stderr().is_terminal() {
        let cost = record.cost.as_ref().map_or_else(|| "cost unknown".to_owned(), |cost| cost.usd.to_string());
        let seconds = record.seconds.map(|seconds| format!(", {seconds:.1} s")).unwrap_or_default();
        out::note(&format!("{}: {cost}{seconds}, id {}", record.drawn_by(), record.id.short()));
    }
}

/// A copy failed; what was drawn, and perhaps paid for, is not lost.
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
