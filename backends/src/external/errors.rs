//! The error messages about programs, for their users and for their authors. Every message names the backend, and
//! output of a program is always sanitized before it is quoted.

use std::{io, process::ExitStatus, time::Duration};

use super::{
    job_limits::{LimitReached, MAX_LINE_BYTES},
    protocol::{FailureMessage, InvalidMessage, RemainingTime, VERSIONS},
    settings::ExternalProgram,
};
use crate::{BackendError, ErrorKind};

/// The maximum number of characters quoted from a program.
const MAX_QUOTED_CHARS: usize = 400;

/// Sanitizes output of a program: a single line of limited length, without control characters and without a final
/// period.
pub(super) fn sanitize(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    let cut: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    let cut = if cut.len() < text.len() { format!("{cut}…") } else { cut };
    cut.trim_end_matches(['.', ' ']).to_owned()
}

fn protocol_error(program: &ExternalProgram, message: &str) -> BackendError {
    BackendError::new(ErrorKind::Protocol, format!("`{}` {message}", program.name))
        .with_hint(format!("{CHECK_HINT} {}`", program.name))
}

/// Rewords a failure for the check, to which the failure's hint would otherwise lead.
pub(super) fn in_check(error: BackendError) -> BackendError {
    let leads_here = error.hint.as_ref().is_some_and(|hint| hint.starts_with(CHECK_HINT));
    if leads_here { error.with_hint("see PROTOCOL.md for the fields of each message") } else { error }
}

/// The beginning of a hint that leads to the check.
const CHECK_HINT: &str = "its author can run `tintype backends check";

/// The program could not be started.
pub(super) fn not_started(program: &ExternalProgram, error: &io::Error) -> BackendError {
    let (name, file) = (&program.name, program.file.display());
    let local = |message: String| BackendError::new(ErrorKind::Unavailable, message);
    let hint = format!("check `command` in [backends.{name}]");
    match error.kind() {
        io::ErrorKind::NotFound if !program.folder.is_dir() => {
            local(format!("`{name}` failed to start: no such folder: `{}`", program.folder.display()))
        }
        io::ErrorKind::NotFound if program.folder.join(&program.file).exists() => {
            local(format!("`{name}` failed to start: the interpreter of `{file}` is missing"))
                .with_hint("check the first line of the script, which names a missing program")
        }
        io::ErrorKind::NotFound => {
            local(format!("`{name}` failed to start: no such program: `{file}`")).with_hint(hint)
        }
        io::ErrorKind::PermissionDenied => local(format!("`{name}` failed to start: no permission to run `{file}`"))
            .with_hint(format!("make it executable: `chmod +x {file}`")),
        // The operating system's message for ENOEXEC, which has no `ErrorKind` of its own.
        _ if error.raw_os_error() == Some(8) => local(format!("`{name}` failed to start: `{file}` is not a program"))
            .with_hint("start a script with a line such as `#!/bin/sh`"),
        _ => local(format!("`{name}` failed to start: {}", sanitize(&error.to_string()))).with_hint(hint),
    }
}

/// The program did not send its hello in time.
pub(super) fn no_hello(program: &ExternalProgram) -> BackendError {
    let seconds = format_duration(program.hello_timeout);
    BackendError::new(ErrorKind::Unavailable, format!("`{}` sent no hello within {seconds}", program.name))
        .with_hint("a program must send hello before any slow work; `hello_timeout` allows it more time")
}

/// The first message of the program was not a hello.
pub(super) fn not_hello(program: &ExternalProgram, kind: &str) -> BackendError {
    protocol_error(program, &format!("sent `{kind}` before hello"))
}

/// The program speaks none of the host's versions.
pub(super) fn wrong_version(program: &ExternalProgram, versions: &[u32]) -> BackendError {
    let Some(newest) = versions.iter().max() else {
        return protocol_error(program, "sent a hello without `versions`");
    };
    let list = |versions: &[u32]| versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let (theirs, ours) = (list(versions), list(&VERSIONS));
    let hint = if VERSIONS.iter().all(|ours| newest < ours) {
        format!("update `{}`", program.name)
    } else {
        format!("update Tintype, or use an older `{}`", program.name)
    };
    let message = format!("`{}` speaks version {theirs} of the protocol, but this Tintype speaks {ours}", program.name);
    BackendError::new(ErrorKind::Protocol, message).with_hint(hint)
}

