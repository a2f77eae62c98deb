//! Progress of a running backend: status and previews become events, tickets are written to disk.
//! The sink closes before the last event of its job, so that no event follows that one.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use futures::future::{BoxFuture, FutureExt as _};
use tintype_backends::{Listener, Ticket, Update};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    engine::{EngineEvent, JobEvent},
    failpoint::Failpoint,
    id::Id,
    library::{JobState, Library},
};

/// The maximum number of previews per job, so that a runaway backend cannot exhaust memory.
const MAX_PREVIEWS: u32 = 1000;

/// The progress sink of one job.
pub(super) struct ProgressSink {
    job: Id,
    library: Library,
    events: UnboundedSender<EngineEvent>,
    heard: Mutex<ListenerState>,
}

/// The updates received so far.
#[derive(Clone, Debug, Default)]
pub(super) struct ListenerState {
    closed: bool,
    previews: u32,
    /// True if the backend reported that the request was sent, so it may be billed.
    pub(super) sent: bool,
    /// True if the provider gave a ticket by which the job can be found again.
    pub(super) ticket: bool,
    /// The provider's id of the request, for support questions and bills.
    pub(super) request_id: Option<String>,
}

impl ProgressSink {
    pub(super) fn new(job: Id, library: Library, events: UnboundedSender<EngineEvent>) -> Self {
        Self { job, library, events, heard: Mutex::default() }
    }

    /// Closes the sink and returns what it received. Later updates are ignored.
    pub(super) fn close(&self) -> ListenerState {
        self.update_state(|heard| {
            heard.closed = true;
            heard.clone()
        })
    }

    /// Returns true if the job can be found again at the provider.
    pub(super) fn holds_ticket(&self) -> bool {
        self.update_state(|heard| heard.ticket)
    }

    fn update_state<T>(&self, work: impl FnOnce(&mut ListenerState) -> T) -> T {
        work(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn forward(&self, heard: &mut ListenerState, update: Update) {
        let event = match update {
            Update::Status(words) => JobEvent::Status(words),
            Update::Percent(percent) => JobEvent::Percent(percent),
            Update::Thought(line) => JobEvent::Thought(line),
            Update::Preview(preview) => {
                (heard.previews, heard.sent) = (heard.previews + 1, true);
                self.library.crash().hit(Failpoint::Previewed);
                if heard.previews > MAX_PREVIEWS {
                    return;
                }
                JobEvent::Preview(preview)
            }
            Update::Sent => {
                heard.sent = true;
                JobEvent::Sent
            }
            Update::RequestId(id) => {
                let step = if heard.request_id.is_none() { Failpoint::Leaving } else { Failpoint::Answered };
                self.library.crash().hit(step);
                heard.request_id = Some(id.clone());
                return self.library.set_request_id_soon(self.job, id);
            }
            Update::Received => {
                heard.sent = true;
                self.library.crash().hit(Failpoint::Received);
                self.library.set_state_soon(self.job, JobState::Received);
                JobEvent::Received
            }
        };
        // The job is paid for: it goes on even if there is no receiver.
        drop(self.events.send(EngineEvent { job: self.job, what: event }));
    }
}

impl Listener for ProgressSink {
    fn on_update(&self, update: Update) {
        self.update_state(|heard| {
            if !heard.closed {
                self.forward(heard, update);
            }
        });
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        async move {
            self.library.keep_ticket(self.job, ticket).await.map_err(io::Error::other)?;
            self.library.crash().hit(Failpoint::Ticketed);
            self.update_state(|heard| (heard.sent, heard.ticket) = (true, true));
            Ok(())
        }
        .boxed()
    }
}
