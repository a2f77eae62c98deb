//! What is drawn: sizes, formats, alpha, sharpness, and that no two are alike.

use fake_openai::FakeOpenAi;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::client::{decode, events, generate, image, picture};

#[tokio::test]
async fn picture_has_the_asked_size_and_format() {
    let server = FakeOpenAi::start().await;
    let formats = [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg), ("webp", ImageFormat::WebP)];
    for (name, format) in formats {
        let answer = generate(&server, json!({"output_format": name, "size": "1024x640"})).await;
        let answer: Value = answer.json().await.unwrap();
        let bytes = picture(&answer, 0);
        assert_eq!(image::guess_format(&bytes).unwrap(), format);
        assert_eq!((image(&bytes).width(), image(&bytes).height()), (1024, 640));
        assert_eq!(answer["size"], "1024x640");
    }
}

#[tokio::test]
async fn every_picture_of_one_answer_is_another_and_the_log_holds_their_bytes() {
    let server = FakeOpenAi::start().await;
    let answer: Value = generate(&server, json!({"n": 3})).await.json().await.unwrap();
    let pictures: Vec<Vec<u8>> = (0..3).map(|index| picture(&answer, index)).collect();
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2] && pictures[0] != pictures[2]);
    assert_eq!(server.images_sent(), pictures);
    assert_eq!(answer["usage"]["output_tokens"], 3 * 196);
}

#[tokio::test]
async fn same_prompt_on_a_new_server_draws_the_same_bytes() {
    let one = FakeOpenAi::start().await;
    let two = FakeOpenAi::start().await;
    generate(&one, json!({})).await;
    generate(&two, json!({})).await;
    assert_eq!(one.images_sent(), two.images_sent());
}

#[tokio::test]
async fn stream_brings_partials_and_then_the_picture() {
    let server = FakeOpenAi::start().await;
    let text = generate(&server, json!({"stream": true, "partial_images": 3})).await.text().await.unwrap();
    let events = events(&text);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    let partial = "image_generation.partial_image";
    assert_eq!(names, [partial, partial, partial, "image_generation.completed"]);
    assert_eq!(events[2].1["partial_image_index"], 2);
    assert_eq!(events[3].1["usage"]["output_tokens"], 196 + 300);
    assert_eq!(server.partials_sent()[1], decode(&events[1].1["b64_json"]));
    assert_eq!(server.images_sent(), [decode(&events[3].1["b64_json"])]);
}
