use bytes::Bytes;
use fake_openai::Fault;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::{ErrorKind, Format, Question, RequestImage, Schema, Size, director};

fn question() -> Question {
    director::question("gpt-5.3-codex", "gpt-image", "a lighthouse")
}

#[tokio::test]
async fn a_director_answers_with_a_prompt() {
    let bench = Bench::new("").await;
    assert!(bench.backend.capabilities().asks);
    let reply = bench.backend.answer_question(&question(), &bench.progress()).await.unwrap();
    assert!(director::prompt(&reply.text).contains("a lighthouse"), "{}", reply.text);
    assert!(reply.cost.is_some() && reply.ids.response_id.is_some());
    let body = &bench.bodies()[0];
    assert!(body["instructions"].as_str().unwrap().contains("You rewrite prompts"));
    assert!(body.get("text").is_none());
}

#[tokio::test]
async fn a_schema_is_sent_as_strict_and_the_answer_is_json() {
    let bench = Bench::new("").await;
    let json = json!({"type": "object", "properties": {"better": {"type": "string", "enum": ["first", "second"]}},
        "required": ["better"], "additionalProperties": false});
    let mut question = question();
    question.schema = Some(Schema { name: "verdict".to_owned(), json: json.clone() });
    question.settings = [("reasoning".to_owned(), Value::from("low")), ("style".to_owned(), "flat".into())].into();
    let reply = bench.backend.answer_question(&question, &bench.progress()).await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(answer, json!({"better": "first"}));
    let body = &bench.bodies()[0];
    assert_eq!(body["text"]["format"]["schema"], json);
    assert_eq!((&body["text"]["format"]["strict"], &body["reasoning"]["effort"]), (&true.into(), &"low".into()));
}

#[tokio::test]
async fn images_are_sent_with_a_question_in_order() {
    let bench = Bench::new("").await;
    let picture = |name: &str, format, bytes: &'static [u8]| RequestImage {
        name: name.to_owned(),
        format,
        size: Size::new(8, 8),
        bytes: Bytes::from_static(bytes),
        svg: None,
    };
    let mut question = question();
    question.images = vec![picture("left", Format::Png, b"one"), picture("right", Format::Webp, b"two")];
    bench.backend.answer_question(&question, &bench.progress()).await.unwrap();
    let content = bench.bodies()[0]["input"][0]["content"].clone();
    let urls = content.as_array().unwrap().iter().skip(1).map(|part| part["image_url"].clone());
    assert_eq!(urls.collect::<Vec<_>>(), ["data:image/png;base64,b25l", "data:image/webp;base64,dHdv"]);
    question.images.push(picture("a.svg", Format::Svg, b"<svg/>"));
    let error = bench.backend.answer_question(&question, &bench.progress()).await.unwrap_err();
    assert_eq!((error.kind, bench.bodies().len()), (ErrorKind::InvalidParameter, 1));
}

#[tokio::test]
async fn a_declined_question_is_an_error() {
    for (fault, kind) in [(Fault::Refusal, ErrorKind::Refused), (Fault::Incomplete, ErrorKind::Protocol)] {
        let bench = Bench::with_server(FakeOpenAi::builder().always(fault), "").await;
        let error = bench.backend.answer_question(&question(), &bench.progress()).await.unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.hint.is_some());
    }
}
