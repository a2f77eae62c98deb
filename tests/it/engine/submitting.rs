use std::{fs, sync::Arc};

use tintype::engine::{Budget, Draft, JobEvent, Reference, Registry, SubmitError, SubmitErrorKind};
use tintype_backends::{Readiness, SharedBackend, Usd};

use super::{
    EngineFixture, draft,
    mock_backend::{MockBackend, outcome, picture, png},
};

fn refused(bench: &EngineFixture, draft: &Draft) -> SubmitError {
    bench.engine.plan(draft).unwrap_err()
}

#[tokio::test]
async fn a_plan_fills_in_defaults_and_writes_nothing() {
    let mut bench = EngineFixture::new(MockBackend::instant().into_shared());
    let chosen = [("seed".to_owned(), 7.into())].into();
    let plan = bench.engine.plan(&Draft { settings: chosen, ..draft("a cat") }).unwrap();
    assert_eq!((plan.backend.as_str(), plan.request.model.as_str(), plan.request.count), ("pen", "pen-1", 1));
    assert_eq!(plan.request.settings["style"], "plain".into());
    assert_eq!(plan.request.settings["seed"], 7.into());
    assert_eq!(plan.estimate.usd, Some(Usd::from_dollars(0.25)));
    assert!(bench.files("spool").is_empty() && bench.events.try_recv().is_err());
}

#[tokio::test]
async fn an_invalid_draft_is_rejected_with_a_remedy() {
    let bench = EngineFixture::new(MockBackend::instant().into_shared());
    let name = |name: &str| Some(name.to_owned());
    let setting = |key: &str, value: &str| [(key.to_owned(), value.into())].into();
    let cases = [
        (draft(" \n"), "the prompt is empty", "provide a prompt"),
        (draft(&"x".repeat(32_001)), "the prompt has 32001 characters; the maximum is 32000", "shorten the prompt"),
        (Draft { backend: name("pne"), ..draft("x") }, "there is no backend `pne`", "did you mean `pen`?"),
        (Draft { backend: name("quill"), ..draft("x") }, "there is no backend `quill`", "the only one is `pen`"),
        (Draft { model: name("pen-2"), ..draft("x") }, "`pen` has no model `pen-2`", "did you mean `pen-1`?"),
        (
            Draft { settings: setting("stile", "plain"), ..draft("x") },
            "`pen-1` has no setting `stile`",
            "did you mean `style`?",
        ),
        (
            Draft { count: 9, ..draft("x") },
            "`pen-1` generates at most 4 images per job, not 9",
            "request 4 or fewer per job",
        ),
        (Draft { mask: Some("m.png".into()), ..draft("x") }, "a mask needs a reference image", "add a reference image"),
        (
            Draft { markup: Some("m.png".into()), ..draft("x") },
            "`pen-1` takes no markup",
            "choose a backend or a model that can",
        ),
    ];
    for (draft, message, hint) in cases {
        let error = refused(&bench, &draft);
        assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (message, Some(hint)));
        assert_eq!(error.kind(), SubmitErrorKind::Usage);
    }
    let value = refused(&bench, &Draft { settings: setting("style", "loud"), ..draft("x") });
    assert_eq!(value.to_string(), "`style` does not take `loud`: one of plain, fancy");
}

#[tokio::test]
async fn a_backend_without_a_key_can_plan_but_not_generate() {
    let missing = Readiness::Missing { what: "no key".into(), hint: "set a key".into() };
    let bench = EngineFixture::new(MockBackend::instant().with(|it| it.readiness = missing).into_shared());
    assert!(bench.engine.plan(&draft("a cat")).is_ok());
    let error = bench.engine.submit(draft("a cat")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint().as_deref()), (SubmitErrorKind::NotReady, Some("set a key")));
    assert!(bench.files("spool").is_empty());
}

/// Returns a backend that delivers its reference images unchanged.
fn echo_backend() -> MockBackend {
    MockBackend::new(|request, _| async move {
        let mut outcome = outcome(request.inputs.iter().map(|input| picture(input.bytes.to_vec())).collect());
        outcome.notes = request.inputs.iter().map(|input| format!("{} {}", input.name, input.size)).collect();
        outcome.notes.extend(request.continues.map(|value| value.to_string()));
        outcome.continuation = Some("next".into());
        Ok(outcome)
    })
}

