//! The inputs and results of jobs.

use pretty_assertions::assert_eq;
use serde_json::{Value as Json, json};

use super::*;
use crate::{Cost, CostBasis, Estimate, ParamKind, ProviderIds, Schema, Settings, Usage, Usd, Value};

#[tokio::test]
async fn hello_defines_the_settings() {
    let hello = r#"hello ',"models":[{"id":"big","max_count":3,"max_inputs":2,"mask":true,"params":[{"name":"style","about":"how","kind":"choice","choices":["flat","round"],"default":"flat"}]},{"id":"small"}],"params":[{"name":"seed","about":"which","kind":"integer","min":0,"max":9}],"default_model":"small"'; order"#;
    let stage = ScriptedBackend::new(hello).table("[defaults]\nstyle = 'round'");
    let met = stage.met().await;
    let can = met.capabilities();
    assert_eq!((can.kind.as_ref(), can.default_model.as_str(), can.models.len()), ("external", "small", 2));
    let (big, small) = (can.model("big").unwrap(), can.model("small").unwrap());
    assert_eq!((big.max_count, big.max_inputs, big.mask, small.max_inputs), (3, 2, true, 0));
    assert!(matches!(small.param("seed").unwrap().kind, ParamKind::Integer { min: 0, max: 9 }));
    let settings = big.complete(&can.defaults, &Settings::new()).unwrap();
    assert_eq!(settings["style"], Value::from("round"));
}

#[tokio::test]
async fn all_job_results_are_delivered() {
    let script = r#"hello; order
echo '{"type":"percent","percent":40}'; echo '{"type":"thought","text":"hm"}'; echo '{"type":"weather"}'; echo
svg source.svg
echo '{"type":"usage","input_tokens":5,"output_tokens":7,"cost_usd":0.25}'
echo '{"type":"note","text":"used a spare brush"}'
svg a.svg; echo '{"type":"image","path":"a.svg","svg":"source.svg"}'
echo '{"type":"done","effective":{"seed":7},"revised_prompt":"a big cat","continuation":{"x":1},"request_id":"r1","response_id":"r2"}'"#;
    let stage = ScriptedBackend::new(script);
    let (progress, ears) = stage.progress();
    let outcome = stage.met().await.generate(&request(), &progress).await.unwrap();
    assert_eq!((outcome.images.len(), outcome.images[0].format), (1, Format::Svg));
    assert_eq!(&outcome.images[0].bytes[..], b"<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>\n");
    assert!(outcome.images[0].svg.is_some());
    let usage = Usage { input_tokens: Some(5), output_tokens: Some(7), ..Usage::default() };
    let cost = Cost { usd: Usd::from_dollars(0.25), basis: CostBasis::Stated };
    assert_eq!((outcome.usage, outcome.cost), (Some(usage), Some(cost)));
    assert_eq!(outcome.effective, Settings::from([("seed".to_owned(), Value::Integer(7))]));
    assert_eq!((outcome.revised_prompt.as_deref(), outcome.continuation), (Some("a big cat"), Some(json!({"x": 1}))));
    let ids = ProviderIds { request_id: Some("r1".into()), response_id: Some("r2".into()) };
    let contradiction = "the program claims to be offline and free, but reports a cost of $0.25";
    assert_eq!((outcome.ids, outcome.notes), (ids, vec!["used a spare brush".to_owned(), contradiction.to_owned()]));
    let heard = ears.heard();
    assert!(heard.contains(&Update::Percent(40.0)) && heard.contains(&Update::Thought("hm".into())), "{heard:?}");
    assert_eq!(heard.last(), Some(&Update::Received));
    assert!(!heard.contains(&Update::Sent), "nothing is billed where drawing is free");
}

#[tokio::test]
async fn undeclared_price_counts_as_paid_with_unknown_cost() {
    let script = r#"echo '{"type":"hello","versions":[1],"models":[{"id":"mine","price":{"usd":0.5}}]}'; order; image a.svg; finish"#;
    let stage = ScriptedBackend::new(script);
    let ((progress, ears), backend) = (stage.progress(), stage.met().await);
    assert_eq!(backend.estimate(&request()).usd, Some(Usd::from_dollars(0.5)));
    let outcome = backend.generate(&request(), &progress).await.unwrap();
    assert_eq!(outcome.cost, None);
    assert!(ears.heard().contains(&Update::Sent));
    let free = ScriptedBackend::new("hello; order; image a.svg; finish");
    assert_eq!(free.met().await.estimate(&request()), Estimate::FREE);
    assert_eq!(free.draw().await.unwrap().cost.unwrap().basis, CostBasis::Free);
}

#[tokio::test]
async fn references_and_mask_are_scratch_files() {
    let script = r#"hello ',"models":[{"id":"mine","max_inputs":2,"mask":true}]'; order
cat "$scratch/input-0.svg" "$scratch/mask.svg" > "$here/seen"; image a.svg; finish"#;
    let stage = ScriptedBackend::new(script);
    let mut request = request();
    request.prompt = "a \"cat\"\nand \u{1b}[31m 🐙".into();
    request.settings.insert("size".into(), "8x8".into());
    request.inputs = vec![input("cat.svg", b"<svg>cat"), input("dog.svg", b"<svg>dog")];
    request.mask = Some(input("mask.svg", b"<svg>mask"));
    request.continues = Some(json!(["before"]));
    stage.met().await.generate(&request, &stage.progress().0).await.unwrap();
    assert_eq!(stage.read("seen"), "<svg>cat<svg>mask");
    let heard: Json = serde_json::from_str(stage.read("heard").trim()).unwrap();
    assert_eq!(heard["prompt"], request.prompt);
    assert_eq!(heard["inputs"][1]["name"], "dog.svg");
    assert_eq!((&heard["settings"]["size"], &heard["continues"]), (&json!("8x8"), &json!(["before"])));
}

