//! A thread that owns a connection and does what it is sent, one thing after the other.
//! It knows no SQL; it keeps waiting for a disk away from the threads that run the program.

use std::{io, sync::mpsc, thread};

use tokio::sync::oneshot;

use crate::library::LibraryError;

type Task<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A cheap handle to the thread; the thread ends with the last handle.
pub(super) struct Worker<S> {
    tasks: mpsc::Sender<Task<S>>,
}

impl<S> Clone for Worker<S> {
    fn clone(&self) -> Self {
        Self { tasks: self.tasks.clone() }
    }
}

impl<S: Send + 'static> Worker<S> {
    /// Starts a thread called `name` around `state`.
    pub(super) fn start(name: &str, mut state: S) -> io::Result<Self> {
        let (tasks, inbox) = mpsc::channel::<Task<S>>();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            for task in inbox {
                task(&mut state);
            }
        })?;
        Ok(Self { tasks })
    }

    /// Has `work` done and waits for it; once begun it is finished even if nobody waits any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let (reply, answer) = oneshot::channel();
        self.post(move |state| drop(reply.send(work(state))));
        answer.await.map_err(|_| LibraryError::Closed)?
    }

    /// Has `work` done and waits for it; it is not begun if nobody waits any more.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let (reply, answer) = oneshot::channel();
        self.post(move |state| {
            if !reply.is_closed() {
                drop(reply.send(work(state)));
            }
        });
        answer.await.map_err(|_| LibraryError::Closed)?
    }

    /// Has `work` done, after all that was sent before, without waiting for it.
    pub(super) fn post(&self, work: impl FnOnce(&mut S) + Send + 'static) {
        // The thread only ends with its last handle or by a panic; then the answer's sender is dropped, which tells.
        drop(self.tasks.send(Box::new(work)));
    }
}
