//! Duration history: the usual time of similar jobs in the library.
//! A figure is learned or absent, never guessed: fewer than three saved jobs say nothing.

use std::{collections::HashMap, time::Duration};

use tintype_backends::Settings;

use crate::library::{JobState, Record};

/// The minimum number of saved jobs for a median to mean something.
const MIN_JOBS: usize = 3;

/// The settings that decide how long a job takes, by the names that the backends give them.
const SETTINGS: [&str; 6] = ["size", "quality", "reasoning", "effort", "complexity", "passes"];

/// A group of jobs with similar durations: backend, model, settings and number of images.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct DurationKey {
    backend: String,
    model: String,
    settings: Vec<(&'static str, String)>,
    count: u32,
}

impl DurationKey {
    fn new((backend, model): (&str, &str), settings: &Settings, count: u32) -> Self {
        let settings = SETTINGS.iter().filter_map(|name| Some((*name, settings.get(*name)?.to_string()))).collect();
        Self { backend: backend.to_owned(), model: model.to_owned(), settings, count: count.max(1) }
    }
}

/// The durations of earlier jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DurationHistory(HashMap<DurationKey, Duration>);

impl DurationHistory {
    /// Collects the median duration of each group of saved jobs.
    pub(super) fn from_records(records: &[Record]) -> Self {
        let mut groups = HashMap::<DurationKey, Vec<Duration>>::new();
        for record in records.iter().filter(|record| record.state == JobState::Saved) {
            let taken = record.seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let who = (record.backend.as_str(), record.model.as_str());
            groups.entry(DurationKey::new(who, &record.settings, record.count)).or_default().extend(taken);
        }
        Self(groups.into_iter().filter_map(|(key, taken)| Some((key, median(taken)?))).collect())
    }

    /// Returns the usual duration of such a job, if it is known.
    pub(super) fn usual(&self, who: (&str, &str), settings: &Settings, count: u32) -> Option<Duration> {
        self.0.get(&DurationKey::new(who, settings, count)).copied()
    }
}

/// Returns the median; with an even number of durations, the mean of the middle two.
fn median(mut taken: Vec<Duration>) -> Option<Duration> {
    if taken.len() < MIN_JOBS {
        return None;
    }
    taken.sort_unstable();
    let (low, high) = (taken[(taken.len() - 1) / 2], taken[taken.len() / 2]);
    Some(low + high.saturating_sub(low) / 2)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::Id;

    /// Returns a saved job of one image.
    fn record() -> Record {
        let job = json!({
            "id": Id::new(), "created": "2026-11-22T12:00:00Z", "backend": "pencil", "kind": "pencil",
            "model": "pencil", "prompt": "a red fox", "settings": { "size": "1024x1024" }, "count": 1,
            "state": "saved",
        });
        serde_json::from_value(job).unwrap()
    }

    fn jobs(seconds: &[f64]) -> Vec<Record> {
        seconds.iter().map(|taken| Record { seconds: Some(*taken), ..record() }).collect()
    }

    fn usual(records: &[Record], like: &Record) -> Option<f64> {
        let who = (like.backend.as_str(), like.model.as_str());
        let usual = DurationHistory::from_records(records).usual(who, &like.settings, like.count);
        usual.map(|usual| usual.as_secs_f64())
    }

    #[test]
    fn median_needs_three_jobs() {
        let like = Record { prompt: "another prompt".into(), ..record() };
        assert_eq!(usual(&jobs(&[10.0, 12.0]), &like), None);
        assert_eq!(usual(&jobs(&[90.0, 10.0, 12.0]), &like), Some(12.0));
        assert_eq!(usual(&jobs(&[90.0, 10.0, 12.0, 14.0]), &like), Some(13.0));
    }

    #[test]
    fn jobs_without_an_image_say_nothing_about_the_time_of_one() {
        let mut records = jobs(&[10.0, 11.0, 12.0]);
        records[0].state = JobState::Failed;
        assert_eq!(usual(&records, &record()), None);
        records[0] = Record { seconds: Some(f64::NAN), ..record() };
        assert_eq!(usual(&records, &record()), None);
    }

    #[test]
    fn median_is_of_jobs_with_the_same_model_size_quality_effort_and_count() {
        let records = jobs(&[10.0, 11.0, 12.0]);
        let like = record();
        let with = |name: &str, value: &str| {
            let mut other = like.clone();
            other.settings.insert(name.to_owned(), value.into());
            other
        };
        assert_eq!(usual(&records, &with("style", "line")), Some(11.0));
        for (name, value) in [("size", "1536x1024"), ("quality", "high"), ("reasoning", "high")] {
            assert_eq!(usual(&records, &with(name, value)), None, "{name}");
        }
        for other in [
            Record { model: "other".into(), ..like.clone() },
            Record { backend: "other".into(), ..like.clone() },
            Record { count: 4, ..like },
        ] {
            assert_eq!(usual(&records, &other), None);
        }
    }
}
