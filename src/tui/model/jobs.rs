//! The unfinished jobs of this process, with their latest progress.
//! Finished jobs belong to the library; nothing here starts or stops a job.

use std::{collections::BTreeMap, time::Duration};

use indexmap::IndexMap;
use tintype_backends::{Preview, Settings, Size, Value};

use super::Model;
use crate::{
    config::Motion,
    engine::{Draft, JobEvent},
    id::Id,
    library::{JobState, Record},
};

/// The stage of a running job, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobStage {
    /// Nothing has been sent: the job waits for its turn, or to be sent again.
    #[default]
    Queued,
    /// The request is out, and nothing has come back yet.
    Sent,
    /// The backend generates.
    Generating,
    /// The response is here and is being saved.
    Saving,
}

/// A running job.
#[derive(Clone, Debug)]
pub struct RunningJob {
    /// The job as it was submitted; it does not change.
    pub record: Record,
    pub stage: JobStage,
    /// Latest status line that the backend has reported.
    pub status: String,
    /// Progress in percent, from 0 to 100, if it is reported.
    pub percent: Option<f32>,
    /// Last line of the model's reasoning summary, if there is one.
    pub reasoning: Option<String>,
    /// Latest preview of each image, by its position in the job.
    pub previews: BTreeMap<u32, Preview>,
    /// Start of the job, measured from the start of the studio.
    pub started: Duration,
    /// The usual duration of such jobs, if enough of them are in the library.
    pub usual: Option<Duration>,
    /// Set if the backend works offline, so that nothing is ever sent.
    pub offline: bool,
}

impl RunningJob {
    fn new(record: Record, started: Duration) -> Self {
        let stage = match record.state {
            JobState::Sent => JobStage::Sent,
            JobState::Received => JobStage::Saving,
            _ => JobStage::Queued,
        };
        Self {
            record,
            stage,
            status: String::new(),
            percent: None,
            reasoning: None,
            previews: BTreeMap::new(),
            started,
            usual: None,
            offline: false,
        }
    }

    /// Returns the preview of the image at that position. A job of one image has only one, however it is numbered.
    pub fn preview(&self, image: usize) -> Option<&Preview> {
        let only = || self.previews.values().next().filter(|_| self.record.count <= 1);
        self.preview_of(image).or_else(only)
    }

    /// Returns the preview of the image at that position, if it has one.
    pub fn preview_of(&self, image: usize) -> Option<&Preview> {
        self.previews.get(&u32::try_from(image).ok()?)
    }

    /// Returns the number of partial previews per image that the job asked for; `None` if that is not known.
    pub fn expected_previews(&self) -> Option<u32> {
        match self.record.settings.get("partial_images") {
            Some(Value::Integer(count)) => u32::try_from(*count).ok().filter(|count| *count > 0),
            _ => None,
        }
    }

    /// Takes in an event; the first and the last of a job are handled elsewhere.
    pub fn on_event(&mut self, event: JobEvent) {
        match event {
            // One of several requests of the job may follow while the others are answered already.
            JobEvent::Sent if self.stage == JobStage::Generating => {}
            JobEvent::Sent => self.restart(JobStage::Sent),
            JobEvent::Received => self.restart(JobStage::Saving),
            JobEvent::Status(status) => self.on_status(status),
            JobEvent::Percent(percent) => {
                self.percent = Some(percent);
                self.on_work();
            }
            JobEvent::Thought(line) => {
                self.reasoning = Some(line);
                self.on_work();
            }
            JobEvent::Preview(preview) => {
                // A program may number its previews as it likes.
                let last = self.record.count.saturating_sub(1);
                self.previews.insert(preview.image.min(last), preview);
                self.stage = JobStage::Generating;
            }
            JobEvent::Started(_) | JobEvent::Saved(_) | JobEvent::Failed(_) | JobEvent::Canceled(_) => {}
        }
    }

    /// Enters a stage of which the backend has not said anything yet.
    fn restart(&mut self, stage: JobStage) {
        self.stage = stage;
        self.status.clear();
    }

    fn on_status(&mut self, status: String) {
        if is_wait(&status) {
            // Another request of the job may be answered while this one waits.
            if self.record.count <= 1 || self.stage != JobStage::Generating {
                self.stage = JobStage::Queued;
            }
        } else {
            self.on_work();
        }
        self.status = status;
    }

