//! Edits by form and by JSON: references in order, masks that are respected, files that are rejected.
//! Settings are validated as for generations; see `refusals`.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_openai::FakeOpenAi;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::client::{body, image, picture, post};

const RED: Rgb<u8> = Rgb([200, 40, 40]);

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn red(side: u32) -> Vec<u8> {
    encoded(RgbImage::from_pixel(side, side, RED), ImageFormat::Png)
}

/// Returns a square mask with this side whose middle is a hole.
fn mask(side: u32) -> Vec<u8> {
    let hole = side / 4..side * 3 / 4;
    let alpha = |x, y| if hole.contains(&x) && hole.contains(&y) { 0 } else { 255 };
    encoded(RgbaImage::from_fn(side, side, |x, y| Rgba([0, 0, 0, alpha(x, y)])), ImageFormat::Png)
}

fn form() -> Form {
    Form::new()
        .text("model", "gpt-image-2")
        .text("prompt", "a lighthouse")
        .text("quality", "low")
        .text("size", "1024x1024")
}

fn part(bytes: Vec<u8>, kind: &str) -> Part {
    Part::bytes(bytes).file_name("picture").mime_str(kind).unwrap()
}

fn png(bytes: Vec<u8>) -> Part {
    part(bytes, "image/png")
}

async fn edit(server: &FakeOpenAi, form: Form) -> Value {
    post(server, "/images/edits").multipart(form).send().await.unwrap().json().await.unwrap()
}

fn error(answer: &Value) -> (&str, &str) {
    (answer["error"]["code"].as_str().unwrap_or("none"), answer["error"]["param"].as_str().unwrap_or("none"))
}

#[tokio::test]
async fn mask_preserves_pixels_outside_its_hole() {
    let server = FakeOpenAi::start().await;
    let answer = edit(&server, form().part("image", png(red(512))).part("mask", png(mask(512)))).await;
    let picture = image(&picture(&answer, 0)).into_rgb8();
    assert_eq!(*picture.get_pixel(20, 20), RED);
    assert_ne!(*picture.get_pixel(512, 512), RED);
}

#[tokio::test]
async fn references_keep_their_order_and_are_billed() {
    let server = FakeOpenAi::start().await;
    let two = form().part("image[]", png(red(512))).part("image[]", png(red(256))).text("n", "2");
    let answer = edit(&server, two).await;
    assert_eq!(answer["data"].as_array().unwrap().len(), 2);
    assert_eq!(answer["usage"]["input_tokens_details"]["image_tokens"], 2 * (65 + 129) + 4160);
    let request = &server.requests()[0];
    let files: Vec<usize> =
        request.parts().iter().filter(|part| part.name == "image[]").map(|part| part.data.len()).collect();
    assert_eq!(files, [red(512).len(), red(256).len()]);
    assert_eq!((request.part_text("n"), request.part_text("model")), (Some("2"), Some("gpt-image-2")));
}

#[tokio::test]
async fn every_input_format_is_accepted() {
    let server = FakeOpenAi::start().await;
    for (format, kind) in [(ImageFormat::Jpeg, "image/jpeg"), (ImageFormat::WebP, "image/webp")] {
        let bytes = encoded(RgbImage::from_pixel(64, 64, RED), format);
        let answer = edit(&server, form().part("image", part(bytes, kind))).await;
        assert!(answer["data"].is_array(), "{kind}: {answer}");
    }
}

#[tokio::test]
async fn auto_size_follows_the_first_reference() {
    let server = FakeOpenAi::start().await;
    let tall = encoded(RgbImage::from_pixel(200, 400, RED), ImageFormat::Png);
    let form = Form::new().text("model", "gpt-image-2").text("prompt", "a cat").text("quality", "low");
    let answer = edit(&server, form.part("image", png(tall))).await;
    assert_eq!(answer["size"], "1024x1536");
}

