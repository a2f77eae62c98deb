//! The rules of each model: what is rejected, with which code, blaming which parameter.
//! Files of edits are in `edits`.

use fake_openai::FakeOpenAi;
use serde_json::{Value, json};

use crate::client::generate;

async fn check(rows: Vec<(Value, &str, &str)>) {
    let server = FakeOpenAi::builder().alive("gpt-image-1").start().await;
    for (more, code, param) in rows {
        let answer = generate(&server, more.clone()).await;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        let error = &body["error"];
        assert_eq!((status.as_u16(), &error["code"], &error["param"]), (400, &json!(code), &json!(param)), "{more}");
    }
    assert!(server.images_sent().is_empty());
}

#[tokio::test]
async fn unknown_parameters_are_rejected() {
    let names = ["response_format", "style", "seed", "negative_prompt", "steps", "input_fidelity"];
    check(names.iter().map(|name| (json!({*name: "x"}), "unknown_parameter", *name)).collect()).await;
}

#[tokio::test]
async fn numbers_outside_their_limits_are_rejected() {
    check(vec![
        (json!({"n": 0}), "integer_below_min_value", "n"),
        (json!({"n": 11}), "integer_above_max_value", "n"),
        (json!({"n": "2"}), "invalid_type", "n"),
        (json!({"n": 1.5}), "invalid_type", "n"),
        (json!({"partial_images": 4, "stream": true}), "integer_above_max_value", "partial_images"),
        (json!({"output_compression": 101, "output_format": "jpeg"}), "integer_above_max_value", "output_compression"),
        (json!({"output_compression": 50}), "unsupported_value", "output_compression"),
        (json!({"stream": "yes"}), "invalid_type", "stream"),
        (json!({"prompt": "x".repeat(32_001)}), "string_above_max_length", "prompt"),
        (json!({"prompt": ""}), "empty_string", "prompt"),
        (json!({"prompt": null}), "missing_required_parameter", "prompt"),
        (json!({"model": null}), "missing_required_parameter", "model"),
    ])
    .await;
}

#[tokio::test]
async fn sizes_are_validated_per_model() {
    let old = |size: &str| json!({"model": "gpt-image-1", "size": size});
    let new = |size: &str| json!({"size": size});
    check(vec![
        (old("2048x2048"), "unsupported_value", "size"),
        (old("large"), "invalid_value", "size"),
        (new("1000x1000"), "invalid_value", "size"),
        (new("512x512"), "invalid_value", "size"),
        (new("3856x1600"), "invalid_value", "size"),
        (new("3840x2176"), "invalid_value", "size"),
        (new("3072x512"), "invalid_value", "size"),
        (new("-16x16"), "invalid_value", "size"),
    ])
    .await;
}

#[tokio::test]
async fn values_are_validated_per_generation() {
    check(vec![
        (json!({"quality": "max"}), "unsupported_value", "quality"),
        (json!({"quality": "hd"}), "invalid_value", "quality"),
        (json!({"background": "transparent"}), "unsupported_value", "background"),
        (
            json!({"model": "gpt-image-1", "size": "auto", "background": "transparent", "output_format": "jpeg"}),
            "unsupported_value",
            "background",
        ),
        (json!({"output_format": "gif"}), "unsupported_value", "output_format"),
        (json!({"output_format": "bmp"}), "invalid_value", "output_format"),
        (json!({"moderation": "off"}), "invalid_value", "moderation"),
        (json!({"complexity": "low"}), "unsupported_parameter", "complexity"),
        (json!({"frame_count": 3}), "unsupported_parameter", "frame_count"),
        (json!({"model": "gpt-image-2.6-flare", "output_format": "svg", "n": 2}), "unsupported_parameter", "n"),
        (
            json!({"model": "gpt-image-2.6-flare", "output_format": "gif", "stream": true}),
            "unsupported_parameter",
            "stream",
        ),
        (json!({"model": "gpt-5.5"}), "invalid_value", "model"),
    ])
    .await;
}

#[tokio::test]
async fn streaming_accepts_only_one_image() {
    let server = FakeOpenAi::start().await;
    let body: Value = generate(&server, json!({"stream": true, "n": 2})).await.json().await.unwrap();
    assert_eq!(
        body["error"],
        json!({"message": "Streaming is only supported with n=1.", "type": "image_generation_user_error",
            "param": "input", "code": "unsupported_parameter"})
    );
}