/// A line on stdout is not a valid message.
pub(super) fn bad_line(program: &ExternalProgram, bad: &InvalidMessage, line: &[u8]) -> BackendError {
    let shown: String = sanitize(&program.redact(&String::from_utf8_lossy(line))).chars().take(80).collect();
    match bad {
        InvalidMessage::NotJson => {
            protocol_error(program, &format!("wrote a line that is not a JSON object: `{shown}`"))
                .with_hint("stdout is for the protocol; write everything else to stderr")
        }
        InvalidMessage::NoType => protocol_error(program, &format!("sent a message without `type`: `{shown}`")),
        InvalidMessage::InvalidField { kind, what } => {
            protocol_error(program, &format!("sent an invalid `{}`: {}", sanitize(kind), sanitize(what)))
        }
    }
}

/// A line on stdout does not end.
pub(super) fn long_line(program: &ExternalProgram) -> BackendError {
    protocol_error(program, &format!("wrote a line longer than {} MiB", MAX_LINE_BYTES >> 20))
        .with_hint("write the image to a file in the scratch folder, and send its path")
}

/// A message does not name which of several jobs it belongs to.
pub(super) fn no_job(program: &ExternalProgram, kind: &str) -> BackendError {
    protocol_error(program, &format!("sent `{kind}` without `job` while it has several jobs"))
}

/// The program exited, or closed its stdout, before the job was done.
pub(super) fn exited_early(
    program: &ExternalProgram,
    when: &str,
    status: Option<ExitStatus>,
    words: &[String],
) -> BackendError {
    let how = match status {
        Some(status) => sanitize(&status.to_string()),
        None => "it closed its output".to_owned(),
    };
    let said = if words.is_empty() { String::new() } else { format!(": {}", sanitize(&words.join(" | "))) };
    BackendError::new(ErrorKind::Local, format!("`{}` ended {when} ({how}){said}", program.name))
        .with_hint("turn on logging to see its full stderr output")
}

/// The program exited, and may have contacted a paid service.
pub(super) fn outcome_unknown(error: BackendError) -> BackendError {
    BackendError { kind: ErrorKind::Unknown, ..error }
        .with_hint("you may have been charged; check with the provider before trying again")
}

/// A job has reached one of its limits.
pub(super) fn limit_reached(program: &ExternalProgram, bound: LimitReached) -> BackendError {
    let what = match bound {
        LimitReached::SilentTooLong => format!("has sent nothing for {}", format_duration(program.silence_limit)),
        LimitReached::FloodedTooLong => {
            format!("has flooded its output for {}", format_duration(program.silence_limit))
        }
        LimitReached::TooLong(longest) => format!("did not finish a job within {}", format_duration(longest)),
        LimitReached::TooManyLines(most) => format!("wrote more than {most} lines for one job"),
        LimitReached::TooManyBytes(most) => format!("wrote more than {most} MiB of lines for one job"),
    };
    let error = BackendError::new(ErrorKind::Timeout, format!("`{}` {what}", program.name));
    match bound {
        LimitReached::SilentTooLong | LimitReached::TooLong(_) => {
            error.with_hint(format!("to allow more time, raise `timeout` in [backends.{}]", program.name))
        }
        _ => error.with_hint("it must report less often; ten lines per second are enough"),
    }
}

/// The program sends messages that no job receives.
pub(super) fn unrouted_output(program: &ExternalProgram) -> BackendError {
    protocol_error(program, "keeps sending messages that belong to no job")
}

/// The program reports a failure.
pub(super) fn failure(program: &ExternalProgram, failure: &FailureMessage, offline: bool) -> BackendError {
    // If the program gives no kind of failure, it may have been charged all the same.
    let unnamed = if offline { ErrorKind::Local } else { ErrorKind::Protocol };
    let kind = serde_json::from_value(failure.kind.clone().into()).unwrap_or(unnamed);
    let message = match sanitize(&failure.message) {
        empty if empty.is_empty() => "it failed without a reason".to_owned(),
        message => message,
    };
    let mut error = BackendError::new(kind, format!("`{}`: {message}", program.name));
    match failure.billed {
        // The program's `billed` takes precedence over the kind of failure.
        Some(false) if !error.kind.is_free() => error.kind = ErrorKind::Server,
        Some(true) if error.kind.is_free() => error.kind = ErrorKind::Protocol,
        _ => {}
    }
    error.successor.clone_from(&failure.successor);
    error.hint = failure.hint.as_deref().map(sanitize).filter(|hint| !hint.is_empty());
    error.with_request_id(failure.request_id.as_deref().map(sanitize))
}

