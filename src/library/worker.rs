//! A thread that owns a connection and does what it is sent, one thing after the other.
//! It knows no SQL; it keeps waiting for a disk away from the threads that run the program.

use std::{io, sync::mpsc, thread};

use tokio::sync::oneshot;

use crate::{interleaving::Actor, library::LibraryError};

/// What a thread is sent.
enum Task<S> {
    /// Something to do.
    Work(Box<dyn FnOnce(&mut S) + Send>),
    /// The end; it is told when everything is let go of.
    End(oneshot::Sender<()>),
}

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
        let actor = Actor::current();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            actor.enter();
            for task in inbox {
                match task {
                    Task::Work(work) => work(&mut state),
                    Task::End(reply) => {
                        drop(state);
                        // Whoever waited may have gone.
                        let _ = reply.send(());
                        return;
                    }
                }
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

    /// Ends the thread after all that was sent before, and waits for that; what is sent later is not done.
    pub(super) async fn end(&self) {
        let (reply, answer) = oneshot::channel();
        drop(self.tasks.send(Task::End(reply)));
        // No answer means that the thread had ended before.
        drop(answer.await);
    }

    /// Has `work` done, after all that was sent before, without waiting for it.
    pub(super) fn post(&self, work: impl FnOnce(&mut S) + Send + 'static) {
        // The thread only ends with its last handle or by a panic; then the answer's sender is dropped, which tells.
        drop(self.tasks.send(Task::Work(Box::new(work))));
    }
}
