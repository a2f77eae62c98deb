//! One job with a program: sends the request, and turns the responses into progress and finally an outcome. Starting
//! and ending the program is left to `session` and `process`.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use serde_json::{Map, Value as Json};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    errors::{self, sanitize},
    job_folder::{INPUT, JobFolder, JobRecord, MARKUP, MASK},
    job_limits::JobLimits,
    protocol::{DoneMessage, HostMessage, ImageFacts, InputImage, MessageBody, RemainingTime, VERSION_2},
    session::{JobMessage, ProgramJob},
    settings::ExternalProgram,
};
use crate::{
    BackendError, Cost, CostBasis, ErrorKind, Image, Outcome, Preview, Progress, ProviderIds, Question, Request,
    RequestImage, Ticket, Usage, Usd, Value, conformance::AFTER_IMAGE,
};

/// The shortest time between two previews: more would not be visible, and each one is a file that is read.
const PREVIEW_INTERVAL: Duration = Duration::from_millis(100);

/// The maximum number of images of one job.
const MAX_IMAGES: usize = 100;

/// The maximum number of remarks, more than anyone reads.
const MAX_REMARKS: usize = 20;

/// A request to the program.
#[derive(Clone, Copy, Debug)]
pub(super) enum ProgramRequest<'a> {
    Generate(&'a Request),
    Resume(&'a Ticket),
    Ask(&'a Question),
}

/// The result of a job.
#[derive(Debug, Default)]
pub(super) struct JobResult {
    pub(super) outcome: Outcome,
    pub(super) answer: String,
}

/// The input images, as described to the program.
struct InputImages<'a> {
    inputs: Vec<InputImage<'a>>,
    mask: Option<InputImage<'a>>,
    markup: Option<InputImage<'a>>,
}

/// Has the program carry out a request.
pub(super) async fn run(
    program: &Arc<ExternalProgram>,
    job: ProgramJob,
    (order, settings): (ProgramRequest<'_>, &Map<String, Json>),
    progress: &Progress,
    retry_delay: &mut Option<Duration>,
) -> Result<JobResult, BackendError> {
    let offline = job.is_offline();
    let folder = JobFolder::create(program, progress.scratch())?;
    let worked = work(program, job, &folder, (order, settings), progress, retry_delay).await;
    if worked.is_err() {
        folder.clear(offline);
    }
    worked
}

async fn work(
    program: &Arc<ExternalProgram>,
    job: ProgramJob,
    folder: &JobFolder,
    (order, settings): (ProgramRequest<'_>, &Map<String, Json>),
    progress: &Progress,
    retry_delay: &mut Option<Duration>,
) -> Result<JobResult, BackendError> {
    let (pictures, offline) = (pictures(folder, order)?, job.is_offline());
    if !offline {
        // The host cannot see when the program contacts a paid service; from here on it may.
        progress.sent();
    }
    match order {
        ProgramRequest::Generate(request) => program.remember_prompt(&request.prompt),
        ProgramRequest::Ask(question) => program.remember_prompt(&question.text),
        ProgramRequest::Resume(_) => {}
    }
    job.send(&message((order, settings), (job.version(), &job.id), folder.path()?, pictures));
    let mut hearing = JobReceiver {
        program,
        folder,
        progress,
        job,
        job_result: JobResult::default(),
        named: JobRecord::default(),
        steps: BTreeMap::new(),
        preview: None,
        preview_due: Instant::now(),
        retry_delay,
    };
    let done = match hearing.receive_all().await {
        // The images may have been paid for, so they are kept whatever follows.
        Err(error) if hearing.keeps_images(&error, order) => DoneMessage::default(),
        done => done?,
    };
    hearing.finish(done, order, offline)
}

fn pictures<'a>(folder: &JobFolder, order: ProgramRequest<'a>) -> Result<InputImages<'a>, BackendError> {
    let (inputs, mask, markup): (&[RequestImage], _, _) = match order {
        ProgramRequest::Generate(request) => (&request.inputs, request.mask.as_ref(), request.markup.as_ref()),
        ProgramRequest::Ask(question) => (&question.images, None, None),
        ProgramRequest::Resume(_) => (&[], None, None),
    };
    let inputs = inputs.iter().enumerate().map(|(at, input)| folder.write_input(&format!("{INPUT}-{at}"), input));
    Ok(InputImages {
        inputs: inputs.collect::<Result<_, _>>()?,
        mask: mask.map(|mask| folder.write_input(MASK, mask)).transpose()?,
        markup: markup.map(|markup| folder.write_input(MARKUP, markup)).transpose()?,
    })
}

fn message<'a>(
    (order, settings): (ProgramRequest<'a>, &'a Map<String, Json>),
    (v, job): (u32, &'a str),
    scratch: &'a str,
    pictures: InputImages<'a>,
) -> HostMessage<'a> {
    let InputImages { inputs, mask, markup } = pictures;
    match order {
        ProgramRequest::Generate(Request { model, count, prompt, continues, .. }) => {
            let (count, continues) = (*count, continues.as_ref());
            HostMessage::Generate { v, job, scratch, model, count, prompt, settings, inputs, mask, markup, continues }
        }
        ProgramRequest::Resume(Ticket(ticket)) => HostMessage::Resume { v, job, scratch, ticket },
        ProgramRequest::Ask(question) => HostMessage::Ask {
            v,
            job,
            scratch,
            model: &question.model,
            prompt: &question.text,
            instructions: &question.instructions,
            settings,
            inputs,
            schema: question.schema.as_ref().map(|schema| &schema.json),
            max_output_tokens: question.max_output_tokens,
        },
    }
}