/// A path does not lead to a file of the job.
pub(super) fn bad_path(program: &ExternalProgram, path: &str, what: &str) -> BackendError {
    protocol_error(program, &format!("named `{}`, {what}", sanitize(path)))
        .with_hint("write its files to the job's scratch folder, as regular files")
}

/// A file is not an image.
pub(super) fn not_an_image(program: &ExternalProgram, path: &str, what: &str) -> BackendError {
    let message = format!("`{}` named `{}` as an image, {what}", program.name, sanitize(path));
    BackendError::new(ErrorKind::InvalidImage, message)
        .with_hint("name an image only when its PNG, JPEG, WebP, GIF or SVG file is complete")
}

/// A setting names a file that cannot be read.
pub(super) fn unreadable_file(program: &ExternalProgram, name: &str, path: &str) -> BackendError {
    let message = format!("`{name}` of `{}` names `{}`, which is not a readable file", program.name, sanitize(path));
    BackendError::new(ErrorKind::InvalidParameter, message).with_hint("check the path and its permissions")
}

/// The program is done and has generated nothing.
pub(super) fn no_images(program: &ExternalProgram) -> BackendError {
    let message = format!("`{}` sent done without an image", program.name);
    BackendError::new(ErrorKind::InvalidImage, message).with_hint(format!("{CHECK_HINT} {}`", program.name))
}

/// The program was asked for text and did not answer.
pub(super) fn no_answer(program: &ExternalProgram) -> BackendError {
    protocol_error(program, "sent done without an answer")
}

/// The program can only draw, not answer in text.
pub(super) fn text_not_supported(program: &ExternalProgram) -> BackendError {
    BackendError::new(ErrorKind::Unsupported, format!("`{}` does not answer text questions", program.name))
}

/// The program sent a second hello during a job.
pub(super) fn second_hello(program: &ExternalProgram) -> BackendError {
    protocol_error(program, "sent hello twice")
}

/// The program generated too many images.
pub(super) fn too_many_images(program: &ExternalProgram, most: usize) -> BackendError {
    protocol_error(program, &format!("named more than {most} images for one job"))
}

/// A model was retired, and another one replaces it.
pub(super) fn retired(error: BackendError, successor: &str) -> BackendError {
    let hint = format!("its successor is `{successor}`: send the same request to `{successor}`");
    let hint = error.hint.clone().unwrap_or(hint);
    error.with_hint(hint).with_successor(successor)
}

/// Describes the remaining time, if the program reports it.
pub(super) fn remaining_time(wait: &RemainingTime) -> Option<String> {
    let place = wait.queue.filter(|place| *place > 0).map(|place| format!("number {place} in the queue"));
    let left = wait.eta.filter(|left| (0.0..1e6).contains(left)).map(|left| match left.round() as u64 {
        left if left < 90 => format!("about {left} s left"),
        left => format!("about {} min left", left.div_ceil(60)),
    });
    let words: Vec<String> = place.into_iter().chain(left).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The program reports that it lacks something.
pub(super) fn not_ready(program: &ExternalProgram, what: &str, hint: &str) -> BackendError {
    BackendError::new(ErrorKind::Local, format!("`{}` is not ready: {what}", program.name)).with_hint(hint)
}

/// A file operation in the scratch folder failed on the host's side.
pub(super) fn local_error(program: &ExternalProgram, doing: &str, error: &io::Error) -> BackendError {
    BackendError::new(
        ErrorKind::Local,
        format!("cannot {doing} for `{}`: {}", program.name, sanitize(&error.to_string())),
    )
}

fn format_duration(duration: Duration) -> String {
    if duration == Duration::from_secs(1) {
        "1 second".to_owned()
    } else {
        format!("{} seconds", duration.as_secs_f64())
    }
}
