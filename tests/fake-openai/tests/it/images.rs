//! Generated images: sizes, formats, alpha, sharpness, and that no two are identical.

use fake_openai::FakeOpenAi;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::client::{decode, events, generate, image, picture};

#[tokio::test]
async fn image_has_the_requested_size_and_format() {
    let server = FakeOpenAi::start().await;
    let formats = [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg), ("webp", ImageFormat::WebP)];
    for (name, format) in formats {
        let answer = generate(&server, json!({"output_format": name, "size": "640x1024"})).await;
        let answer: Value = answer.json().await.unwrap();
        let bytes = picture(&answer, 0);
        assert_eq!(image::guess_format(&bytes).unwrap(), format);
        assert_eq!((image(&bytes).width(), image(&bytes).height()), (640, 1024));
        assert_eq!(answer["size"], "640x1024");
    }
}

#[tokio::test]
async fn images_of_one_response_differ_and_are_logged() {
    let server = FakeOpenAi::start().await;
    let answer: Value = generate(&server, json!({"n": 3, "size": "1024x1024"})).await.json().await.unwrap();
    let pictures: Vec<Vec<u8>> = (0..3).map(|index| picture(&answer, index)).collect();
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2] && pictures[0] != pictures[2]);
    assert_eq!(server.images_sent(), pictures);
    assert_eq!(answer["usage"]["output_tokens"], 3 * 196);
}

#[tokio::test]
async fn same_prompt_gives_the_same_bytes_on_a_new_server() {
    let one = FakeOpenAi::start().await;
    let two = FakeOpenAi::start().await;
    generate(&one, json!({})).await;
    generate(&two, json!({})).await;
    assert_eq!(one.images_sent(), two.images_sent());
}

#[tokio::test]
async fn stream_sends_partials_and_then_the_image() {
    let server = FakeOpenAi::start().await;
    let text = generate(&server, json!({"stream": true, "partial_images": 3, "size": "1024x1024"}))
        .await
        .text()
        .await
        .unwrap();
    let events = events(&text);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    let partial = "image_generation.partial_image";
    assert_eq!(names, [partial, partial, partial, "image_generation.completed"]);
    assert_eq!(events[2].1["partial_image_index"], 2);
    assert_eq!(events[3].1["usage"]["output_tokens"], 196 + 300);
    assert_eq!(server.partials_sent()[1], decode(&events[1].1["b64_json"]));
    assert_eq!(server.images_sent(), [decode(&events[3].1["b64_json"])]);
}

#[tokio::test]
async fn partials_have_the_full_size_and_converge_to_the_image() {
    let server = FakeOpenAi::start().await;
    generate(&server, json!({"stream": true, "partial_images": 3})).await.text().await.unwrap();
    let last = image(&server.images_sent()[0]).into_rgb8();
    let distances: Vec<u64> = server
        .partials_sent()
        .iter()
        .map(|bytes| {
            let partial = image(bytes).into_rgb8();
            assert_eq!(partial.dimensions(), last.dimensions());
            partial.as_raw().iter().zip(last.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
        })
        .collect();
    assert!(distances.is_sorted_by(|a, b| a > b), "{distances:?}");
}

#[tokio::test]
async fn transparent_image_has_holes_and_opaque_has_no_alpha() {
    let server = FakeOpenAi::builder().alive("gpt-image-1").start().await;
    let more = json!({"model": "gpt-image-1", "size": "1024x1024", "background": "transparent"});
    let answer: Value = generate(&server, more).await.json().await.unwrap();
    assert_eq!(answer["background"], "transparent");
    let pixels = image(&picture(&answer, 0)).into_rgba8();
    assert!(pixels.pixels().any(|pixel| pixel[3] == 0) && pixels.pixels().any(|pixel| pixel[3] == 255));
    let answer: Value = generate(&server, json!({"background": "opaque"})).await.json().await.unwrap();
    assert!(!image(&picture(&answer, 0)).color().has_alpha());
}

#[tokio::test]
async fn lower_compression_setting_gives_smaller_jpegs() {
    let server = FakeOpenAi::start().await;
    for level in [100, 20] {
        generate(&server, json!({"output_format": "jpeg", "output_compression": level})).await;
    }
    let sent = server.images_sent();
    assert!(sent[1].len() * 2 < sent[0].len());
}

#[tokio::test]
async fn newest_models_generate_animations_and_svg() {
    let server = FakeOpenAi::start().await;
    let more = json!({"model": "gpt-image-2.6-flare", "output_format": "gif", "frame_count": 3});
    let answer: Value = generate(&server, more).await.json().await.unwrap();
    let frames = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(picture(&answer, 0))).unwrap();
    assert_eq!(image::AnimationDecoder::into_frames(frames).count(), 3);
    let more = json!({"model": "gpt-image-2.6-flare", "output_format": "svg", "svg": {"model": "gpt-5.5"}});
    let answer: Value = generate(&server, more).await.json().await.unwrap();
    assert!(picture(&answer, 0).starts_with(b"<svg "));
    assert_eq!(answer["svg_usage"]["model"], "gpt-5.5");
}

#[tokio::test]
async fn png_carries_a_provenance_chunk() {
    let server = FakeOpenAi::start().await;
    generate(&server, json!({})).await;
    assert!(server.images_sent()[0].windows(4).any(|window| window == b"caBX"));
}

#[tokio::test]
async fn every_auto_is_resolved() {
    let server = FakeOpenAi::start().await;
    let answer: Value =
        generate(&server, json!({"size": "auto", "quality": "auto", "background": "auto"})).await.json().await.unwrap();
    assert_eq!((&answer["size"], &answer["quality"]), (&json!("1024x1024"), &json!("high")));
    assert_eq!(answer["background"], "opaque");
}