/// The receiving side of a job.
struct JobReceiver<'a> {
    program: &'a Arc<ExternalProgram>,
    folder: &'a JobFolder,
    progress: &'a Progress,
    job: ProgramJob,
    job_result: JobResult,
    named: JobRecord,
    /// The number of previews of each image so far.
    steps: BTreeMap<u32, u32>,
    /// The latest preview that has not been shown yet: the index and path of its image.
    preview: Option<(u32, String)>,
    preview_due: Instant,
    /// The delay before the request may be repeated, if the program rejected it for now.
    retry_delay: &'a mut Option<Duration>,
}

impl JobReceiver<'_> {
    /// Receives messages until the program reports that it is done.
    async fn receive_all(&mut self) -> Result<DoneMessage, BackendError> {
        let mut bounds = JobLimits::new(Instant::now(), self.program.silence_limit);
        loop {
            // This check comes before reading: an endless stream of lines would leave no time for anything else.
            if let Some(bound) = bounds.reached(Instant::now()) {
                return Err(errors::limit_reached(self.program, bound));
            }
            let JobMessage { what, bytes } = tokio::select! {
                biased;
                () = sleep_until(self.preview_due), if self.preview.is_some() => {
                    self.show_preview().await?;
                    continue;
                }
                heard = timeout_at(bounds.deadline(), self.job.next_message()) => match heard {
                    Ok(heard) => heard.map_err(|error| self.mark_outcome_unknown(error))?,
                    Err(_) => continue,
                },
            };
            if let Some(bound) = bounds.count(bytes, Instant::now()) {
                return Err(errors::limit_reached(self.program, bound));
            }
            if let MessageBody::Done(done) = what {
                self.show_preview().await?;
                return Ok(*done);
            }
            self.handle_message(what).await?;
        }
    }

    /// Converts the error when the program is gone: a paid program may have been charged, so the outcome is unknown.
    fn mark_outcome_unknown(&self, error: BackendError) -> BackendError {
        let paid = !self.job.is_offline() && error.kind == ErrorKind::Local;
        if paid { errors::outcome_unknown(error) } else { error }
    }

    async fn handle_message(&mut self, what: MessageBody) -> Result<(), BackendError> {
        match what {
            MessageBody::Status { text, wait } => self.report_status(Some(sanitize(&text)), &wait),
            MessageBody::Percent { percent, wait } if percent.is_finite() => {
                self.progress.percent(percent);
                self.report_status(None, &wait);
            }
            MessageBody::Thought { text } => self.progress.thought(sanitize(&text)),
            MessageBody::Preview { path, image } => self.preview = Some((image, path)),
            MessageBody::Image { path, svg, facts } => {
                self.receive_image(&path, svg.as_deref(), facts).await?;
            }
            MessageBody::Usage { usage, cost_usd } => self.record_usage(usage, cost_usd),
            MessageBody::Note { text } if self.job_result.outcome.notes.len() < MAX_REMARKS => {
                self.job_result.outcome.notes.push(sanitize(&text));
            }
            MessageBody::Ticket { ticket } => {
                self.progress.ticket(&Ticket(ticket)).await?;
                self.job.send(&HostMessage::Kept { v: self.job.version(), job: &self.job.id });
            }
            MessageBody::Answer { text } => self.job_result.answer = text,
            MessageBody::Error(failure) => {
                let offline = self.job.is_offline();
                *self.retry_delay = failure
                    .retry_after
                    .filter(|_| self.speaks_version_2())
                    .and_then(|s| Duration::try_from_secs_f64(s).ok());
                return Err(errors::failure(self.program, &failure, offline));
            }
            MessageBody::Hello(_) => return Err(errors::second_hello(self.program)),
            MessageBody::Percent { .. }
            | MessageBody::Note { .. }
            | MessageBody::Estimate(_)
            | MessageBody::Done(_)
            | MessageBody::Unknown => {}
        }
        Ok(())
    }

    fn speaks_version_2(&self) -> bool {
        self.job.version() >= VERSION_2
    }

    /// Reports the current activity, and the estimated remaining time.
    fn report_status(&self, doing: Option<String>, wait: &RemainingTime) {
        let left = if self.speaks_version_2() { errors::remaining_time(wait) } else { None };
        let words: Vec<String> = doing.into_iter().chain(left).collect();
        if !words.is_empty() {
            self.progress.status(words.join(", "));
        }
    }

    /// Records facts about a single image: the cost is added up, and the rest becomes a remark.
    fn record_facts(&mut self, facts: ImageFacts) {
        let ImageFacts { seed, note, cost_usd } = if self.speaks_version_2() { facts } else { ImageFacts::default() };
        let number = self.job_result.outcome.images.len();
        let words: Vec<String> =
            seed.map(|seed| format!("seed {seed}")).into_iter().chain(note.as_deref().map(sanitize)).collect();
        if !words.is_empty() && self.job_result.outcome.notes.len() < MAX_REMARKS {
            self.job_result.outcome.notes.push(format!("image {number}: {}", words.join(", ")));
        }
        if let Some(usd) = cost_usd {
            let before = self.job_result.outcome.cost.take().map_or(Usd::ZERO, |cost| cost.usd);
            self.job_result.outcome.cost = Some(Cost { usd: before + usd, basis: CostBasis::Stated });
        }
    }

    /// Returns true if there are images that must survive an error; the error then becomes a remark.
    fn keeps_images(&mut self, error: &BackendError, order: ProgramRequest<'_>) -> bool {
        let drawn = self.job_result.outcome.images.len();
        let kept = drawn > 0 && matches!(order, ProgramRequest::Generate(_) | ProgramRequest::Resume(_));
        if kept {
            self.job_result.outcome.notes.push(format!("{AFTER_IMAGE}{drawn}: {error}"));
        }
        kept
    }

    fn record_usage(&mut self, usage: Usage, cost: Option<Usd>) {
        if usage != Usage::default() {
            self.job_result.outcome.usage = Some(usage);
        }
        if let Some(usd) = cost {
            self.job_result.outcome.cost = Some(Cost { usd, basis: CostBasis::Stated });
        }
    }

    /// Reads a finished image immediately, since the program may exit at any time.
    async fn receive_image(&mut self, path: &str, source: Option<&str>, facts: ImageFacts) -> Result<(), BackendError> {
        if self.job_result.outcome.images.len() >= MAX_IMAGES {
            return Err(errors::too_many_images(self.program, MAX_IMAGES));
        }
        let (format, bytes) = self.folder.read_image(path).await?;
        let svg = source.map(|source| self.folder.text(source)).transpose()?;
        self.job_result.outcome.images.push(Image { bytes, format, svg, file: None });
        self.record_facts(facts);
        self.named.images.push((path.to_owned(), source.map(ToOwned::to_owned)));
        self.remember(DoneMessage::default())
    }

    /// Writes the named images to disk, so that another process that finds the job gets the same result.
    fn remember(&mut self, done: DoneMessage) -> Result<(), BackendError> {
        let Outcome { usage, cost, notes, .. } = &self.job_result.outcome;
        let (usage, cost, notes) = (usage.clone(), cost.clone(), notes.clone());
        self.named = JobRecord { usage, cost, notes, done, ..std::mem::take(&mut self.named) };
        self.folder.save_record(&self.named)
    }

    /// Shows the latest preview, if there is one. A file that is incomplete or has been replaced is skipped; a path
    /// that leads out of the folder is an error.
    async fn show_preview(&mut self) -> Result<(), BackendError> {
        let Some((image, path)) = self.preview.take() else { return Ok(()) };
        self.preview_due = Instant::now() + PREVIEW_INTERVAL;
        match self.folder.read_image(&path).await {
            Ok((format, bytes)) => {
                let step = self.steps.entry(image).or_default();
                self.progress.preview(Preview { image, step: *step, format, bytes });
                *step += 1;
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::InvalidImage => {
                tracing::info!(backend = %self.program.name, "{error}");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Builds the result of the job.
    fn finish(
        mut self,
        done: DoneMessage,
        order: ProgramRequest<'_>,
        offline: bool,
    ) -> Result<JobResult, BackendError> {
        let asked = matches!(order, ProgramRequest::Ask(_));
        let drawn = self.job_result.outcome.images.len();
        if let ProgramRequest::Generate(request) = order
            && (1..request.count as usize).contains(&drawn)
        {
            self.job_result.outcome.notes.push(format!("it returned {drawn} of {} images", request.count));
        }
        if !asked && self.job_result.outcome.images.is_empty() {
            return Err(errors::no_images(self.program));
        }
        if asked && self.job_result.answer.is_empty() {
            return Err(errors::no_answer(self.program));
        }
        if !asked {
            self.remember(done.clone())?;
        }
        self.progress.received();
        apply_done(&mut self.job_result.outcome, done, offline);
        Ok(self.job_result)
    }
}

/// Applies the last message to the outcome.
fn apply_done(outcome: &mut Outcome, done: DoneMessage, offline: bool) {
    let free = Cost { usd: Usd::ZERO, basis: CostBasis::Free };
    if let Some(cost) = outcome.cost.as_ref().filter(|cost| offline && cost.usd > Usd::ZERO) {
        let usd = cost.usd;
        outcome.notes.push(format!("the program claims to be offline and free, but reports a cost of {usd}"));
    }
    outcome.cost = outcome.cost.take().or(offline.then_some(free));
    outcome.effective = done.effective.into_iter().filter(|(_, value)| is_plain(value)).collect();
    outcome.revised_prompt = done.revised_prompt;
    outcome.continuation = done.continuation;
    let id = |id: Option<String>| id.as_deref().map(sanitize);
    outcome.ids = ProviderIds { request_id: id(done.request_id), response_id: id(done.response_id) };
}

/// Recovers the results that a dead process left in `scratch`; `None` if no image was named.
pub(super) fn salvage(program: &Arc<ExternalProgram>, scratch: &Path, offline: bool) -> Option<Outcome> {
    let (JobRecord { usage, cost, notes, done, .. }, images) = JobFolder::find(program, scratch)?.load_record()?;
    let mut outcome = Outcome { images, usage, cost, notes, ..Outcome::default() };
    apply_done(&mut outcome, done, offline);
    Some(outcome)
}

fn is_plain(value: &Value) -> bool {
    value.as_text().is_none_or(|text| !text.chars().any(char::is_control))
}