#[tokio::test]
async fn invalid_files_are_rejected() {
    let server = FakeOpenAi::start().await;
    let jpeg = encoded(RgbImage::from_pixel(512, 512, RED), ImageFormat::Jpeg);
    let rows = [
        (form(), ("missing_required_parameter", "image")),
        (form().part("image", part(red(64), "application/octet-stream")), ("unsupported_file_mimetype", "image")),
        (form().part("image", png(b"no picture".to_vec())), ("invalid_image_file", "image")),
        (form().part("image", png(Vec::new())), ("empty_image_file", "image")),
        (form().part("image", png(red(64))).part("image", png(red(64))), ("duplicate_parameter", "image")),
        (form().part("image", png(red(512))).part("mask", png(mask(256))), ("invalid_image_file", "mask")),
        (form().part("image", png(red(512))).part("mask", png(red(512))), ("invalid_image_file", "mask")),
        (form().part("image", png(red(512))).part("mask", part(jpeg, "image/jpeg")), ("invalid_image_file", "mask")),
        (form().part("image", png(red(64))).part("sketch", png(red(64))), ("unknown_parameter", "sketch")),
        (
            form().part("image", png(red(64))).text("input_fidelity", "high"),
            ("unsupported_parameter", "input_fidelity"),
        ),
        (form().part("image", png(red(512))).part("markup", png(mask(512))), ("unsupported_parameter", "markup")),
        (form().part("image", png(vec![0; 50 << 20])), ("image_file_too_large", "image")),
    ];
    for (form, expected) in rows {
        let answer = edit(&server, form).await;
        assert_eq!(error(&answer), expected);
    }
    let many = (0..17).fold(form(), |form, _| form.part("image[]", png(red(16))));
    assert_eq!(error(&edit(&server, many).await), ("array_above_max_length", "image"));
}

#[tokio::test]
async fn only_the_first_models_accept_input_fidelity() {
    let server = FakeOpenAi::builder().alive("gpt-image-1").start().await;
    let form = |model: &'static str, fidelity: &'static str| {
        let form = Form::new().text("model", model).text("prompt", "a cat").text("input_fidelity", fidelity);
        form.text("quality", "low").part("image", png(red(1024)))
    };
    let tokens = |answer: &Value| answer["usage"]["input_tokens_details"]["image_tokens"].clone();
    assert_eq!(tokens(&edit(&server, form("gpt-image-1", "low")).await), 194);
    assert_eq!(tokens(&edit(&server, form("gpt-image-1", "high")).await), 4354);
    let answer = edit(&server, form("gpt-image-1-mini", "high")).await;
    assert_eq!(error(&answer), ("unsupported_value", "input_fidelity"));
}

#[tokio::test]
async fn json_refers_to_images_in_three_ways() {
    let server = FakeOpenAi::builder().hosted("https://example.com/a.png", red(64)).start().await;
    let upload = Form::new().text("purpose", "vision").part("file", png(red(64)));
    let file: Value = post(&server, "/files").multipart(upload).send().await.unwrap().json().await.unwrap();
    let data = format!("data:image/png;base64,{}", STANDARD.encode(red(64)));
    let images = json!([{"image_url": data}, {"image_url": "https://example.com/a.png"}, {"file_id": file["id"]}]);
    let body = body(json!({"images": images, "moderation": "low"}));
    let answer: Value = post(&server, "/images/edits").json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["usage"]["input_tokens_details"]["image_tokens"], 3 * (65 + 129) + 4160);
}

#[tokio::test]
async fn json_without_an_image_is_rejected() {
    let server = FakeOpenAi::start().await;
    for (images, code) in [
        (json!([{"image_url": "https://example.com/missing.png"}]), "invalid_image_url"),
        (json!([{"image_url": "data:image/png;base64,***"}]), "invalid_base64_image"),
        (json!([{"file_id": "file-none"}]), "image_file_not_found"),
        (json!([{}]), "invalid_value"),
        (json!([]), "missing_required_parameter"),
    ] {
        let body = body(json!({"images": images}));
        let answer: Value = post(&server, "/images/edits").json(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(error(&answer).0, code);
    }
}

#[tokio::test]
async fn edits_stream_with_their_own_event_names() {
    let server = FakeOpenAi::start().await;
    let form = form().part("image", png(red(64))).text("stream", "true").text("partial_images", "1");
    let text = post(&server, "/images/edits").multipart(form).send().await.unwrap().text().await.unwrap();
    let names: Vec<String> = crate::client::events(&text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["image_edit.partial_image", "image_edit.completed"]);
}
