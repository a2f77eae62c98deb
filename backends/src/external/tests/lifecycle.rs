//! The lifecycle of a program: when it starts and ends, which jobs it serves, and what it is given.

use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

#[tokio::test]
async fn program_starts_only_when_contacted() {
    let stage = ScriptedBackend::new("hello; order; image a.svg; finish");
    let stranger = stage.stranger();
    assert_eq!(stranger.capabilities().readiness, Readiness::Asking);
    assert_eq!(stage.read("pids"), "");
    let met = stranger.initialize().await.unwrap();
    assert_eq!(met.capabilities().readiness, Readiness::Ready);
    assert!(met.capabilities().offline);
}

#[tokio::test]
async fn concurrent_callers_share_one_handshake() {
    let stage = ScriptedBackend::new("hello; order");
    let stranger = stage.stranger();
    let (one, two) = futures::future::join(stranger.initialize(), stranger.initialize()).await;
    assert!(Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
    assert_eq!(stage.pids().len(), 1);
}

#[tokio::test]
async fn handshake_process_generates_the_first_image() {
    let stage = ScriptedBackend::new("hello; order; image a.svg; finish");
    let backend = stage.met().await;
    let draw = async || backend.generate(&request(), &stage.progress().0).await.unwrap();
    draw().await;
    assert_eq!(stage.pids().len(), 1);
    draw().await;
    assert_eq!(stage.pids().len(), 2, "one process for two jobs, although it serves one");
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn multi_job_program_lives_as_long_as_its_backend() {
    let stage = ScriptedBackend::new("hello ',\"serves\":\"many\"'; while order; do image a.svg; finish; done");
    let backend = stage.met().await;
    for _ in 0..3 {
        backend.generate(&request(), &stage.progress().0).await.unwrap();
    }
    assert_eq!((stage.pids().len(), stage.read("heard").lines().count()), (1, 3));
    assert!(is_alive(stage.pids()[0]));
    drop(backend);
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn handshake_is_repeated_only_for_changed_scripts() {
    let stage = ScriptedBackend::new("hello; order; image a.svg; finish");
    let backend = stage.met().await;
    assert!(backend.initialize().await.is_none());
    stage.write("hello ',\"about\":\"now better\"'; order; image a.svg; finish");
    let again = backend.initialize().await.unwrap();
    assert_eq!(again.capabilities().about, "now better");
}

#[tokio::test]
async fn failed_program_is_contacted_again() {
    let stage = ScriptedBackend::new("exit 1");
    let backend = stage.met().await;
    assert!(matches!(backend.capabilities().readiness, Readiness::Unavailable { .. }));
    stage.write("hello; order; image a.svg; finish");
    assert_eq!(backend.initialize().await.unwrap().capabilities().readiness, Readiness::Ready);
}

#[tokio::test]
async fn program_reports_its_missing_requirements() {
    let stage = ScriptedBackend::new("hello ',\"missing\":\"no server\",\"hint\":\"start it\"'; order");
    let readiness = stage.met().await.capabilities().readiness.clone();
    assert_eq!(readiness, Readiness::Missing { what: "no server".into(), hint: "start it".into() });
    assert_eq!(stage.met().await.check().await.unwrap_err().message, "`mine` is not ready: no server");
}

#[tokio::test]
async fn dropped_job_ends_only_its_own_process() {
    let script = "hello; order; case $message in *slow*) echo '{\"type\":\"status\",\"text\":\"on\"}'; sleep 1000;; esac; image a.svg; finish";
    let stage = ScriptedBackend::new(script);
    let backend = stage.met().await;
    let ears = stage.drop_when("on", &backend, "slow").await;
    let heard = ears.heard().len();
    backend.generate(&request(), &stage.progress().0).await.unwrap();
    stage.wait_until_all_exited().await;
    assert_eq!(ears.heard().len(), heard);
}

const MANY: &str = r#"hello ',"serves":"many"'
while order; do
  case $message in
    *slow*) echo '{"type":"status","text":"on"}'; wanted=$job; order
      [ "$(field type) $job" = "cancel $wanted" ] && echo '{"type":"error","message":"stopped","job":"'"$job"'"}';;
    *deaf*) echo '{"type":"status","text":"on"}'; sleep 1000;;
    *generate*) image a.svg; finish;;
  esac
