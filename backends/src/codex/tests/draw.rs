use fake_openai::{Fault, Faults};
use pretty_assertions::assert_eq;

use super::*;
use crate::{Format, Size, svg::SvgValidity};

#[tokio::test]
async fn a_drawing_yields_an_image_and_its_source() {
    let bench = Bench::new("").await;
    let outcome = bench.pelican(&[("reasoning", "high".into()), ("size", "512x512".into())]).await.unwrap();
    let [image] = outcome.images.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(Format::detect(&image.bytes), Some(Format::Png));
    let picture = image::load_from_memory(&image.bytes).unwrap();
    assert_eq!(Size::new(picture.width(), picture.height()), Size::new(512, 512));
    assert!(image.svg.as_ref().unwrap().starts_with("<svg"));
    assert_eq!(outcome.validity, Some(SvgValidity::RawValid));
    assert!(outcome.cost.unwrap().usd.nanos() > 0);
    assert!(outcome.usage.as_ref().unwrap().reasoning_tokens.unwrap() > 0);
    assert!(outcome.ids.request_id.is_some() && outcome.ids.response_id.is_some());
    assert_eq!(outcome.effective["instructions"], Value::Integer(super::super::instructions::version()));
    bench.assert_secret_kept(&outcome.notes);
}

#[tokio::test]
async fn the_settings_are_sent_as_the_api_names_them() {
    let bench = Bench::new("").await;
    let chosen: [(&str, Value); 4] = [
        ("reasoning", "xhigh".into()),
        ("size", "1536x1024".into()),
        ("max_output_tokens", 32_000.into()),
        ("service_tier", "priority".into()),
    ];
    let outcome = bench.pelican(&chosen).await.unwrap();
    let body = &bench.bodies()[0];
    assert_eq!((&body["model"], &body["stream"]), (&"gpt-5.3-codex".into(), &true.into()));
    assert_eq!((&body["reasoning"]["effort"], &body["reasoning"]["summary"]), (&"xhigh".into(), &"auto".into()));
    assert_eq!((&body["max_output_tokens"], &body["service_tier"]), (&32_000.into(), &"priority".into()));
    let instructions = body["instructions"].as_str().unwrap();
    assert!(instructions.contains("viewBox=\"0 0 1536 1024\"") && instructions.contains("a finished illustration"));
    assert_eq!(body["input"][0]["content"][0]["text"], "a pelican riding a bicycle");
    for name in ["temperature", "tools", "repair", "passes", "style", "size", "background"] {
        assert!(body.get(name).is_none(), "{name}");
    }
    assert!(outcome.cost.is_some(), "priority has a price");
}

#[tokio::test]
async fn reasoning_is_reported_and_comments_are_no_drawing() {
    let bench = Bench::new("").await;
    bench.pelican(&[]).await.unwrap();
    let heard = bench.heard();
    assert!(heard.contains(&Update::Status("planning the composition".to_owned())), "{heard:?}");
    assert!(heard.iter().any(|update| matches!(update, Update::Thought(line) if line.contains("ridges"))));
    assert!(heard.iter().any(|update| matches!(update, Update::Thought(line) if line.contains("layer by layer"))));
}

#[tokio::test]
async fn previews_show_the_drawing_growing() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Faults::none().with_value(Fault::Delay, 25)), "").await;
    let outcome = bench.pelican(&[]).await.unwrap();
    let previews = bench.previews();
    assert!(previews.len() > 1, "{previews:?}");
    for (at, preview) in previews.iter().enumerate() {
        assert_eq!((preview.image, preview.step), (0, at as u32));
        assert!(image::load_from_memory(&preview.bytes).is_ok());
        assert!(outcome.images.iter().all(|image| image.bytes != preview.bytes), "a preview never becomes the picture");
    }
}

#[tokio::test]
async fn text_and_fences_around_the_drawing_are_no_repair() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::FencedSvg);
    let outcome = bench.pelican(&[]).await.unwrap();
    assert_eq!(outcome.validity, Some(SvgValidity::RawValid));
    assert_eq!(bench.bodies().len(), 1);
}

#[tokio::test]
async fn the_answer_is_spooled_before_it_is_rendered() {
    let bench = Bench::new("").await;
    let outcome = bench.pelican(&[]).await.unwrap();
    let spooled = std::fs::read_to_string(bench.folder.path().join("answer-0")).unwrap();
    assert!(spooled.contains("response.completed") && spooled.contains(&outcome.ids.response_id.unwrap()));
}

#[tokio::test]
async fn several_images_are_several_conversations() {
    let bench = Bench::new("").await;
    let mut order = bench.order("a pelican", &[]);
    order.count = 3;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!((outcome.images.len(), bench.bodies().len()), (3, 3));
}