    /// Notes that the backend is at work. Before the request is sent, it prepares it.
    fn on_work(&mut self) {
        if self.stage != JobStage::Queued || self.offline {
            self.stage = JobStage::Generating;
        }
    }
}

/// Returns `true` if a backend reports with this status that it waits for its turn, or to send a request again.
fn is_wait(status: &str) -> bool {
    status.starts_with("sending") || status.starts_with("waiting") || status.contains(", retrying in ")
}

/// A draft on its way to the engine.
#[derive(Clone, Debug, Default)]
pub struct PendingJob {
    pub draft: Draft,
    /// The settings of the job as it will be, as far as they are known.
    pub settings: Settings,
    /// The usual duration of such jobs, if enough of them are in the library.
    pub usual: Option<Duration>,
    /// The job that was selected when it was submitted.
    pub selected: Option<Id>,
    /// Time of its submission, measured from the start of the studio.
    pub submitted: Duration,
}

/// The outcomes of the jobs since the last time that none was running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burst {
    pub images: usize,
    /// Number of jobs that failed or ended with an unknown outcome.
    pub failed: usize,
}

/// The running jobs, in the order in which they started.
#[derive(Clone, Debug, Default)]
pub struct JobList {
    running: IndexMap<Id, RunningJob>,
    pending: Vec<PendingJob>,
    burst: Burst,
}

impl JobList {
    /// Adds a draft that is being submitted.
    pub fn submit(&mut self, pending: PendingJob) {
        self.pending.push(pending);
    }

    /// Removes a draft that the engine has answered.
    pub fn answered(&mut self, draft: &Draft) {
        if let Some(place) = self.pending.iter().position(|pending| pending.draft == *draft) {
            self.pending.remove(place);
        }
    }

    /// Returns the draft that was submitted last and is not answered yet.
    pub fn pending(&self) -> Option<&PendingJob> {
        self.pending.last()
    }

    /// Adds a job that has started, and returns it.
    pub fn begin(&mut self, record: Record, started: Duration) -> &mut RunningJob {
        let id = record.id;
        self.running.entry(id).insert_entry(RunningJob::new(record, started)).into_mut()
    }

    /// Removes a job that has ended as this record, and counts its outcome.
    pub fn end(&mut self, record: &Record) -> Option<RunningJob> {
        match record.state {
            JobState::Saved => self.burst.images += record.images.len(),
            JobState::Cancelled => {}
            _ => self.burst.failed += 1,
        }
        self.running.shift_remove(&record.id)
    }

    /// Returns the outcomes since the last time that none was running, once none is running or on its way; they are
    /// forgotten then.
    pub fn take_burst(&mut self) -> Option<Burst> {
        self.is_idle().then(|| std::mem::take(&mut self.burst)).filter(|burst| *burst != Burst::default())
    }

    /// Returns the running job with that id.
    pub fn get(&self, id: Id) -> Option<&RunningJob> {
        self.running.get(&id)
    }

    /// Returns the running job with that id, to update it.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut RunningJob> {
        self.running.get_mut(&id)
    }

    /// Returns the job that started last.
    pub fn newest(&self) -> Option<&RunningJob> {
        self.running.values().last()
    }

    /// Returns the number of running jobs.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Returns `true` if no job is running.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Returns `true` if no job is running or on its way to the engine.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty() && self.pending.is_empty()
    }
}

/// Time between two frames of an animation.
const FRAME_INTERVAL: Duration = Duration::from_millis(125);
/// Time between two frames of an animation over SSH, where every changed cell takes time.
const SLOW_FRAME_INTERVAL: Duration = Duration::from_millis(500);
/// Time between two updates of the elapsed time where nothing else moves.
const STILL_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two checks for notices that have expired.
const EXPIRY_INTERVAL: Duration = Duration::from_millis(250);

impl Model {
    /// Returns the time until the screen next changes by itself; `None` while it only changes with events.
    pub fn tick_interval(&self) -> Option<Duration> {
        let animation = (!self.jobs.is_idle()).then(|| self.frame_interval().unwrap_or(STILL_INTERVAL));
        let expiry = self.notices.has_expiring().then_some(EXPIRY_INTERVAL);
        animation.into_iter().chain(expiry).min()
    }