#[tokio::test]
async fn ticket_is_saved_before_work_continues_and_resumes_the_job() {
    let script = r#"hello ',"resume":true'; order
case $message in
  *'"type":"resume"'*) echo '{"type":"note","text":"again"}'; image a.svg; finish;;
  *) echo '{"type":"ticket","ticket":{"id":[7]}}'; order; echo '{"type":"status","text":"'"$(field type)"'"}'; sleep 1000;;
esac"#;
    let stage = ScriptedBackend::new(script);
    let backend = stage.met().await;
    assert!(backend.capabilities().resume);
    let ears = stage.drop_when("kept", &backend, "a cat").await;
    let ticket = ears.tickets.lock().unwrap()[0].clone();
    assert_eq!(ticket.0, json!({"id": [7]}));
    let outcome = stage.met().await.resume(&ticket, &stage.progress().0).await.unwrap();
    assert_eq!((outcome.notes, outcome.images.len()), (vec!["again".to_owned()], 1));
    assert!(stage.read("heard").contains(r#""ticket":{"id":[7]}"#));
}

/// A program that serves many jobs, sends a ticket and then reports the messages that it receives.
const TICKET: &str = r#"hello ',"resume":true,"serves":"many"'; order
echo '{"type":"ticket","ticket":1}'; order; echo '{"type":"status","text":"going"}'; order"#;

#[tokio::test]
async fn dropped_job_is_canceled_but_detached_job_is_not() {
    for left in [true, false] {
        let stage = ScriptedBackend::new(TICKET);
        let (backend, (progress, ears)) = (stage.met().await, stage.progress());
        let request = request();
        tokio::select! {
            ended = backend.generate(&request, &progress) => panic!("{ended:?}"),
            // This runs while the job still exists: a branch that lost is dropped before another one continues.
            () = async { ears.wait_for("going").await; if left { progress.detach() } } => {}
        }
        drop(backend);
        stage.wait_until_all_exited().await;
        assert_eq!(stage.read("heard").contains("\"cancel\""), !left);
    }
}

#[tokio::test]
async fn question_gets_a_text_answer() {
    let script = r#"hello ',"asks":true'; order
echo '{"type":"usage","output_tokens":3}'; echo '{"type":"answer","text":"a better '"$(field prompt)"'"}'; finish"#;
    let stage = ScriptedBackend::new(script);
    let mut question = Question::new("mine", "you are a director", "cat");
    question.schema = Some(Schema { name: "x".into(), json: json!({"type": "object"}) });
    let reply = stage.met().await.answer_question(&question, &stage.progress().0).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.usage.unwrap().output_tokens), ("a better cat", Some(3)));
    let mute = ScriptedBackend::new("hello; order");
    let error = mute.met().await.answer_question(&question, &mute.progress().0).await.unwrap_err();
    assert_eq!(error.message, "`mine` does not answer text questions");
}

#[tokio::test]
async fn failed_job_folder_is_removed_unless_paid() {
    let free = ScriptedBackend::new("hello; order; svg a.svg; exit 1");
    free.failure().await;
    assert!(!free.path("scratch/external").exists());
    let paid =
        ScriptedBackend::new(r#"echo '{"type":"hello","versions":[1],"name":"mine"}'; order; svg a.svg; exit 1"#);
    paid.failure().await;
    assert!(paid.path("scratch/external/a.svg").exists());
    let named_like_an_input =
        ScriptedBackend::new(r#"echo '{"type":"hello","versions":[1],"name":"mine"}'; order; svg mask.svg; exit 1"#);
    named_like_an_input.failure().await;
    assert!(named_like_an_input.path("scratch/external/mask.svg").exists());
}

#[tokio::test]
async fn check_reports_findings_and_warnings() {
    let stage =
        ScriptedBackend::new(r#"hello ',"params":[{"name":"hue","kind":"wheel"}]'; order"#).table("env = ['GONE']");
    let health = stage.stranger().check().await.unwrap();
    assert!(health.good[0].starts_with("it sent hello after ") && health.good[1] == "it draws with `mine`");
    assert!(health.warnings[0].contains("GONE") && health.warnings[1].contains("`hue`"), "{:?}", health.warnings);
}

#[tokio::test]
async fn named_images_are_recovered_by_another_process() {
    let script = r#"hello; order; image a.svg; echo '{"type":"note","text":"half"}'; image b.svg; echo '{"type":"status","text":"on"}'; sleep 1000"#;
    let stage = ScriptedBackend::new(script);
    stage.drop_when("on", &stage.met().await, "a cat").await;
    let found = stage.stranger().salvage(&request(), &stage.path("scratch")).await.unwrap().unwrap();
    assert_eq!((found.images.len(), found.notes), (2, vec!["half".to_owned()]));
    assert!(stage.stranger().salvage(&request(), stage.dir.path()).await.is_none());
}

#[tokio::test]
async fn images_survive_later_errors() {
    let error = r#"echo '{"type":"error","kind":"server","message":"the second one failed"}'"#;
    for (after, said) in [(error, "the second one failed"), ("exit 3", "ended during the job")] {
        let stage = ScriptedBackend::new(&format!("hello; order; image a.svg; {after}"));
        let outcome = stage.draw().await.unwrap();
        assert_eq!(outcome.images.len(), 1);
        assert!(
            outcome.notes.iter().any(|note| note.starts_with("after image 1: ") && note.contains(said)),
            "{:?}",
            outcome.notes
        );
    }
}
