//! A worker thread that owns a connection and runs tasks in sequence.
//!
//! It contains no SQL; it keeps disk waits off the threads that run the program.

use std::{io, sync::mpsc, thread};

use tokio::sync::oneshot;

use crate::{interleaving::Actor, library::LibraryError};

/// Message to the worker thread.
enum WorkerTask<S> {
    Work(Box<dyn FnOnce(&mut S) + Send>),
    /// Shutdown request, acknowledged after all state is dropped.
    End(oneshot::Sender<()>),
}

/// Cheap handle to the thread, which ends with its last handle.
pub(super) struct Worker<S> {
    tasks: mpsc::Sender<WorkerTask<S>>,
}

impl<S> Clone for Worker<S> {
    fn clone(&self) -> Self {
        Self { tasks: self.tasks.clone() }
    }
}

impl<S: Send + 'static> Worker<S> {
    /// Starts a thread named `name` that owns `state`.
    pub(super) fn start(name: &str, mut state: S) -> io::Result<Self> {
        let (tasks, inbox) = mpsc::channel::<WorkerTask<S>>();
        let actor = Actor::current();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            actor.enter();
            for task in inbox {
                match task {
                    WorkerTask::Work(work) => work(&mut state),
                    WorkerTask::End(reply) => {
                        drop(state);
                        // The caller may have stopped waiting.
                        let _ = reply.send(());
                        return;
                    }
                }
            }
        })?;
        Ok(Self { tasks })
    }

    /// Runs `work` and waits for it. Once queued, it is finished even if the caller stops waiting.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let (reply, answer) = oneshot::channel();
        self.queue(move |state| drop(reply.send(work(state))));
        answer.await.map_err(|_| LibraryError::Closed)?
    }

    /// Runs `work` and waits for it. If the caller stops waiting first, it never starts.
    pub(super) async fn run_if_awaited<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let (reply, answer) = oneshot::channel();
        self.queue(move |state| {
            if !reply.is_closed() {
                drop(reply.send(work(state)));
            }
        });
        answer.await.map_err(|_| LibraryError::Closed)?
    }

    /// Stops the thread after all earlier tasks and waits for that. Later tasks are dropped.
    pub(super) async fn end(&self) {
        let (reply, answer) = oneshot::channel();
        drop(self.tasks.send(WorkerTask::End(reply)));
        // An error means that the thread had already ended.
        drop(answer.await);
    }

    /// Queues `work` after all earlier tasks, without waiting for it.
    pub(super) fn queue(&self, work: impl FnOnce(&mut S) + Send + 'static) {
        // The thread ends only with its last handle or by a panic, which then drops the reply's sender and so reports
        // it.
        drop(self.tasks.send(WorkerTask::Work(Box::new(work))));
    }
}