#[tokio::test]
async fn references_come_from_files_and_from_the_library() {
    let mut bench = EngineFixture::new(echo_backend().into_shared());
    let file = bench.dir.path().join("my cat.png");
    fs::File::create(&file).and_then(|mut out| std::io::Write::write_all(&mut out, &png(9, 7))).unwrap();
    bench.engine.submit(Draft { inputs: vec![Reference::File(file)], ..draft("a cat") }).await.unwrap();
    let JobEvent::Saved(first) = bench.wait_for_end().await.0 else { panic!("not saved") };
    assert_eq!(first.notes, ["my cat.png 9x7"]);
    let image = first.images[0].id;
    let next = Draft { inputs: vec![Reference::Image(image)], parent: Some(image), ..draft("a dog") };
    bench.engine.submit(next).await.unwrap();
    let JobEvent::Saved(second) = bench.wait_for_end().await.0 else { panic!("not saved") };
    assert_eq!((second.parent, second.notes[1].as_str()), (Some(image), "\"next\""));
    assert_eq!(second.images[0].sha256, first.images[0].sha256);
}

#[tokio::test]
async fn an_unusable_reference_is_reported_before_sending() {
    let bench = EngineFixture::new(echo_backend().into_shared());
    let at = |name: &str| bench.dir.path().join(name);
    let write = |name: &str, bytes: &[u8]| {
        fs::File::create(at(name)).and_then(|mut out| std::io::Write::write_all(&mut out, bytes)).unwrap();
    };
    write("text.png", b"hello");
    write("cut.png", &png(4, 4)[..20]);
    write("wide.png", &png(4, 2));
    write("large.png", &png(4, 4));
    let mut bomb = png(1, 1);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    write("bomb.png", &bomb);
    let whole = png(64, 64);
    write("half.png", &whole[..whole.len() / 2]);
    write("half.jpg", include_bytes!("../pictures/cut-with-a-thumbnail.jpg"));
    let cases = [
        ("none.png", "there is no such file"),
        ("", "it is not a file"),
        ("text.png", "it is not an image in a known format"),
        ("cut.png", "it is damaged"),
        ("bomb.png", "it is "),
        ("half.png", "is truncated"),
        ("half.jpg", "the jpeg image is truncated"),
    ];
    for (name, what) in cases {
        let error =
            bench.engine.submit(Draft { inputs: vec![Reference::File(at(name))], ..draft("x") }).await.unwrap_err();
        assert_eq!(error.kind(), SubmitErrorKind::Usage);
        assert!(error.to_string().contains(what), "{name}: {error}");
    }
    let masked = Draft { inputs: vec![Reference::File(at("large.png"))], mask: Some(at("wide.png")), ..draft("x") };
    let error = bench.engine.submit(masked).await.unwrap_err();
    assert!(error.to_string().ends_with("the mask is 4x2, but its reference is 4x4"), "{error}");
    let unknown = Draft { inputs: vec![Reference::Image(tintype::id::Id::new())], ..draft("x") };
    assert!(matches!(bench.engine.submit(unknown).await.unwrap_err(), SubmitError::InvalidReference { .. }));
    assert!(bench.files("spool").is_empty());
}

#[tokio::test]
async fn a_new_config_applies_to_the_next_job_only() {
    let mut bench = EngineFixture::new(MockBackend::endless().into_shared());
    let job = bench.submit("a cat").await;
    let brush: SharedBackend = MockBackend::instant().into_shared();
    let registry = Registry::new([("brush".to_owned(), brush)].into_iter().collect(), "brush");
    bench.engine.replace(registry, Budget::default());
    assert_eq!(bench.engine.registry().default(), Some("brush"));
    let second = bench.submit("a dog").await;
    let JobEvent::Saved(record) = bench.wait_for_end().await.0 else { panic!("not saved") };
    assert_eq!((record.id, record.backend.as_str()), (second, "brush"));
    assert_eq!(bench.engine.running(), [job]);
}

#[test]
fn auto_selects_the_first_ready_backend() {
    let missing = || Readiness::Missing { what: "no key".into(), hint: "set it".into() };
    let pen = |kind: &'static str, ready: bool| -> SharedBackend {
        let readiness = if ready { Readiness::Ready } else { missing() };
        Arc::new(MockBackend::instant().with(|it| (it.kind, it.readiness) = (kind.into(), readiness)))
    };
    let chosen = |backends: &[(&str, &'static str, bool)]| {
        let backends = backends.iter().map(|(name, kind, ready)| ((*name).to_owned(), pen(kind, *ready))).collect();
        Registry::new(backends, "auto").default().map(str::to_owned)
    };
    let all = [("other", "other", true), ("mine", "gpt-image", true), ("draw", "sketch", true)];
    assert_eq!(chosen(&all).as_deref(), Some("mine"));
    assert_eq!(chosen(&[all[0], ("mine", "gpt-image", false), all[2]]).as_deref(), Some("draw"));
    assert_eq!(chosen(&[("mine", "gpt-image", false), all[0]]).as_deref(), Some("other"));
    assert_eq!(chosen(&[("mine", "gpt-image", false)]).as_deref(), Some("mine"));
    assert_eq!(chosen(&[]), None);
    assert_eq!(Registry::new([("a".to_owned(), pen("a", true))].into_iter().collect(), "b").default(), None);
}