done"#;

#[tokio::test]
async fn multi_job_program_receives_cancel_and_continues() {
    let stage = ScriptedBackend::new(MANY);
    let backend = stage.met().await;
    stage.drop_when("on", &backend, "slow").await;
    let (next, ears) = stage.progress();
    assert_eq!(backend.generate(&request(), &next).await.unwrap().images.len(), 1);
    assert!(ears.heard().len() < 4, "it heard of another job: {:?}", ears.heard());
    assert_eq!(stage.pids().len(), 1, "it was started again");
    assert!(stage.read("heard").contains("\"type\":\"cancel\""));
}

#[tokio::test]
async fn multi_job_program_that_ignores_cancel_is_ended() {
    let stage = ScriptedBackend::new(MANY);
    let backend = stage.met().await;
    stage.drop_when("on", &backend, "deaf").await;
    // The next job waits for its turn, and is not affected by the one before.
    let (next, ears) = stage.progress();
    assert_eq!(backend.generate(&request(), &next).await.unwrap().images.len(), 1);
    assert!(ears.heard().contains(&Update::Status("waiting for a free slot".into())));
    assert_eq!(stage.pids().len(), 2);
    drop(backend);
    stage.wait_until_all_exited().await;
}

#[tokio::test]
async fn concurrent_jobs_are_routed_separately() {
    let script = r#"hello ',"serves":"many","at_once":2'
order; one=$job; there=$scratch; order
echo '{"type":"note","text":"the second","job":"'"$job"'"}'; image a.svg; finish
job=$one; scratch=$there; echo '{"type":"note","text":"the first","job":"'"$job"'"}'; image a.svg; finish; order"#;
    let stage = ScriptedBackend::new(script);
    let backend = stage.met().await;
    let other = tempfile::tempdir().unwrap();
    let (progress, ears) = stage.progress();
    let elsewhere = Progress::new(ears as Arc<dyn Listener>, other.path());
    let request = request();
    let (one, two) =
        futures::future::join(backend.generate(&request, &progress), backend.generate(&request, &elsewhere)).await;
    let mut notes = [one.unwrap().notes.join(""), two.unwrap().notes.join("")];
    notes.sort();
    assert_eq!((notes, stage.pids().len()), (["the first".to_owned(), "the second".to_owned()], 1));
    let mixed = ScriptedBackend::new(&script.replace(r#","job":"'"$job"'"}'; image"#, "}'; image"));
    let (backend, progress) = (mixed.met().await, mixed.progress().0);
    let elsewhere = Progress::new(mixed.progress().1 as Arc<dyn Listener>, other.path());
    let both = futures::future::join(backend.generate(&request, &progress), backend.generate(&request, &elsewhere));
    assert!(both.await.0.unwrap_err().message.contains("without `job` while it has several jobs"));
}

#[tokio::test]
async fn program_gets_no_keys_unless_named() {
    let script = "hello; order; env > $here/env; pwd > $here/pwd; image a.svg; finish";
    let mut stage = ScriptedBackend::new(script).table("env = ['NAMED_KEY', 'MODE=fast']");
    stage.env = vec![("OPENAI_API_KEY", "sk-secret-1234"), ("NAMED_KEY", "key-secret-5678"), ("LANG", "C.UTF-8")];
    stage.draw().await.unwrap();
    let env = stage.read("env");
    assert!(!env.contains("OPENAI") && !env.contains("CARGO"), "{env}");
    for line in ["NAMED_KEY=key-secret-5678", "MODE=fast", "LANG=C.UTF-8"] {
        assert!(env.lines().any(|found| found == line), "no {line} in {env}");
    }
    assert_eq!(Path::new(stage.read("pwd").trim()).canonicalize().unwrap(), stage.dir.path().canonicalize().unwrap());
}

#[tokio::test]
async fn a_key_is_not_repeated_in_an_error() {
    let script = "hello; order; echo \"bad key $NAMED_KEY\" >&2; exit 1";
    let mut stage = ScriptedBackend::new(script).table("env = ['NAMED_KEY']");
    stage.env = vec![("NAMED_KEY", "key-secret-5678")];
    let error = stage.failure().await;
    assert!(error.message.ends_with("bad key [NAMED_KEY]"), "{error}");
    assert_eq!(error.kind, ErrorKind::Local);
}
