//! The lifecycle of a child process: started in a group of its own, and ended together with everything it started. Its
//! output is treated as lines; their meaning is not known here.

use std::{
    collections::VecDeque,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

use super::{
    bounds::{GRACE, LONGEST_LINE},
    group::Group,
    lines::{Line, Lines},
    settings::Program,
    wording,
};
use crate::BackendError;

/// The maximum length of a line of stderr, in bytes; longer lines are skipped.
const LONGEST_WORDS: usize = 8 << 10;

/// The number of stderr lines that an error can quote.
const LAST_WORDS: usize = 3;

/// A child process. Dropping it closes its stdin, and then ends it and its whole group.
pub(super) struct Process {
    /// The lines that it writes to stdout.
    pub(super) lines: Lines<ChildStdout>,
    /// The sender of lines to its stdin, which is closed when the last sender is gone.
    pub(super) writer: mpsc::UnboundedSender<String>,
    /// The last lines of its stderr and its exit status.
    pub(super) end: End,
    /// Sending `true`, or dropping the sender, ends the process.
    pub(super) stop: watch::Sender<bool>,
}

/// The end of a process.
pub(super) struct End {
    status: watch::Receiver<Option<ExitStatus>>,
    stderr: JoinHandle<()>,
    words: Arc<Words>,
}

/// The last lines of stderr.
type Words = Mutex<VecDeque<String>>;

impl Process {
    /// Starts the program.
    pub(super) fn start(program: &Arc<Program>) -> Result<Self, BackendError> {
        let mut command = Command::new(&program.file);
        command
            .args(&program.arguments)
            .current_dir(&program.folder)
            .env_clear()
            .envs(program.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(not(unix))]
        command.kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| wording::not_started(program, &error))?;
        let group = Group::of(&child);
        let pipes = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take());
        let Some(((stdin, stdout), stderr)) = pipes else {
            return Err(wording::not_started(program, &std::io::ErrorKind::BrokenPipe.into()));
        };
        let (writer, to_write) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let (ended, status) = watch::channel(None);
        let words = Arc::new(Words::default());
        tokio::spawn(write(stdin, to_write));
        tokio::spawn(keep(child, group, stopped, ended));
        let stderr = tokio::spawn(listen(stderr, Arc::clone(program), Arc::clone(&words)));
        let end = End { status, stderr, words };
        Ok(Self { lines: Lines::new(stdout, LONGEST_LINE), writer, end, stop })
    }
}

impl End {
    /// Returns the exit status once stdout is closed, with the last lines of stderr. The status is `None` if the
    /// process closed stdout and is still running.
    pub(super) async fn wait(&mut self) -> (Option<ExitStatus>, Vec<String>) {
        let ended = timeout(Duration::from_secs(1), self.status.wait_for(Option::is_some)).await;
        let status = ended.ok().and_then(|found| found.ok().and_then(|status| *status));
        // The last output may still be in the pipe, and another process may hold its other end.
        drop(timeout(Duration::from_millis(200), &mut self.stderr).await);
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        (status, words.iter().cloned().collect())
    }
}

/// Writes lines to the program until all senders are gone, then closes its stdin.
async fn write(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            // The program has stopped reading; its exit is detected elsewhere.
            break;
        }
    }
}

/// Writes the program's stderr to the log, and keeps its last lines.
async fn listen(stderr: ChildStderr, program: Arc<Program>, words: Arc<Words>) {
    let mut lines = Lines::new(stderr, LONGEST_WORDS);
    while let Ok(Some(line)) = lines.next().await {
        let Line::Whole(line) = line else { continue };
        let line = wording::clean(&program.redact(&String::from_utf8_lossy(&line)));
        if line.is_empty() {
            continue;
        }
        tracing::info!(backend = %program.name, "{}", program.without_prompts(&line));
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.push_back(line);
        if words.len() > LAST_WORDS {
            words.pop_front();
        }
    }
}

/// Waits for the program to exit, or ends it, and then ends the rest of its group. If this task is dropped with the
/// runtime, dropping its arguments ends the group.
async fn keep(
    mut child: Child,
    group: Group,
    mut stopped: watch::Receiver<bool>,
    ended: watch::Sender<Option<ExitStatus>>,
) {
    let stop = async {
        // An error means that no one is left who could need the program.
        drop(stopped.wait_for(|stop| *stop).await);
    };
    let status = tokio::select! {
        status = child.wait() => status.ok(),
        () = stop => end(&mut child, &group).await,
    };
    ended.send_replace(status);
    group.clear().await;
}

/// Ends a child whose stdin is closed: waits, then asks it to exit, then kills it.
async fn end(child: &mut Child, group: &Group) -> Option<ExitStatus> {
    if let Ok(status) = timeout(GRACE, child.wait()).await {
        return status.ok();
    }
    group.terminate();
    if let Ok(status) = timeout(GRACE, child.wait()).await {
        return status.ok();
    }
    group.kill();
    // On systems without process groups, this is what ends the child.
    drop(child.start_kill());
    child.wait().await.ok()
}
