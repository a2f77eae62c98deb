//! A program as a backend, as the engine sees it: its lifetime when the config changes, and the query of its
//! capabilities.

use std::fs;

use tempfile::TempDir;
use tintype::{
    config::Config,
    engine::{Budget, JobEvent, Registry},
};
use tintype_backends::Readiness;

use super::{EngineFixture, draft};

/// A script that draws once a file called `go` exists.
const SCRIPT: &str = r#"echo '{"type":"hello","versions":[1],"about":"'"$1"'","offline":true}'
read -r message || exit 0
echo '{"type":"status","text":"waiting"}'
while [ ! -e go ]; do sleep 0.05; done
scratch=$(printf '%s\n' "$message" | sed -nE 's/.*"scratch":"([^"]*)".*/\1/p')
echo "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><title>$1</title></svg>" > "$scratch/a.svg"
echo '{"type":"image","path":"a.svg"}'; echo '{"type":"done"}'
"#;

/// Returns the backends of a config in that folder, whose `pen` is the script with this word.
fn registry(folder: &TempDir, word: &str) -> Registry {
    std::io::Write::write_all(&mut fs::File::create(folder.path().join("pen.sh")).unwrap(), SCRIPT.as_bytes()).unwrap();
    let text = format!("[backends.pen]\nkind = \"external\"\ncommand = [\"sh\", \"pen.sh\", \"{word}\"]\n");
    let config = Config::parse(folder.path().join("config.toml"), text).unwrap();
    let (backends, problems) = config.build_backends(&|name| std::env::var(name).ok());
    assert!(problems.is_empty());
    Registry::new(backends, "pen")
}

fn bench(folder: &TempDir, word: &str) -> EngineFixture {
    let pen = registry(folder, word).get("pen").unwrap().clone();
    EngineFixture::new(pen)
}

async fn until_waiting(bench: &mut EngineFixture) {
    while bench.next().await != JobEvent::Status("waiting".into()) {}
}

#[tokio::test]
async fn a_running_job_keeps_its_backend_after_a_config_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(&folder, "first");
    bench.submit("a cat").await;
    until_waiting(&mut bench).await;
    let nothing = Registry::new([].into_iter().collect(), "auto");
    bench.engine.replace(nothing, Budget::default());
    fs::remove_file(folder.path().join("pen.sh")).unwrap();
    fs::File::create(folder.path().join("go")).unwrap();
    let (JobEvent::Saved(record), _) = bench.wait_for_end().await else { panic!("not saved") };
    assert_eq!(record.backend, "pen");
    assert!(fs::read_to_string(&record.images[0].path).unwrap().contains("first"));
    assert!(bench.engine.submit(draft("a dog")).await.is_err(), "the next job found a backend");
}

#[tokio::test]
async fn a_changed_command_applies_to_the_next_job_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(&folder, "first");
    bench.submit("a cat").await;
    until_waiting(&mut bench).await;
    bench.engine.replace(registry(&folder, "second"), Budget::default());
    fs::File::create(folder.path().join("go")).unwrap();
    let (JobEvent::Saved(first), _) = bench.wait_for_end().await else { panic!("not saved") };
    let second = bench.run_saved("a dog").await;
    let drawn = |record: &tintype::library::Record| fs::read_to_string(&record.images[0].path).unwrap();
    assert!(drawn(&first).contains("first") && drawn(&second).contains("second"));
}

#[tokio::test]
async fn submitting_to_an_uninitialized_backend_connects_it_first() {
    let folder = tempfile::tempdir().unwrap();
    fs::File::create(folder.path().join("go")).unwrap();
    let mut bench = bench(&folder, "well known");
    let about = |bench: &EngineFixture| bench.engine.registry().get("pen").unwrap().capabilities().about.to_string();
    let readiness = bench.engine.registry().get("pen").unwrap().capabilities().readiness.clone();
    assert_eq!(readiness, Readiness::Asking);
    bench.run_saved("a cat").await;
    assert_eq!(about(&bench), "well known");
}

#[tokio::test]
async fn an_unchanged_backend_survives_a_new_config() {
    let folder = tempfile::tempdir().unwrap();
    let known = registry(&folder, "first").initialize_where(|_| true).await;
    let (same, other) = (registry(&folder, "first"), registry(&folder, "second"));
    let kept = same.keep_initialized(&known, |_| true);
    assert!(std::sync::Arc::ptr_eq(kept.get("pen").unwrap(), known.get("pen").unwrap()));
    let changed = other.keep_initialized(&known, |_| false);
    assert_eq!(changed.get("pen").unwrap().capabilities().readiness, Readiness::Asking);
    let unasked = same.keep_initialized(&other, |_| true);
    assert!(std::sync::Arc::ptr_eq(unasked.get("pen").unwrap(), same.get("pen").unwrap()), "it was never ready");
}
