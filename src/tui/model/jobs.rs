//! The jobs of this process that are not finished, with what they said last.
//! Finished ones are the library's; nothing here starts or stops anything.

use std::{collections::BTreeMap, time::Duration};

use indexmap::IndexMap;
use tintype_backends::Preview;

use crate::{id::Id, library::Record};

/// A job that runs.
#[derive(Clone, Debug)]
pub struct Job {
    /// What it is, frozen at submit.
    pub record: Record,
    /// What its backend is doing.
    pub status: String,
    /// How far it is, 0 to 100.
    pub percent: Option<f32>,
    /// The last line of the model's reasoning summary.
    pub thought: Option<String>,
    /// The last state of each picture on its way, by its place in the job.
    pub previews: BTreeMap<u32, Preview>,
    /// When it began, since the studio was opened.
    pub began: Duration,
}

impl Job {
    /// The picture on its way at that place; where there is none yet, the first there is.
    pub fn preview(&self, image: usize) -> Option<&Preview> {
        let wanted = u32::try_from(image).ok().and_then(|image| self.previews.get(&image));
        wanted.or_else(|| self.previews.values().next())
    }
}

/// The jobs that run, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub struct Jobs(IndexMap<Id, Job>);

impl Jobs {
    /// Takes in a job that begins.
    pub fn begin(&mut self, record: Record, began: Duration) {
        let job =
            Job { status: "starting".into(), record, percent: None, thought: None, previews: BTreeMap::new(), began };
        self.0.insert(job.record.id, job);
    }

    /// Lets a job go that has ended.
    pub fn end(&mut self, id: Id) -> Option<Job> {
        self.0.shift_remove(&id)
    }

    /// The job of that id, if it runs.
    pub fn get(&self, id: Id) -> Option<&Job> {
        self.0.get(&id)
    }

    /// The job of that id, to change what is known of it.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut Job> {
        self.0.get_mut(&id)
    }

    /// The job that began last.
    pub fn newest(&self) -> Option<&Job> {
        self.0.values().last()
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
