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
    errors,
    job_limits::{GRACE, MAX_LINE_BYTES},
    line_reader::{LineReader, ProgramLine},
    process_group::Group,
    settings::ExternalProgram,
};
use crate::BackendError;

/// The maximum length of a line of stderr, in bytes; longer lines are skipped.
const MAX_STDERR_LINE_BYTES: usize = 8 << 10;

/// The number of stderr lines that an error can quote.
const STDERR_TAIL_LINES: usize = 3;

/// A child process. Dropping it closes its stdin, and then ends it and its whole group.
pub(super) struct ChildProcess {
    /// The lines that it writes to stdout.
    pub(super) lines: LineReader<ChildStdout>,
    /// The sender of lines to its stdin, which is closed when the last sender is gone.
    pub(super) writer: mpsc::UnboundedSender<String>,
    /// The last lines of its stderr and its exit status.
    pub(super) end: ProcessEnd,
    /// Sending `true`, or dropping the sender, ends the process.
    pub(super) stop: watch::Sender<bool>,
}

/// The end of a process.
pub(super) struct ProcessEnd {
    status: watch::Receiver<Option<ExitStatus>>,
    stderr: JoinHandle<()>,
    words: Arc<StderrTail>,
}

/// The last lines of stderr.
type StderrTail = Mutex<VecDeque<String>>;

impl ChildProcess {
    /// Starts the program.
    pub(super) fn start(program: &Arc<ExternalProgram>) -> Result<Self, BackendError> {
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
        let mut child = command.spawn().map_err(|error| errors::not_started(program, &error))?;
        let group = Group::from_leader(&child);
        let pipes = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take());
        let Some(((stdin, stdout), stderr)) = pipes else {
            return Err(errors::not_started(program, &std::io::ErrorKind::BrokenPipe.into()));
        };
        let (writer, to_write) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let (ended, status) = watch::channel(None);
        let words = Arc::new(StderrTail::default());
        tokio::spawn(write_lines(stdin, to_write));
        tokio::spawn(supervise(child, group, stopped, ended));
        let stderr = tokio::spawn(read_stderr(stderr, Arc::clone(program), Arc::clone(&words)));
        let end = ProcessEnd { status, stderr, words };
        Ok(Self { lines: LineReader::new(stdout, MAX_LINE_BYTES), writer, end, stop })
    }
}

impl ProcessEnd {
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
async fn write_lines(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            // The program has stopped reading; its exit is detected elsewhere.
            break;
        }
    }
}

/// Writes the program's stderr to the log, and keeps its last lines.
async fn read_stderr(stderr: ChildStderr, program: Arc<ExternalProgram>, words: Arc<StderrTail>) {
    let mut lines = LineReader::new(stderr, MAX_STDERR_LINE_BYTES);
    while let Ok(Some(line)) = lines.next().await {
        let ProgramLine::Whole(line) = line else { continue };
        let line = errors::sanitize(&program.redact(&String::from_utf8_lossy(&line)));
        if line.is_empty() {
            continue;
        }
        tracing::info!(backend = %program.name, "{}", program.redact_prompts(&line));
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.push_back(line);
        if words.len() > STDERR_TAIL_LINES {
            words.pop_front();
        }
    }
}

/// Waits for the program to exit, or ends it, and then ends the rest of its group. If this task is dropped with the
/// runtime, dropping its arguments ends the group.
async fn supervise(
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
        () = stop => terminate_child(&mut child, &group).await,
    };
    ended.send_replace(status);
    group.clear().await;
}

/// Ends a child whose stdin is closed: waits, then asks it to exit, then kills it.
async fn terminate_child(child: &mut Child, group: &Group) -> Option<ExitStatus> {
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
