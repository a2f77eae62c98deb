use base64::{Engine, prelude::BASE64_STANDARD};
use image::{Rgb, RgbImage, Rgba, RgbaImage};
use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

const PATH: &str = "/v1/images/edits";

fn photo(name: &str, shade: u8) -> RequestImage {
    picture(name, RgbImage::from_pixel(64, 64, Rgb([shade, 80, 120])), ImageFormat::Png)
}

fn mask() -> RequestImage {
    let half = RgbaImage::from_fn(64, 64, |x, _| Rgba([0, 0, 0, if x < 32 { 0 } else { 255 }]));
    picture("mask.png", half, ImageFormat::Png)
}

fn address(input: &RequestImage) -> String {
    format!("data:{};base64,{}", input.format.media_type(), BASE64_STANDARD.encode(&input.bytes))
}

#[tokio::test]
async fn references_and_mask_arrive_in_order() {
    let bench = Bench::new("").await;
    let mut order = bench.order("make it night", &[("quality", "low".into())]);
    order.inputs = vec![photo("a.png", 10), photo("b.png", 200)];
    order.mask = Some(mask());
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    let body = bench.body(PATH);
    assert_eq!(body["images"][0]["image_url"], address(&order.inputs[0]));
    assert_eq!(body["images"][1]["image_url"], address(&order.inputs[1]));
    assert_eq!(body["mask"]["image_url"], address(&mask()));
    assert!(bench.server.requests_to("/v1/images/generations").is_empty());
}

#[tokio::test]
async fn a_markup_arrives_as_a_file_of_its_own() {
    let bench = Bench::new("").await;
    let mut order = bench.order("do what the arrow says", &[("quality", "low".into())]);
    order.inputs = vec![photo("a.png", 10), photo("b.png", 200)];
    order.markup = Some(mask());
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    let request = &bench.server.requests_to(PATH)[0];
    let files: Vec<_> = request.parts().iter().filter(|part| part.file_name.is_some()).collect();
    let named: Vec<_> = files.iter().map(|part| (part.name.as_str(), part.content_type.as_deref().unwrap())).collect();
    assert_eq!(named, [("image[]", "image/png"), ("image[]", "image/png"), ("markup", "image/png")]);
    assert_eq!(files[2].data, mask().bytes);
}

#[tokio::test]
async fn a_mask_is_noted_as_a_guide() {
    let bench = Bench::new("").await;
    let mut order = bench.order("make it night", &[("quality", "low".into())]);
    order.inputs = vec![photo("a.png", 10)];
    order.mask = Some(mask());
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.notes, ["a mask only guides the model; pixels outside it may have changed too"]);
}

#[tokio::test]
async fn an_edit_can_be_streamed() {
    let bench = Bench::new("").await;
    let mut order = bench.order("make it night", &[("partial_images", 2.into())]);
    order.inputs = vec![photo("a.png", 10)];
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(bench.previews().len(), 2);
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
}

#[tokio::test]
async fn fidelity_is_sent_only_with_references() {
    let server = FakeOpenAi::builder().alive("gpt-image-1");
    let bench = Bench::with_server(server, "model = 'gpt-image-1'").await;
    let mut order = bench.order("make it night", &[("input_fidelity", "high".into())]);
    bench.draw(&order).await.unwrap();
    assert_eq!(bench.body("/v1/images/generations").get("input_fidelity"), None);
    order.inputs = vec![photo("a.png", 10)];
    bench.draw(&order).await.unwrap();
    assert_eq!(bench.body(PATH)["input_fidelity"], "high");
}

#[tokio::test]
async fn a_form_carries_the_same_as_json() {
    let bench = Bench::new("profile = 'azure'\nmodel = 'gpt-image-2'\nbase_url = 'http://127.0.0.1:1/v1'").await;
    let base = bench.server.origin();
    let config = format!("profile = 'azure'\nmodel = 'gpt-image-2'\nbase_url = '{base}/openai/v1'");
    let bench = Bench { backend: backend(&config, ""), ..bench };
    let mut order = bench.order("make it night", &[("quality", "low".into())]);
    order.inputs = vec![photo("a.png", 10), photo("b.png", 200)];
    order.mask = Some(mask());
    bench.draw(&order).await.unwrap();
    let request = &bench.server.requests_to("/openai/v1/images/edits")[0];
    assert_eq!(request.part_text("prompt"), Some("make it night"));
    assert_eq!(request.part_text("quality"), Some("low"));
    assert_eq!(request.header("api-key"), Some(KEY));
    assert_eq!(request.header("authorization"), None);
    let files: Vec<_> = request.parts().iter().filter(|part| part.file_name.is_some()).collect();
    let named: Vec<_> = files.iter().map(|part| (part.name.as_str(), part.content_type.as_deref().unwrap())).collect();
    assert_eq!(named, [("image[]", "image/png"), ("image[]", "image/png"), ("mask", "image/png")]);
    assert_eq!(files[0].data, order.inputs[0].bytes);
}

#[tokio::test]
async fn a_bad_mask_is_refused_before_anything_is_sent() {
    let bench = Bench::new("").await;
    let mut order = bench.order("make it night", &[]);
    order.inputs = vec![photo("a.png", 10)];
    order.mask = Some(picture("m.png", RgbImage::new(64, 64), ImageFormat::Png));
    let error = bench.draw(&order).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::InvalidParameter, "the mask `m.png` has no transparency")
    );
    assert!(bench.server.requests().is_empty() && bench.heard().is_empty());
}
