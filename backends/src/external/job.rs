//! One job with a program: sends the request, and turns the responses into progress and finally an outcome. Starting
//! and ending the program is left to `session` and `process`.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use serde_json::{Map, Value as Json};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    bounds::Bounds,
    files::{Folder, INPUT, MARKUP, MASK, Named},
    protocol::{Done, Facts, FromHost, Picture, SECOND, Wait, What},
    session::{Heard, Job},
    settings::Program,
    wording::{self, clean},
};
use crate::{
    BackendError, Cost, CostBasis, ErrorKind, Image, Input, Outcome, Preview, Progress, ProviderIds, Question, Request,
    Ticket, Usage, Usd, Value, conformance::AFTER,
};

/// The shortest time between two previews: more would not be visible, and each one is a file that is read.
const PREVIEWS: Duration = Duration::from_millis(100);

/// The maximum number of images of one job.
const MOST_IMAGES: usize = 100;

/// The maximum number of remarks, more than anyone reads.
const MOST_NOTES: usize = 20;

/// A request to the program.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order<'a> {
    Draw(&'a Request),
    Resume(&'a Ticket),
    Ask(&'a Question),
}

/// The result of a job.
#[derive(Debug, Default)]
pub(super) struct Harvest {
    pub(super) outcome: Outcome,
    pub(super) answer: String,
}

/// The input images, as described to the program.
struct Pictures<'a> {
    inputs: Vec<Picture<'a>>,
    mask: Option<Picture<'a>>,
    markup: Option<Picture<'a>>,
}

/// Has the program carry out a request.
pub(super) async fn run(
    program: &Arc<Program>,
    job: Job,
    (order, settings): (Order<'_>, &Map<String, Json>),
    progress: &Progress,
    again: &mut Option<Duration>,
) -> Result<Harvest, BackendError> {
    let offline = job.is_offline();
    let folder = Folder::make(program, progress.scratch())?;
    let worked = work(program, job, &folder, (order, settings), progress, again).await;
    if worked.is_err() {
        folder.clear(offline);
    }
    worked
}

async fn work(
    program: &Arc<Program>,
    job: Job,
    folder: &Folder,
    (order, settings): (Order<'_>, &Map<String, Json>),
    progress: &Progress,
    again: &mut Option<Duration>,
) -> Result<Harvest, BackendError> {
    let (pictures, offline) = (pictures(folder, order)?, job.is_offline());
    if !offline {
        // The host cannot see when the program contacts a paid service; from here on it may.
        progress.sent();
    }
    match order {
        Order::Draw(request) => program.hush(&request.prompt),
        Order::Ask(question) => program.hush(&question.text),
        Order::Resume(_) => {}
    }
    job.say(&message((order, settings), (job.version(), &job.id), folder.path()?, pictures));
    let mut hearing = Hearing {
        program,
        folder,
        progress,
        job,
        harvest: Harvest::default(),
        named: Named::default(),
        steps: BTreeMap::new(),
        preview: None,
        preview_due: Instant::now(),
        again,
    };
    let done = match hearing.hear_out().await {
        // The images may have been paid for, so they are kept whatever follows.
        Err(error) if hearing.keeps_what_came(&error, order) => Done::default(),
        done => done?,
    };
    hearing.finish(done, order, offline)
}

fn pictures<'a>(folder: &Folder, order: Order<'a>) -> Result<Pictures<'a>, BackendError> {
    let (inputs, mask, markup): (&[Input], _, _) = match order {
        Order::Draw(request) => (&request.inputs, request.mask.as_ref(), request.markup.as_ref()),
        Order::Ask(question) => (&question.images, None, None),
        Order::Resume(_) => (&[], None, None),
    };
    let inputs = inputs.iter().enumerate().map(|(at, input)| folder.put(&format!("{INPUT}-{at}"), input));
    Ok(Pictures {
        inputs: inputs.collect::<Result<_, _>>()?,
        mask: mask.map(|mask| folder.put(MASK, mask)).transpose()?,
        markup: markup.map(|markup| folder.put(MARKUP, markup)).transpose()?,
    })
}

fn message<'a>(
    (order, settings): (Order<'a>, &'a Map<String, Json>),
    (v, job): (u32, &'a str),
    scratch: &'a str,
    pictures: Pictures<'a>,
) -> FromHost<'a> {
    let Pictures { inputs, mask, markup } = pictures;
    match order {
        Order::Draw(Request { model, count, prompt, continues, .. }) => {
            let (count, continues) = (*count, continues.as_ref());
            FromHost::Generate { v, job, scratch, model, count, prompt, settings, inputs, mask, markup, continues }
        }
        Order::Resume(Ticket(ticket)) => FromHost::Resume { v, job, scratch, ticket },
        Order::Ask(question) => FromHost::Ask {
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
struct Hearing<'a> {
    program: &'a Arc<Program>,
    folder: &'a Folder,
    progress: &'a Progress,
    job: Job,
    harvest: Harvest,
    named: Named,
    /// The number of previews of each image so far.
    steps: BTreeMap<u32, u32>,
    /// The latest preview that has not been shown yet: the index and path of its image.
    preview: Option<(u32, String)>,
    preview_due: Instant,
    /// The delay before the request may be repeated, if the program rejected it for now.
    again: &'a mut Option<Duration>,
}

impl Hearing<'_> {
    /// Receives messages until the program reports that it is done.
    async fn hear_out(&mut self) -> Result<Done, BackendError> {
        let mut bounds = Bounds::new(Instant::now(), self.program.silence);
        loop {
            // This check comes before reading: an endless stream of lines would leave no time for anything else.
            if let Some(bound) = bounds.reached(Instant::now()) {
                return Err(wording::reached(self.program, bound));
            }
            let Heard { what, bytes } = tokio::select! {
                biased;
                () = sleep_until(self.preview_due), if self.preview.is_some() => {
                    self.show_preview().await?;
                    continue;
                }
                heard = timeout_at(bounds.deadline(), self.job.next()) => match heard {
                    Ok(heard) => heard.map_err(|error| self.unheard(error))?,
                    Err(_) => continue,
                },
            };
            if let Some(bound) = bounds.count(bytes, Instant::now()) {
                return Err(wording::reached(self.program, bound));
            }
            if let What::Done(done) = what {
                self.show_preview().await?;
                return Ok(*done);
            }
            self.hear(what).await?;
        }
    }

    /// Converts the error when the program is gone: a paid program may have been charged, so the outcome is unknown.
    fn unheard(&self, error: BackendError) -> BackendError {
        let paid = !self.job.is_offline() && error.kind == ErrorKind::Local;
        if paid { wording::unknown(error) } else { error }
    }

    async fn hear(&mut self, what: What) -> Result<(), BackendError> {
        match what {
            What::Status { text, wait } => self.tell(Some(clean(&text)), &wait),
            What::Percent { percent, wait } if percent.is_finite() => {
                self.progress.percent(percent);
                self.tell(None, &wait);
            }
            What::Thought { text } => self.progress.thought(clean(&text)),
            What::Preview { path, image } => self.preview = Some((image, path)),
            What::Image { path, svg, facts } => {
                self.take(&path, svg.as_deref(), facts).await?;
            }
            What::Usage { usage, cost_usd } => self.reckon(usage, cost_usd),
            What::Note { text } if self.harvest.outcome.notes.len() < MOST_NOTES => {
                self.harvest.outcome.notes.push(clean(&text));
            }
            What::Ticket { ticket } => {
                self.progress.ticket(&Ticket(ticket)).await?;
                self.job.say(&FromHost::Kept { v: self.job.version(), job: &self.job.id });
            }
            What::Answer { text } => self.harvest.answer = text,
            What::Error(failure) => {
                let offline = self.job.is_offline();
                *self.again =
                    failure.retry_after.filter(|_| self.is_second()).and_then(|s| Duration::try_from_secs_f64(s).ok());
                return Err(wording::failure(self.program, &failure, offline));
            }
            What::Hello(_) => return Err(wording::second_hello(self.program)),
            What::Percent { .. } | What::Note { .. } | What::Estimate(_) | What::Done(_) | What::Unknown => {}
        }
        Ok(())
    }

    fn is_second(&self) -> bool {
        self.job.version() >= SECOND
    }

    /// Reports the current activity, and the estimated remaining time.
    fn tell(&self, doing: Option<String>, wait: &Wait) {
        let left = if self.is_second() { wording::waiting(wait) } else { None };
        let words: Vec<String> = doing.into_iter().chain(left).collect();
        if !words.is_empty() {
            self.progress.status(words.join(", "));
        }
    }

    /// Records facts about a single image: the cost is added up, and the rest becomes a remark.
    fn note(&mut self, facts: Facts) {
        let Facts { seed, note, cost_usd } = if self.is_second() { facts } else { Facts::default() };
        let number = self.harvest.outcome.images.len();
        let words: Vec<String> =
            seed.map(|seed| format!("seed {seed}")).into_iter().chain(note.as_deref().map(clean)).collect();
        if !words.is_empty() && self.harvest.outcome.notes.len() < MOST_NOTES {
            self.harvest.outcome.notes.push(format!("image {number}: {}", words.join(", ")));
        }
        if let Some(usd) = cost_usd {
            let before = self.harvest.outcome.cost.take().map_or(Usd::ZERO, |cost| cost.usd);
            self.harvest.outcome.cost = Some(Cost { usd: before + usd, basis: CostBasis::Stated });
        }
    }

    /// Returns true if there are images that must survive an error; the error then becomes a remark.
    fn keeps_what_came(&mut self, error: &BackendError, order: Order<'_>) -> bool {
        let drawn = self.harvest.outcome.images.len();
        let kept = drawn > 0 && matches!(order, Order::Draw(_) | Order::Resume(_));
        if kept {
            self.harvest.outcome.notes.push(format!("{AFTER}{drawn}: {error}"));
        }
        kept
    }

    fn reckon(&mut self, usage: Usage, cost: Option<Usd>) {
        if usage != Usage::default() {
            self.harvest.outcome.usage = Some(usage);
        }
        if let Some(usd) = cost {
            self.harvest.outcome.cost = Some(Cost { usd, basis: CostBasis::Stated });
        }
    }

    /// Reads a finished image immediately, since the program may exit at any time.
    async fn take(&mut self, path: &str, source: Option<&str>, facts: Facts) -> Result<(), BackendError> {
        if self.harvest.outcome.images.len() >= MOST_IMAGES {
            return Err(wording::too_many(self.program, MOST_IMAGES));
        }
        let (format, bytes) = self.folder.picture(path).await?;
        let svg = source.map(|source| self.folder.text(source)).transpose()?;
        self.harvest.outcome.images.push(Image { bytes, format, svg, file: None });
        self.note(facts);
        self.named.images.push((path.to_owned(), source.map(ToOwned::to_owned)));
        self.remember(Done::default())
    }

    /// Writes the named images to disk, so that another process that finds the job gets the same result.
    fn remember(&mut self, done: Done) -> Result<(), BackendError> {
        let Outcome { usage, cost, notes, .. } = &self.harvest.outcome;
        let (usage, cost, notes) = (usage.clone(), cost.clone(), notes.clone());
        self.named = Named { usage, cost, notes, done, ..std::mem::take(&mut self.named) };
        self.folder.remember(&self.named)
    }

    /// Shows the latest preview, if there is one. A file that is incomplete or has been replaced is skipped; a path
    /// that leads out of the folder is an error.
    async fn show_preview(&mut self) -> Result<(), BackendError> {
        let Some((image, path)) = self.preview.take() else { return Ok(()) };
        self.preview_due = Instant::now() + PREVIEWS;
        match self.folder.picture(&path).await {
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
    fn finish(mut self, done: Done, order: Order<'_>, offline: bool) -> Result<Harvest, BackendError> {
        let asked = matches!(order, Order::Ask(_));
        let drawn = self.harvest.outcome.images.len();
        if let Order::Draw(request) = order
            && (1..request.count as usize).contains(&drawn)
        {
            self.harvest.outcome.notes.push(format!("it drew {drawn} of {} pictures", request.count));
        }
        if !asked && self.harvest.outcome.images.is_empty() {
            return Err(wording::nothing_drawn(self.program));
        }
        if asked && self.harvest.answer.is_empty() {
            return Err(wording::nothing_said(self.program));
        }
        if !asked {
            self.remember(done.clone())?;
        }
        self.progress.received();
        conclude(&mut self.harvest.outcome, done, offline);
        Ok(self.harvest)
    }
}

/// Applies the last message to the outcome.
fn conclude(outcome: &mut Outcome, done: Done, offline: bool) {
    let free = Cost { usd: Usd::ZERO, basis: CostBasis::Free };
    if let Some(cost) = outcome.cost.as_ref().filter(|cost| offline && cost.usd > Usd::ZERO) {
        let usd = cost.usd;
        outcome.notes.push(format!("the program says that it is offline and free, and reports a cost of {usd}"));
    }
    outcome.cost = outcome.cost.take().or(offline.then_some(free));
    outcome.effective = done.effective.into_iter().filter(|(_, value)| is_plain(value)).collect();
    outcome.revised_prompt = done.revised_prompt;
    outcome.continuation = done.continuation;
    let id = |id: Option<String>| id.as_deref().map(clean);
    outcome.ids = ProviderIds { request_id: id(done.request_id), response_id: id(done.response_id) };
}

/// Recovers the results that a dead process left in `scratch`; `None` if no image was named.
pub(super) fn salvage(program: &Arc<Program>, scratch: &Path, offline: bool) -> Option<Outcome> {
    let (Named { usage, cost, notes, done, .. }, images) = Folder::find(program, scratch)?.recall()?;
    let mut outcome = Outcome { images, usage, cost, notes, ..Outcome::default() };
    conclude(&mut outcome, done, offline);
    Some(outcome)
}

fn is_plain(value: &Value) -> bool {
    value.as_text().is_none_or(|text| !text.chars().any(char::is_control))
}