    /// Returns the time between two frames of an animation; `None` if nothing may move.
    pub fn frame_interval(&self) -> Option<Duration> {
        match self.config.studio.motion {
            Motion::None => None,
            Motion::Auto if self.config.slow_link => Some(SLOW_FRAME_INTERVAL),
            Motion::Auto => Some(FRAME_INTERVAL),
        }
    }
}

/// Returns the size in pixels of the image that such settings ask for; a square if they leave it open.
pub(super) fn requested_size(settings: &Settings) -> (u32, u32) {
    let mut named = ["size", "aspect_ratio", "aspect"].into_iter().filter_map(|name| settings.get(name));
    named.find_map(|value| parse_size(&value.to_string())).unwrap_or((1, 1))
}

/// Parses `1536x1024` or `3:2`; `None` for `auto` and for sizes that no image has.
fn parse_size(text: &str) -> Option<(u32, u32)> {
    let ratio = || {
        let (width, height) = text.split_once(':')?;
        Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
    };
    let size = text.parse::<Size>().ok().map(|size| (size.width, size.height)).or_else(ratio)?;
    let (width, height) = size;
    (width > 0 && height > 0 && width / height.max(1) < 64 && height / width.max(1) < 64).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{failed, record};

    fn queued() -> RunningJob {
        RunningJob::new(Record { state: JobState::Queued, images: Vec::new(), ..record("a red fox") }, Duration::ZERO)
    }

    fn stages(job: &mut RunningJob, events: Vec<JobEvent>) -> Vec<JobStage> {
        let stage = |event| {
            job.on_event(event);
            job.stage
        };
        events.into_iter().map(stage).collect()
    }

    fn status(words: &str) -> JobEvent {
        JobEvent::Status(words.to_owned())
    }

    #[test]
    fn nothing_is_called_sent_or_generating_before_it_was_sent() {
        use JobStage::{Generating, Queued, Saving, Sent};
        let events = vec![
            status("sending"),
            status("thinking"),
            JobEvent::Sent,
            status("rate limited, retrying in 9 s"),
            JobEvent::Sent,
            status("drawing"),
            JobEvent::Received,
        ];
        let seen = stages(&mut queued(), events);
        assert_eq!(seen, [Queued, Queued, Sent, Queued, Sent, Generating, Saving]);
    }

    #[test]
    fn job_generates_while_one_of_its_requests_waits() {
        let mut job = queued();
        job.record.count = 4;
        let events = vec![JobEvent::Sent, status("drawing"), status("sending in 9 s: the limit"), JobEvent::Sent];
        assert_eq!(stages(&mut job, events)[1..], [JobStage::Generating; 3]);
    }

    #[test]
    fn backend_without_a_network_generates_right_away() {
        let mut sketch = RunningJob { offline: true, ..queued() };
        assert_eq!(stages(&mut sketch, vec![status("drawing the scene")]), [JobStage::Generating]);
    }

    #[test]
    fn resumed_job_was_sent_before() {
        let resumed = Record { state: JobState::Sent, ..record("a red fox") };
        assert_eq!(RunningJob::new(resumed, Duration::ZERO).stage, JobStage::Sent);
    }

    #[test]
    fn burst_is_reported_once_when_the_last_job_is_done() {
        let mut jobs = JobList::default();
        let (one, other, gone) = (record("one"), failed("other"), record("canceled"));
        for record in [&one, &other, &gone] {
            jobs.begin(record.clone(), Duration::ZERO);
        }
        jobs.end(&one);
        jobs.end(&Record { state: JobState::Cancelled, images: Vec::new(), ..gone });
        assert_eq!(jobs.take_burst(), None, "one is running");
        jobs.submit(PendingJob::default());
        jobs.end(&other);
        assert_eq!(jobs.take_burst(), None, "one is on its way");
        jobs.answered(&Draft::default());
        assert_eq!(jobs.take_burst(), Some(Burst { images: 1, failed: 1 }));
        assert_eq!(jobs.take_burst(), None);
    }

    #[test]
    fn requested_size_is_square_where_the_settings_leave_it_open() {
        let size = |name: &str, value: &str| requested_size(&Settings::from([(name.to_owned(), value.into())]));
        assert_eq!(size("size", "1536x1024"), (1536, 1024));
        assert_eq!(size("aspect_ratio", "16:9"), (16, 9));
        for open in ["auto", "0x0", "9000x1", "wide", "1:0"] {
            assert_eq!(size("size", open), (1, 1), "{open}");
        }
    }
}
