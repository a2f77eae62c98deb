//! Programs that break one promise each: the check finds and names it, and reports one cause once.

use pretty_assertions::assert_eq;

use super::*;
use crate::conformance::{ConformanceDepth, ConformanceFinding, ConformanceVerdict, examine};

async fn findings(script: &str) -> Vec<ConformanceFinding> {
    let stage = ScriptedBackend::new(script);
    let findings = examine(&*stage.met().await, &stage.path("scratch"), ConformanceDepth::Full).await;
    findings.into_iter().filter(|finding| finding.verdict != ConformanceVerdict::Kept).collect()
}

/// Returns the broken promises of a program that serves many jobs with this hello, and runs these commands for a
/// request.
async fn broken(hello: &str, order: &str) -> Vec<String> {
    let script = format!("hello ',\"serves\":\"many\",{hello}'; while order; do {order}\ndone");
    let broken = findings(&script).await.into_iter().filter_map(|finding| match finding.verdict {
        ConformanceVerdict::Broken(how) => Some(how),
        _ => None,
    });
    broken.collect()
}

const HONEST: &str = "image a.svg; finish;";
const SEED: &str = r#""params":[{"name":"seed","kind":"integer","min":0,"max":9}]"#;

#[tokio::test]
async fn check_finds_every_false_claim() {
    let model = |more: &str| format!(r#""models":[{{"id":"mine",{more}}}]"#);
    let answers = "case $message in *'\"type\":\"ask\"'*) echo '{\"type\":\"error\",\"message\":\"no\"}';; *) image a.svg; finish;; esac";
    let random = r#"n=$((n+1)); echo "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='$n'/>" > "$scratch/a.svg"; echo '{"type":"image","path":"a.svg"}'; finish"#;
    let costly = r#"echo '{"type":"usage","cost_usd":5}'; image a.svg; finish"#;
    let picky =
        r#"case $message in *'"n":9'*) echo '{"type":"error","message":"too many"}';; *) image a.svg; finish;; esac"#;
    for (hello, order, words) in [
        (model("\"max_inputs\":2"), HONEST, "two different references give the same image"),
        (model("\"max_inputs\":1,\"mask\":true"), HONEST, "two different masks give the same image"),
        (r#""resume":true"#.to_owned(), HONEST, "issued no ticket"),
        (r#""asks":true"#.to_owned(), answers, "`mine`: no"),
        (SEED.to_owned(), random, "the same seed gave two different images"),
        (r#""about":"x""#.to_owned(), costly, "`offline`, which is free, but a job cost $5"),
        (r#""params":[{"name":"n","kind":"integer","min":0,"max":9,"default":1}]"#.to_owned(), picky, "with n=9"),
    ] {
        let found = broken(&hello, order).await;
        assert!(found.iter().any(|how| how.contains(words)), "{hello}: {found:?}");
    }
    assert_eq!(broken(r#""about":"x""#, HONEST).await, [] as [String; 0]);
}

#[tokio::test]
async fn check_finds_jobs_that_end_silently() {
    let found = findings("hello; order; image a.svg; exit 0").await;
    let words: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(words[0].contains("does not end properly"), "{words:?}");
}

#[tokio::test]
async fn one_cause_is_reported_once() {
    let found = findings("hello; order; echo '{\"type\":\"error\",\"message\":\"no paint\"}'").await;
    let told = found
        .iter()
        .filter(|finding| matches!(&finding.verdict, ConformanceVerdict::Broken(how) if how.contains("no paint")));
    assert_eq!(told.count(), 1, "{found:?}");
}
