//! Execution of a comparison run with signal handling: the first Ctrl-C starts no further images and waits for those in
//! progress, the second one stops these too. The output format is defined in `report`.

use std::io::{self, IsTerminal};

use tokio::sync::mpsc::UnboundedReceiver;

use super::report;
use crate::{
    cli::{
        context::CliContext,
        failure::{Failure, FailureCode},
        generate::{self, JobProgressBar},
        signals::StopSignals,
        stdout::StdoutWriter,
    },
    compare::{RunEvent, Runner},
    engine::{EngineEvent, JobEvent},
    library::ImageRow,
};

/// Executes the run and reports its progress.
pub(super) fn execute(
    runner: &mut Runner<'_>,
    mut events: UnboundedReceiver<EngineEvent>,
    json: bool,
    session: &mut CliContext,
) -> Result<(), Failure> {
    let total = runner.total_pairs();
    let mut teller = RunReporter {
        json,
        made: runner.pairs(),
        total,
        progress: JobProgressBar::start(!io::stderr().is_terminal()),
        out: StdoutWriter::default(),
        failed: None,
    };
    let mut hear = |told: RunEvent<'_>| teller.on_update(&told);
    let ran = session.block_on(async {
        let mut first = StopSignals::listen()?;
        let mut second = StopSignals::listen()?;
        let stop = Box::pin(async {
            first.next().await;
        });
        let interrupted = || Failure::new(FailureCode::Interrupted, "interrupted", "stopped");
        let twice = async {
            second.next().await;
            second.next().await;
        };
        tokio::select! {
            ran = runner.execute(&mut events, stop, &mut hear) => Ok(ran?),
            () = twice => Err(interrupted().with_hint("finished images are kept; you may be charged for running ones")),
        }
    });
    teller.progress.finish();
    ran?.and(teller.failed.map_or(Ok(()), Err))
}

/// Reporter of a run's events, as JSON and on the progress bar.
struct RunReporter {
    json: bool,
    made: u32,
    total: u32,
    progress: JobProgressBar,
    out: StdoutWriter,
    /// First error while writing to stdout. The run continues, because its images are already paid for.
    failed: Option<Failure>,
}

impl RunReporter {
    fn on_update(&mut self, told: &RunEvent<'_>) {
        match told {
            RunEvent::Job(event) => self.on_job_event(event),
            RunEvent::Pair(pair) => {
                self.made += 1;
                self.progress.set_status(&format!("{} of {} pairs", self.made.min(self.total), self.total));
                self.progress.set_percent(self.made.min(self.total) as f32 * 100.0 / self.total.max(1) as f32);
                self.json(&report::pair_event(pair));
            }
        }
    }

    fn on_job_event(&mut self, EngineEvent { job, what }: &EngineEvent) {
        match what {
            JobEvent::Started(record) => self.json(&generate::started_event(record)),
            JobEvent::Preview(preview) => self.json(&generate::preview_event(*job, preview.image, preview.step)),
            JobEvent::Saved(record) => {
                for image in &record.images {
                    self.json(&generate::image_event(*job, &ImageRow::from(image), None));
                }
                self.json(&generate::done_event(record));
            }
            JobEvent::Failed(record) | JobEvent::Canceled(record) => {
                let failure = match &record.error {
                    Some(error) => Failure::from(error.clone()),
                    None => Failure::new(FailureCode::Interrupted, "interrupted", "stopped"),
                };
                self.json(&generate::failed_event(&failure.with_job(*job)));
            }
            JobEvent::Status(words) => self.progress.announce_wait(words),
            JobEvent::Sent | JobEvent::Received | JobEvent::Thought(_) | JobEvent::Percent(_) => {}
        }
    }

    fn json(&mut self, object: &serde_json::Value) {
        if self.json && self.failed.is_none() {
            let out = &mut self.out;
            self.failed = self.progress.suspend(|| out.json(object)).err();
        }
    }
}
