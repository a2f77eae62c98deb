//! The unfinished jobs of this process, with their latest progress.
//! Finished jobs belong to the library; nothing here starts or stops a job.

use std::{collections::BTreeMap, time::Duration};

use indexmap::IndexMap;
use tintype_backends::Preview;

use crate::{id::Id, library::Record};

/// A running job.
#[derive(Clone, Debug)]
pub struct RunningJob {
    /// The job as it was submitted; it does not change.
    pub record: Record,
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
}

impl RunningJob {
    /// Returns the preview of the image at that position, or else the first preview that exists.
    pub fn preview(&self, image: usize) -> Option<&Preview> {
        let wanted = u32::try_from(image).ok().and_then(|image| self.previews.get(&image));
        wanted.or_else(|| self.previews.values().next())
    }
}

/// The running jobs, in the order in which they started.
#[derive(Clone, Debug, Default)]
pub struct JobList(IndexMap<Id, RunningJob>);

impl JobList {
    /// Adds a job that has started.
    pub fn begin(&mut self, record: Record, started: Duration) {
        let job = RunningJob {
            status: "starting".into(),
            record,
            percent: None,
            reasoning: None,
            previews: BTreeMap::new(),
            started,
        };
        self.0.insert(job.record.id, job);
    }

    /// Removes a job that has ended.
    pub fn end(&mut self, id: Id) -> Option<RunningJob> {
        self.0.shift_remove(&id)
    }

    /// Returns the running job with that id.
    pub fn get(&self, id: Id) -> Option<&RunningJob> {
        self.0.get(&id)
    }

    /// Returns the running job with that id, to update it.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut RunningJob> {
        self.0.get_mut(&id)
    }

    /// Returns the job that started last.
    pub fn newest(&self) -> Option<&RunningJob> {
        self.0.values().last()
    }

    /// Returns the number of running jobs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if no job is running.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
