//! Version 2 of the protocol: its additions, and that a program of version 1 receives none of them.

use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

/// Creates a script that speaks this version.
fn stage(version: u32, script: &str) -> ScriptedBackend {
    let hello = r#"echo '{"type":"hello","versions":[VERSION],"name":"mine","models":[{"id":"mine","max_inputs":1,"markup":true}]}'"#;
    ScriptedBackend::new(&format!("{}; order; {script}", hello.replace("VERSION", &version.to_string())))
}

#[tokio::test]
async fn markup_reaches_a_program_of_version_2() {
    let stage = stage(2, "image a.svg; finish");
    let backend = stage.met().await;
    assert!(backend.capabilities().models[0].markup);
    let mut order = request();
    order.inputs = vec![input("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")];
    order.markup = Some(input("m.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"));
    backend.generate(&order, &stage.progress().0).await.unwrap();
    let heard = stage.read("heard");
    assert!(heard.contains(r#""v":2"#) && heard.contains(r#""markup":{"path":"markup.svg""#), "{heard}");
    assert!(!self::stage(1, "finish").met().await.capabilities().models[0].markup);
}

#[tokio::test]
async fn image_facts_are_kept_and_costs_summed() {
    let one = |name: &str, more: &str| format!(r#"svg {name}; echo '{{"type":"image","path":"{name}",{more}}}'"#);
    let script = format!(
        "{}\n{}\nfinish",
        one("a.svg", r#""seed":7,"cost_usd":0.25"#),
        one("b.svg", r#""seed":8,"note":"darker","cost_usd":0.5"#)
    );
    let outcome = stage(2, &script).draw().await.unwrap();
    assert_eq!(outcome.notes, ["image 1: seed 7", "image 2: seed 8, darker"]);
    assert_eq!(outcome.cost.unwrap().usd, crate::Usd::from_dollars(0.75));
    let first = stage(1, &script).draw().await.unwrap();
    assert_eq!((first.notes.len(), first.cost), (0, None));
}

#[tokio::test]
async fn rate_limited_request_is_retried_with_a_countdown() {
    let limited = r#"[ -e $here/second ] && { image a.svg; finish; exit; }; : > $here/second
echo '{"type":"error","kind":"rate","message":"slow down","retry_after":0.3}'"#;
    let stage = stage(2, limited);
    let (progress, ears) = stage.progress();
    let outcome = stage.met().await.generate(&request(), &progress).await.unwrap();
    assert_eq!((outcome.images.len(), stage.read("heard").lines().count()), (1, 2));
    assert!(ears.heard().contains(&Update::Status("rate limited, retrying in 1 s".into())), "{:?}", ears.heard());
    let first = self::stage(1, limited);
    assert_eq!(first.failure_of_any_kind().await.kind, ErrorKind::Rate);
}

#[tokio::test]
async fn failure_reports_billing_and_successor() {
    let error = |more: &str| format!(r#"echo '{{"type":"error","message":"no",{more}}}'"#);
    let free = stage(2, &error(r#""kind":"timeout","billed":false"#)).failure_of_any_kind().await;
    assert!(free.kind.is_free(), "{free:?}");
    let paid = stage(2, &error(r#""kind":"refused","billed":true"#)).failure_of_any_kind().await;
    assert!(!paid.kind.is_free(), "{paid:?}");
}

#[tokio::test]
async fn remaining_time_is_reported() {
    let script = r#"echo '{"type":"status","text":"queued","queue":3,"eta":150}'; image a.svg; finish"#;
    let stage = stage(2, script);
    let (progress, ears) = stage.progress();
    stage.met().await.generate(&request(), &progress).await.unwrap();
    let words = "queued, number 3 in the queue, about 3 min left";
    assert!(ears.heard().contains(&Update::Status(words.into())), "{:?}", ears.heard());
}

#[tokio::test]
async fn concurrency_is_limited_by_program_or_table() {
    let stage = ScriptedBackend::new(
        "hello; order; echo start >> $here/log; sleep 0.2; echo end >> $here/log; image a.svg; finish",
    )
    .table("concurrency = 1");
    let backend = stage.met().await;
    let (one, other) = (stage.progress().0, stage.progress().0);
    let request = request();
    let (first, second) =
        futures::future::join(backend.generate(&request, &one), backend.generate(&request, &other)).await;
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(stage.read("log"), "start\nend\nstart\nend\n");
}

#[tokio::test]
async fn version_1_programs_still_work() {
    for script in ["poster.sh", "skeleton.py"] {
        let (program, text) = match script {
            "poster.sh" => ("sh", include_str!("v1/poster.sh")),
            _ => ("python3", include_str!("v1/skeleton.py")),
        };
        if !has(program, &["-c", if program == "sh" { ":" } else { "0" }]) {
            continue;
        }
        let mut stage = ScriptedBackend::new("");
        fs::write(stage.path(script), text).unwrap();
        stage.table = format!("command = ['{program}', './{script}']");
        let findings = crate::conformance::examine(
            &*stage.met().await,
            &stage.path("scratch"),
            crate::conformance::ConformanceDepth::Full,
        )
        .await;
        let bad: Vec<String> = findings
            .iter()
            .filter(|finding| finding.verdict != crate::conformance::ConformanceVerdict::Kept)
            .map(ToString::to_string)
            .collect();
        assert_eq!(bad, Vec::<String>::new(), "{script}");
    }
}

#[tokio::test]
async fn decimals_lists_and_files_keep_their_types() {
    let params = r#""params":[{"name":"strength","kind":"decimal","min":0,"max":1,"default":0.5},
        {"name":"looks","kind":"list","choices":["grain","glow"]},{"name":"lora","kind":"file"}]"#;
    let script = |version: u32| {
        let hello = format!(r#"{{"type":"hello","versions":[{version}],"name":"mine","offline":true,{params}}}"#);
        ScriptedBackend::new(&format!("echo '{}'; order; image a.svg; finish", hello.replace('\n', " ")))
    };
    let stage = script(2);
    fs::write(stage.path("a.lora"), "x").unwrap();
    let backend = stage.met().await;
    let model = backend.capabilities().models[0].clone();
    let mut order = request();
    for (name, typed) in [("strength", "0.75"), ("looks", "grain,glow"), ("lora", "a.lora")] {
        order.settings.insert(name.to_owned(), model.param(name).unwrap().parse(typed).unwrap());
    }
    backend.generate(&order, &stage.progress().0).await.unwrap();
    let heard = stage.read("heard");
    let file = stage.path("a.lora").display().to_string();
    assert!(heard.contains(&format!(r#""looks":["grain","glow"],"lora":"{file}","strength":0.75"#)), "{heard}");
    order.settings.insert("lora".to_owned(), "gone.lora".into());
    let error = backend.check_request(&order).await.unwrap_err();
    assert_eq!((error.kind, error.hint.is_some()), (ErrorKind::InvalidParameter, true), "{error}");
    assert!(script(1).met().await.capabilities().models[0].params.is_empty(), "version 1 has no such kinds");
}

#[tokio::test]
async fn estimate_is_requested_only_if_declared() {
    let script = r#"order; echo '{"type":"estimate","usd":0.25,"upper":0.5}'; finish"#;
    let asked = |more: &str| {
        let hello = format!(r#"{{"type":"hello","versions":[1,2],"name":"mine","serves":"many"{more}}}"#);
        ScriptedBackend::new(&format!("echo '{hello}'; while :; do {script}; done"))
    };
    let stage = asked(r#","estimates":true"#);
    let estimate = stage.met().await.fetch_estimate(&request()).await.unwrap();
    assert_eq!(
        (estimate.usd, estimate.upper),
        (Some(crate::Usd::from_dollars(0.25)), Some(crate::Usd::from_dollars(0.5)))
    );
    assert!(stage.read("heard").contains(r#"{"type":"estimate","v":2,"#), "{}", stage.read("heard"));
    let silent = asked("");
    assert_eq!(silent.met().await.fetch_estimate(&request()).await, None);
    assert_eq!(silent.read("heard"), "");
}

#[tokio::test]
async fn program_estimate_keeps_the_declared_worst_case() {
    let dollars = |usd| Some(crate::Usd::from_dollars(usd));
    for (quote, expected) in [
        (r#""usd":0"#, (dollars(0.0), dollars(0.5))),
        (r#""upper":0.25"#, (None, dollars(0.5))),
        (r#""usd":0.25,"upper":2"#, (dollars(0.25), dollars(2.0))),
        (r#""usd":1"#, (dollars(1.0), None)),
        (r#""usd":3,"upper":1"#, (dollars(3.0), dollars(3.0))),
    ] {
        let model = r#"{"id":"mine","name":"mine","price":{"usd":0.5}}"#;
        let hello = format!(
            r#"{{"type":"hello","versions":[1,2],"name":"mine","serves":"many","estimates":true,"models":[{model}]}}"#
        );
        let stage = ScriptedBackend::new(&format!(
            r#"echo '{hello}'; while :; do order; echo '{{"type":"estimate",{quote}}}'; finish; done"#
        ));
        let estimate = stage.met().await.fetch_estimate(&request()).await.unwrap();
        assert_eq!((estimate.usd, estimate.upper), expected, "{quote}");
    }
}

#[tokio::test]
async fn cost_reported_after_cancel_is_recorded() {
    let canceled = async |last: &str| {
        let script = format!(
            r#"echo '{{"type":"status","text":"at it"}}'; order; case "$message" in *cancel*) {last}; esac; order"#
        );
        let stage = stage(2, &script);
        let (progress, ears) = stage.progress();
        let backend = stage.met().await;
        let request = request();
        tokio::select! {
            ended = backend.generate(&request, &progress) => panic!("{ended:?}"),
            () = ears.wait_for("at it") => {}
        }
        progress.late_cost().await.map(|cost| cost.usd)
    };
    let error = r#"echo '{"type":"error","message":"stopped","billed":false}'"#;
    assert_eq!(canceled(error).await, Some(crate::Usd::ZERO));
    let usage = r#"echo '{"type":"usage","cost_usd":0.125}'; finish"#;
    assert_eq!(canceled(usage).await, Some(crate::Usd::from_dollars(0.125)));
    assert_eq!(canceled("finish").await, None);
}
