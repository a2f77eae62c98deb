//! Programs that do what they must not: each leads to a clear error that names the backend, and leaves nothing
//! running.

use std::os::unix::fs::PermissionsExt;

use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

fn missing(backend: &SharedBackend) -> (String, String) {
    match &backend.capabilities().readiness {
        Readiness::Unavailable { what, hint, .. } => (what.clone(), hint.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn missing_program_error_has_a_hint() {
    let mut stage = ScriptedBackend::new("");
    stage.table = "command = ['no-such-program-anywhere']".into();
    let (what, hint) = missing(&stage.met().await);
    assert_eq!(what, "failed to start: no such program: `no-such-program-anywhere`");
    assert_eq!(hint, "check `command` in [backends.mine]");
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message), (ErrorKind::Unavailable, format!("`mine` {what}")));
    stage.table = "command = ['./gone.sh']".into();
    assert!(missing(&stage.met().await).0.contains("gone.sh"));
}

#[tokio::test]
async fn unrunnable_script_error_gives_the_reason() {
    let mut stage = ScriptedBackend::new("");
    stage.table = "command = ['./mine.sh']".into();
    assert!(missing(&stage.met().await).1.contains("chmod +x"));
    fs::write(stage.path("mine.sh"), "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(stage.path("mine.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(missing(&stage.met().await).1.contains("first line"));
}

#[tokio::test]
async fn missing_hello_times_out() {
    let stage = ScriptedBackend::new("sleep 1000 & echo $! >> $here/pids; wait").table("hello_timeout = 0.5");
    let error = stage.failure().await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Unavailable, "`mine` sent no hello within 0.5 seconds")
    );
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn version_mismatch_names_the_side_to_update() {
    let newer = ScriptedBackend::new(r#"echo '{"type":"hello","versions":[3,4],"name":"mine"}'; read -r _"#);
    let error = newer.failure().await;
    assert_eq!(error.message, "`mine` speaks version 3, 4 of the protocol, but this Tintype speaks 2, 1");
    assert_eq!(error.hint.as_deref(), Some("update Tintype, or use an older `mine`"));
    let older = ScriptedBackend::new(r#"echo '{"type":"hello","versions":[0],"name":"mine"}'; read -r _"#);
    assert_eq!(older.failure().await.hint.as_deref(), Some("update `mine`"));
    newer.wait_until_all_exited().await;
    older.wait_until_all_exited().await;
}

#[tokio::test]
async fn invalid_line_ends_the_program() {
    let stage = ScriptedBackend::new("echo 'Loading the model...'; sleep 1000");
    let error = stage.failure().await;
    assert_eq!(error.message, "`mine` wrote a line that is not a JSON object: `Loading the model`");
    assert_eq!(error.hint.as_deref(), Some("stdout is for the protocol; write everything else to stderr"));
    let later = ScriptedBackend::new("hello; order; echo 'step 1 of 9'; sleep 1000");
    assert!(later.failure().await.message.contains("`step 1 of 9`"));
    let first = ScriptedBackend::new(r#"echo '{"type":"status","text":"x"}'; sleep 1000"#);
    assert!(first.failure().await.message.contains("sent `status` before hello"));
    let wrong = ScriptedBackend::new(r#"hello; order; echo '{"type":"image","file":"x.png"}'; sleep 1000"#);
    assert!(wrong.failure().await.message.contains("sent an invalid `image`: missing field `path`"));
    for stage in [stage, later, first, wrong] {
        stage.wait_until_all_exited().await;
    }
}

#[tokio::test]
async fn hundred_megabyte_line_is_not_buffered() {
    let stage = ScriptedBackend::new("hello; order; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; sleep 1000");
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Protocol, "`mine` wrote a line longer than 1 MiB"));
    stage.wait_until_all_exited().await;
}

/// Returns the result of a program that runs these commands and then names that file; an image exists outside of its
/// scratch folder.
async fn names(commands: &str, path: &str) -> String {
    let say = format!(r#"echo '{{"type":"image","path":"'"{path}"'"}}'"#);
    let stage = ScriptedBackend::new(&format!("hello; order\n{commands}\n{say}\nread -r _"));
    fs::write(stage.path("secret.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let error = stage.failure().await;
    assert_eq!(error.kind, ErrorKind::Protocol, "{error}");
    stage.wait_until_all_exited().await;
    error.message
}

#[tokio::test]
async fn a_path_outside_of_the_scratch_folder_is_refused() {
    for path in ["$here/secret.svg", "../../secret.svg", "../external/../../secret.svg", "/etc/passwd"] {
        let message = names(":", path).await;
        assert!(message.contains("which is outside the job's scratch folder"), "{path}: {message}");
    }
}

#[tokio::test]
async fn links_are_rejected_whatever_their_target() {
    let outside = names("ln -s $here/secret.svg $scratch/a.svg", "a.svg").await;
    assert!(outside.contains("outside"), "{outside}");
    let inside = names("svg real.svg; ln -s real.svg $scratch/a.svg", "a.svg").await;
    assert!(inside.contains("which is a link"), "{inside}");
    let folder = names("mkdir $scratch/d; svg d/a.svg; ln -s d $scratch/e", "e/a.svg").await;
    assert!(folder.contains("which is a link"), "{folder}");
    let hard = names("ln $here/secret.svg $scratch/a.svg", "a.svg").await;
    assert!(hard.contains("which is a link"), "{hard}");
}

#[tokio::test]
async fn special_files_are_rejected_without_blocking() {
    assert!(names(":", "gone.svg").await.contains("which does not exist"));
    assert!(names("mkdir $scratch/a.svg", "a.svg").await.contains("which is not a file"));
    assert!(names("mkfifo $scratch/a.svg", "a.svg").await.contains("which is not a file"));
}

#[tokio::test]
async fn invalid_image_is_reported_by_name() {
    for (bytes, what) in
        [("", "the file is empty"), ("no picture", "it is not one"), ("\\211PNG\\r\\n\\032\\n", "cannot be decoded")]
    {
        let script = format!(
            r#"hello; order; printf '{bytes}' > "$scratch/a.png"; echo '{{"type":"image","path":"a.png"}}'; read -r _"#
        );
        let stage = ScriptedBackend::new(&script);
        let error = stage.failure().await;
        assert_eq!(error.kind, ErrorKind::InvalidImage);
        assert!(
            error.message.starts_with("`mine` named `a.png` as an image") && error.message.contains(what),
            "{error}"
        );
        stage.wait_until_all_exited().await;
    }
    let mut half = io::Cursor::new(Vec::new());
    image::RgbaImage::new(64, 64).write_to(&mut half, image::ImageFormat::Png).unwrap();
    let half = &half.get_ref()[..half.get_ref().len() / 2];
    let named = r#"echo '{"type":"image","path":"a.png"}'; read -r _"#;
    let stage = ScriptedBackend::new(&format!("hello; order; cp $here/half.png \"$scratch/a.png\"; {named}"));
    fs::write(stage.path("half.png"), half).unwrap();
    assert!(stage.failure().await.message.contains("cannot be decoded"));
    let nothing = ScriptedBackend::new("hello; order; finish");
    assert_eq!(nothing.failure().await.message, "`mine` sent done without an image");
}

#[tokio::test]
async fn silent_program_times_out() {
    let stage = ScriptedBackend::new("hello; order; sleep 1000").table("timeout = 0.5");
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Timeout, "`mine` has sent nothing for 0.5 seconds"));
    assert!(error.hint.unwrap().contains("`timeout` in [backends.mine]"));
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn flood_does_not_extend_the_timeout() {
    let flood = r#"while :; do echo '{"type":"status","text":"x"}'; done"#;
    let stage = ScriptedBackend::new(&format!("hello; order; {flood}")).table("timeout = 1.5");
    let error = stage.failure().await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Timeout, "`mine` has flooded its output for 1.5 seconds")
    );
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn unresponsive_program_is_waited_for_once() {
    let stage = ScriptedBackend::new("sleep 1000").table("hello_timeout = 0.3");
    let backend = stage.met().await;
    let begun = Instant::now();
    assert!(backend.initialize().await.is_none(), "it is asked again at once");
    let failed = backend.generate(&request(), &stage.progress().0).await.unwrap_err();
    assert!(failed.kind == ErrorKind::Unavailable && begun.elapsed() < Duration::from_millis(250));
    assert_eq!(stage.pids().len(), 1);
}

#[tokio::test]
async fn retired_model_error_names_the_declared_successor() {
    let models = r#"[{"id":"old","successor":"new"},{"id":"new"},{"id":"lone","successor":"gone"}]"#;
    let gone = r#"echo '{"type":"error","kind":"model_retired","message":"gone"}'"#;
    let stage = ScriptedBackend::new(&format!("hello ',\"models\":{models}'; order; {gone}"));
    let failed = async |model: &str| {
        let backend = stage.met().await;
        backend.generate(&Request::new("x", model), &stage.progress().0).await.unwrap_err()
    };
    let error = failed("old").await;
    assert_eq!(error.successor.as_deref(), Some("new"));
    assert!(error.hint.unwrap().contains("request to `new`"));
    assert_eq!(failed("lone").await.successor, None);
}

#[tokio::test]
async fn crash_error_quotes_the_last_stderr_lines() {
    let stage = ScriptedBackend::new("hello; order; echo first >&2; printf 'out of \\033[31mmemory.\\n' >&2; exit 3");
    let error = stage.failure().await;
    assert_eq!(error.kind, ErrorKind::Local);
    assert_eq!(error.message, "`mine` ended during the job (exit status: 3): first | out of  [31mmemory");
    let killed = ScriptedBackend::new("hello; order; kill -KILL $$");
    assert!(killed.failure().await.message.contains("signal: 9"));
    let early = ScriptedBackend::new("echo 'no module named torch' >&2; exit 1");
    assert!(early.failure().await.message.contains("before it sent hello (exit status: 1): no module named torch"));
    for stage in [stage, killed, early] {
        stage.wait_until_all_exited().await;
    }
}

#[tokio::test]
async fn crash_of_a_paid_program_leaves_the_outcome_unknown() {
    let stage = ScriptedBackend::new(r#"echo '{"type":"hello","versions":[1],"name":"mine"}'; order; exit 1"#);
    let error = stage.failure().await;
    assert_eq!(error.kind, ErrorKind::Unknown);
    assert!(error.hint.unwrap().contains("may have been charged"));
}

#[tokio::test]
async fn forked_process_is_killed_even_if_it_ignores_signals() {
    let fork = "(trap '' TERM HUP; while :; do sleep 1; done) & echo $! >> $here/pids";
    let stage = ScriptedBackend::new(&format!("hello; order; {fork}; image a.svg; finish; exit 0"));
    assert_eq!(stage.draw().await.unwrap().images.len(), 1);
    assert_eq!(stage.pids().len(), 2);
    stage.wait_until_all_exited().await;
    // The fork holds the pipes open and sends nothing more.
    let dead = ScriptedBackend::new(&format!("hello; order; {fork}; exit 4"));
    assert!(dead.failure().await.message.contains("exit status: 4"));
    dead.wait_until_all_exited().await;
}

#[tokio::test]
async fn unresponsive_program_is_killed() {
    let stage = ScriptedBackend::new(
        "trap '' TERM HUP INT; hello; order; echo '{\"type\":\"status\",\"text\":\"on\"}'; while :; do sleep 1; done",
    );
    stage.drop_when("on", &stage.met().await, "a cat").await;
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn previews_are_throttled() {
    let flood = r#"i=0; while [ $i -lt 1500 ]; do echo '{"type":"preview","path":"p.svg"}'; i=$((i+1)); done"#;
    let stage =
        ScriptedBackend::new(&format!("hello ',\"previews\":true'; order; svg p.svg; {flood}; image a.svg; finish"));
    let (progress, ears) = stage.progress();
    let outcome = stage.met().await.generate(&request(), &progress).await.unwrap();
    let previews = ears.previews();
    assert_eq!(outcome.images.len(), 1);
    assert!((1..150).contains(&previews.len()), "{}", previews.len());
    assert!(previews.iter().enumerate().all(|(at, preview)| preview.step == at as u32), "they are not counted");
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn incomplete_preview_is_skipped_but_outside_path_is_an_error() {
    let half =
        r#"hello; order; echo half > "$scratch/p.png"; echo '{"type":"preview","path":"p.png"}'; image a.svg; finish"#;
    assert_eq!(ScriptedBackend::new(half).draw().await.unwrap().images.len(), 1);
    let outside = r#"hello; order; echo '{"type":"preview","path":"/etc/passwd"}'; image a.svg; finish"#;
    assert!(ScriptedBackend::new(outside).failure().await.message.contains("outside"));
}

#[tokio::test]
async fn failure_message_is_sanitized() {
    let error =
        r#"{"type":"error","kind":"refused","message":"no.\u001b[2J cats.","hint":"ask for\ndogs","request_id":"r-1"}"#;
    let stage = ScriptedBackend::new(&format!("hello; order; printf '%s\\n' '{error}'"));
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Refused, "`mine`: no. [2J cats"));
    assert_eq!((error.hint.as_deref(), error.request_id.as_deref()), (Some("ask for dogs"), Some("r-1")));
    let new = ScriptedBackend::new(r#"hello; order; echo '{"type":"error","kind":"tired","hint":"rest"}'"#);
    assert_eq!(new.failure().await.message, "`mine`: it failed without a reason");
}
