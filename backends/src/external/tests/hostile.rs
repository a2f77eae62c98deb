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
async fn a_program_that_is_not_there_is_named_and_what_to_do_is_said() {
    let mut stage = ScriptedBackend::new("");
    stage.table = "command = ['no-such-program-anywhere']".into();
    let (what, hint) = missing(&stage.met().await);
    assert_eq!(what, "cannot be started: there is no program `no-such-program-anywhere`");
    assert_eq!(hint, "look at `command` in [backends.mine]");
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message), (ErrorKind::Unavailable, format!("`mine` {what}")));
    stage.table = "command = ['./gone.sh']".into();
    assert!(missing(&stage.met().await).0.contains("gone.sh"));
}

#[tokio::test]
async fn a_script_that_cannot_be_run_says_why() {
    let mut stage = ScriptedBackend::new("");
    stage.table = "command = ['./mine.sh']".into();
    assert!(missing(&stage.met().await).1.contains("chmod +x"));
    fs::write(stage.path("mine.sh"), "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(stage.path("mine.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(missing(&stage.met().await).1.contains("first line"));
}

#[tokio::test]
async fn a_program_that_does_not_say_hello_is_given_up() {
    let stage = ScriptedBackend::new("sleep 1000 & echo $! >> $here/pids; wait").table("hello_timeout = 0.5");
    let error = stage.failure().await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Unavailable, "`mine` did not say hello within 0.5 seconds")
    );
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn another_version_is_told_with_the_side_to_update() {
    let newer = ScriptedBackend::new(r#"echo '{"type":"hello","versions":[3,4],"name":"mine"}'; read -r _"#);
    let error = newer.failure().await;
    assert_eq!(error.message, "`mine` speaks version 3, 4 of the protocol, and this tintype version 2, 1");
    assert_eq!(error.hint.as_deref(), Some("update tintype, or take an older `mine`"));
    let older = ScriptedBackend::new(r#"echo '{"type":"hello","versions":[0],"name":"mine"}'; read -r _"#);
    assert_eq!(older.failure().await.hint.as_deref(), Some("update `mine`"));
    newer.wait_until_all_exited().await;
    older.wait_until_all_exited().await;
}

#[tokio::test]
async fn a_line_that_is_no_message_ends_the_program() {
    let stage = ScriptedBackend::new("echo 'Loading the model...'; sleep 1000");
    let error = stage.failure().await;
    assert_eq!(error.message, "`mine` wrote a line that is no JSON object: `Loading the model`");
    assert_eq!(error.hint.as_deref(), Some("stdout is for the protocol; everything else belongs on stderr"));
    let later = ScriptedBackend::new("hello; order; echo 'step 1 of 9'; sleep 1000");
    assert!(later.failure().await.message.contains("`step 1 of 9`"));
    let first = ScriptedBackend::new(r#"echo '{"type":"status","text":"x"}'; sleep 1000"#);
    assert!(first.failure().await.message.contains("began with `status` and not with hello"));
    let wrong = ScriptedBackend::new(r#"hello; order; echo '{"type":"image","file":"x.png"}'; sleep 1000"#);
    assert!(wrong.failure().await.message.contains("wrote a `image` that cannot be read: missing field `path`"));
    for stage in [stage, later, first, wrong] {
        stage.wait_until_all_exited().await;
    }
}

#[tokio::test]
async fn a_line_of_a_hundred_megabytes_is_not_taken_in() {
    let stage = ScriptedBackend::new("hello; order; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; sleep 1000");
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Protocol, "`mine` wrote a line of more than 1 MiB"));
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
        assert!(message.contains("which lies outside of the job's scratch folder"), "{path}: {message}");
    }
}

#[tokio::test]
async fn a_link_is_refused_wherever_it_leads() {
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
async fn what_is_no_file_is_refused_and_not_waited_for() {
    assert!(names(":", "gone.svg").await.contains("and there is no such file"));
    assert!(names("mkdir $scratch/a.svg", "a.svg").await.contains("which is no file"));
    assert!(names("mkfifo $scratch/a.svg", "a.svg").await.contains("which is no file"));
}

#[tokio::test]
async fn a_picture_that_is_none_is_told_with_its_name() {
    for (bytes, what) in
        [("", "the file is empty"), ("no picture", "it is none"), ("\\211PNG\\r\\n\\032\\n", "cannot be read")]
    {
        let script = format!(
            r#"hello; order; printf '{bytes}' > "$scratch/a.png"; echo '{{"type":"image","path":"a.png"}}'; read -r _"#
        );
        let stage = ScriptedBackend::new(&script);
        let error = stage.failure().await;
        assert_eq!(error.kind, ErrorKind::InvalidImage);
        assert!(
            error.message.starts_with("`mine` named `a.png` as a picture") && error.message.contains(what),
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
    assert!(stage.failure().await.message.contains("cannot be read"));
    let nothing = ScriptedBackend::new("hello; order; finish");
    assert_eq!(nothing.failure().await.message, "`mine` says that it is done, and named no picture");
}

#[tokio::test]
async fn a_silent_program_is_given_up() {
    let stage = ScriptedBackend::new("hello; order; sleep 1000").table("timeout = 0.5");
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Timeout, "`mine` has said nothing for 0.5 seconds"));
    assert!(error.hint.unwrap().contains("`timeout` in [backends.mine]"));
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn flood_of_lines_does_not_put_the_timeout_off() {
    let flood = r#"while :; do echo '{"type":"status","text":"x"}'; done"#;
    let stage = ScriptedBackend::new(&format!("hello; order; {flood}")).table("timeout = 1.5");
    let error = stage.failure().await;
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Timeout, "`mine` has written a flood of lines for 1.5 seconds")
    );
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn program_that_does_not_answer_is_waited_for_once() {
    let stage = ScriptedBackend::new("sleep 1000").table("hello_timeout = 0.3");
    let backend = stage.met().await;
    let begun = Instant::now();
    assert!(backend.meet().await.is_none(), "it is asked again at once");
    let failed = backend.generate(&request(), &stage.progress().0).await.unwrap_err();
    assert!(failed.kind == ErrorKind::Unavailable && begun.elapsed() < Duration::from_millis(250));
    assert_eq!(stage.pids().len(), 1);
}

#[tokio::test]
async fn retired_model_names_the_successor_that_the_hello_named() {
    let models = r#"[{"id":"old","successor":"new"},{"id":"new"},{"id":"lone","successor":"gone"}]"#;
    let gone = r#"echo '{"type":"error","kind":"model_retired","message":"gone"}'"#;
    let stage = ScriptedBackend::new(&format!("hello ',\"models\":{models}'; order; {gone}"));
    let failed = async |model: &str| {
        let backend = stage.met().await;
        backend.generate(&Request::new("x", model), &stage.progress().0).await.unwrap_err()
    };
    let error = failed("old").await;
    assert_eq!(error.successor.as_deref(), Some("new"));
    assert!(error.hint.unwrap().contains("--model new"));
    assert_eq!(failed("lone").await.successor, None);
}

#[tokio::test]
async fn a_program_that_dies_in_the_middle_is_told_with_its_last_words() {
    let stage = ScriptedBackend::new("hello; order; echo first >&2; printf 'out of \\033[31mmemory.\\n' >&2; exit 3");
    let error = stage.failure().await;
    assert_eq!(error.kind, ErrorKind::Local);
    assert_eq!(error.message, "`mine` ended in the middle of the job (exit status: 3): first | out of  [31mmemory");
    let killed = ScriptedBackend::new("hello; order; kill -KILL $$");
    assert!(killed.failure().await.message.contains("signal: 9"));
    let early = ScriptedBackend::new("echo 'no module named torch' >&2; exit 1");
    assert!(early.failure().await.message.contains("before it said hello (exit status: 1): no module named torch"));
    for stage in [stage, killed, early] {
        stage.wait_until_all_exited().await;
    }
}

#[tokio::test]
async fn a_paid_program_that_dies_leaves_it_unknown_whether_it_was_paid() {
    let stage = ScriptedBackend::new(r#"echo '{"type":"hello","versions":[1],"name":"mine"}'; order; exit 1"#);
    let error = stage.failure().await;
    assert_eq!(error.kind, ErrorKind::Unknown);
    assert!(error.hint.unwrap().contains("may be billed"));
}

#[tokio::test]
async fn a_fork_that_outlives_its_parent_is_ended_also_if_it_does_not_want_to() {
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
async fn a_program_that_ignores_everything_is_killed() {
    let stage = ScriptedBackend::new(
        "trap '' TERM HUP INT; hello; order; echo '{\"type\":\"status\",\"text\":\"on\"}'; while :; do sleep 1; done",
    );
    stage.drop_when("on", &stage.met().await, "a cat").await;
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn a_flood_of_previews_becomes_a_few() {
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
async fn a_preview_that_is_half_written_is_passed_over_and_one_outside_is_not() {
    let half =
        r#"hello; order; echo half > "$scratch/p.png"; echo '{"type":"preview","path":"p.png"}'; image a.svg; finish"#;
    assert_eq!(ScriptedBackend::new(half).draw().await.unwrap().images.len(), 1);
    let outside = r#"hello; order; echo '{"type":"preview","path":"/etc/passwd"}'; image a.svg; finish"#;
    assert!(ScriptedBackend::new(outside).failure().await.message.contains("outside"));
}

#[tokio::test]
async fn what_a_program_says_of_its_failure_is_passed_on_clean() {
    let error =
        r#"{"type":"error","kind":"refused","message":"no.\u001b[2J cats.","hint":"ask for\ndogs","request_id":"r-1"}"#;
    let stage = ScriptedBackend::new(&format!("hello; order; printf '%s\\n' '{error}'"));
    let error = stage.failure().await;
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Refused, "`mine`: no. [2J cats"));
    assert_eq!((error.hint.as_deref(), error.request_id.as_deref()), (Some("ask for dogs"), Some("r-1")));
    let new = ScriptedBackend::new(r#"hello; order; echo '{"type":"error","kind":"tired","hint":"rest"}'"#);
    assert_eq!(new.failure().await.message, "`mine`: it failed and did not say why");
}
