use std::fs;

use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use tintype::{
    engine::JobEvent,
    library::{JobState, Library},
};
use tintype_backends::{ErrorKind, Format, Image, Preview, StagedFile, Usd};

use super::{
    EngineFixture, draft,
    mock_backend::{MockBackend, outcome, picture, png},
};

#[tokio::test]
async fn an_image_is_saved_byte_for_byte_with_its_sidecar() {
    let mut bench = EngineFixture::new(MockBackend::delivers(vec![picture(png(8, 6))]).into_shared());
    let record = bench.run_saved("Three cats, under a full moon!").await;
    let image = &record.images[0];
    assert_eq!(fs::read(&image.path).unwrap(), png(8, 6));
    assert_eq!((image.width, image.height, image.format), (8, 6, Format::Png));
    assert_eq!((image.bytes, &image.sha256), (png(8, 6).len() as u64, &format!("{:x}", Sha256::digest(png(8, 6)))));
    let month = record.created.to_zoned(TimeZone::system()).strftime("images/%Y/%m").to_string();
    let name = format!("three-cats-under-a-full-moon-{}.png", image.id.short());
    assert_eq!(image.path, bench.dir.path().join(month).join(name));
    assert_eq!(bench.row(record.id).await, record);
    assert_eq!((record.state, record.seconds.is_some()), (JobState::Saved, true));
    assert_eq!(bench.files("images"), [image.path.with_extension("json"), image.path.clone()]);
    assert!(bench.files("spool").is_empty());
}

/// Returns a backend that has already written `length` bytes of its image to a file.
fn staging_backend(length: usize) -> MockBackend {
    MockBackend::new(move |_, line| async move {
        let bytes = png(8, 6);
        let path = line.scratch().join("answer-0.image-0");
        let mut file = fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, &bytes[..length]).unwrap();
        fs::hard_link(&path, line.scratch().ancestors().nth(2).unwrap().join("witness")).unwrap();
        let file = Some(StagedFile { path, sha256: format!("{:x}", Sha256::digest(&bytes)) });
        Ok(outcome(vec![Image { file, ..picture(bytes) }]))
    })
}

#[cfg(unix)]
#[tokio::test]
async fn a_staged_file_is_moved_instead_of_rewritten() {
    use std::os::unix::fs::MetadataExt as _;
    for (length, is_same) in [(png(8, 6).len(), true), (20, false)] {
        let mut bench = EngineFixture::new(staging_backend(length).into_shared());
        let record = bench.run_saved("a cat").await;
        let image = &record.images[0];
        assert_eq!(fs::read(&image.path).unwrap(), png(8, 6));
        assert_eq!(image.sha256, format!("{:x}", Sha256::digest(png(8, 6))));
        let inode = |path: &std::path::Path| fs::metadata(path).unwrap().ino();
        assert_eq!(inode(&image.path) == inode(&bench.dir.path().join("witness")), is_same, "{length} bytes");
        assert!(bench.files("spool").is_empty());
    }
}

#[tokio::test]
async fn a_job_is_restored_from_its_sidecar() {
    let mut bench =
        EngineFixture::new(MockBackend::delivers(vec![picture(png(8, 6)), picture(png(3, 3))]).into_shared());
    let record = bench.run_saved("a cat").await;
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(bench.dir.path().join("images"), elsewhere.path().join("images")).unwrap();
    let library = Library::open(elsewhere.path()).unwrap();
    let back = library.record(record.id).await.unwrap().unwrap();
    assert_eq!(back.images.len(), 2);
    for (back, image) in back.images.iter().zip(&record.images) {
        assert_eq!((back.id, &back.sha256), (image.id, &image.sha256));
        assert!(back.path.starts_with(elsewhere.path()) && back.path.is_file());
    }
}

#[tokio::test]
async fn file_extensions_follow_the_content() {
    let jpeg = {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(5, 4).write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    };
    let mut bench = EngineFixture::new(MockBackend::delivers(vec![picture(jpeg)]).into_shared());
    let image = bench.run_saved("a cat").await.images.remove(0);
    assert_eq!((image.format, image.path.extension().unwrap().to_str()), (Format::Jpeg, Some("jpg")));
}

#[tokio::test]
async fn a_source_is_saved_with_its_image() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='6'/>";
    let drawn = Image { svg: Some(svg.into()), ..picture(png(8, 6)) };
    let vector = Image { bytes: svg.into(), format: Format::Svg, svg: Some(svg.into()), file: None };
    let mut bench = EngineFixture::new(MockBackend::delivers(vec![drawn, vector]).into_shared());
    let images = bench.run_saved("…").await.images;
    assert_eq!(fs::read_to_string(images[0].svg.as_ref().unwrap()).unwrap(), svg);
    assert_eq!(images[0].svg, Some(images[0].path.with_extension("svg")));
    assert_eq!((images[1].format, &images[1].svg), (Format::Svg, &None));
    assert_eq!(bench.files("images").len(), 5);
}

#[tokio::test]
async fn an_invalid_image_is_kept_and_reported() {
    let mut bench =
        EngineFixture::new(MockBackend::delivers(vec![picture(b"<html>sorry</html>".to_vec())]).into_shared());
    let record = bench.run_failed("a cat").await;
    let error = record.error.clone().unwrap();
    assert_eq!(error.kind, ErrorKind::InvalidImage);
    let kept = bench.files("spool").into_iter().find(|file| file.ends_with("rejected-0")).unwrap();
    assert_eq!(fs::read(&kept).unwrap(), b"<html>sorry</html>");
    assert!(error.hint.unwrap().contains(kept.parent().unwrap().to_str().unwrap()));
    assert_eq!(record.cost.unwrap().usd, Usd::from_dollars(0.125));
    assert!(bench.files("images").is_empty());
}

#[tokio::test]
async fn one_invalid_image_does_not_affect_the_others() {
    let files = vec![picture(b"junk".to_vec()), picture(png(8, 6)), picture(png(2, 2)[..30].to_vec())];
    let mut bench = EngineFixture::new(MockBackend::delivers(files).into_shared());
    let record = bench.run_saved("a cat").await;
    assert_eq!(record.images.len(), 1);
    assert_eq!(fs::read(&record.images[0].path).unwrap(), png(8, 6));
    assert_eq!(record.notes.len(), 2);
    assert_eq!(bench.files("spool").iter().filter(|file| file.to_str().unwrap().contains("rejected-")).count(), 2);
}

#[tokio::test]
async fn a_response_without_images_is_a_failure() {
    let mut bench = EngineFixture::new(MockBackend::delivers(Vec::new()).into_shared());
    assert_eq!(bench.run_failed("a cat").await.error.unwrap().kind, ErrorKind::InvalidImage);
    assert!(bench.files("spool").is_empty());
}

#[tokio::test]
async fn an_unsaved_image_is_kept_and_can_be_saved_later() {
    let mut bench = EngineFixture::new(MockBackend::instant().into_shared());
    let images = bench.dir.path().join("images");
    fs::remove_dir(&images).unwrap();
    fs::File::create(&images).unwrap();
    let record = bench.run_failed("a cat").await;
    let error = record.error.clone().unwrap();
    assert_eq!((error.kind, record.state), (ErrorKind::Local, JobState::Received));
    assert!(error.hint.unwrap().contains(&record.id.short()));
    assert_eq!(bench.library().unfinished().await.unwrap()[0].id, record.id, "it can be seen and taken up again");
    let kept = bench.files("spool").into_iter().find(|file| file.extension().is_some_and(|it| it == "png")).unwrap();
    assert_eq!(fs::read(kept).unwrap(), png(8, 6));

    fs::remove_file(&images).unwrap();
    bench.engine.resume(record.id).await.unwrap();
    let (last, _) = bench.wait_for_end().await;
    let JobEvent::Saved(saved) = last else { panic!("{last:?}") };
    assert_eq!(fs::read(&saved.images[0].path).unwrap(), png(8, 6));
    assert_eq!((bench.row(record.id).await.state, saved.error.clone()), (JobState::Saved, None));
    assert!(bench.files("spool").is_empty());
}

#[tokio::test]
async fn an_image_survives_the_loss_of_its_data_directory() {
    let pen = MockBackend::new(|_, line| async move {
        // As if a disk is removed while the provider is generating.
        fs::remove_dir_all(line.scratch().ancestors().nth(2).unwrap()).unwrap();
        Ok(outcome(vec![picture(png(8, 6))]))
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    let record = bench.run_failed("a cat").await;
    let haven = std::env::temp_dir().join(format!("tintype-{}", record.id));
    let error = record.error.unwrap();
    assert_eq!((error.kind, record.state), (ErrorKind::Local, JobState::Received));
    assert!(error.hint.unwrap().contains(haven.to_str().unwrap()));
    assert_eq!(fs::read(haven.join("picture-0.png")).unwrap(), png(8, 6));
    fs::remove_dir_all(haven).unwrap();
}

#[tokio::test]
async fn previews_are_forwarded_but_never_stored() {
    let pen = MockBackend::new(|_, line| async move {
        for step in 0..5_000 {
            line.preview(Preview { image: 0, step, format: Format::Png, bytes: "half".into() });
        }
        line.percent(140.0);
        line.thought("hm");
        Ok(outcome(vec![picture(png(8, 6))]))
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    bench.submit("a cat").await;
    let (last, before) = bench.wait_for_end().await;
    assert!(matches!(last, JobEvent::Saved(_)));
    let previews = before.iter().filter(|event| matches!(event, JobEvent::Preview(_))).count();
    assert!((1..5_000).contains(&previews), "{previews}");
    assert!(before.contains(&JobEvent::Percent(100.0)) && before.contains(&JobEvent::Thought("hm".into())));
    assert_eq!(bench.files("images").len(), 2);
}

#[tokio::test]
async fn the_same_prompt_twice_gives_two_files() {
    let mut bench = EngineFixture::new(MockBackend::instant().into_shared());
    let (one, two) = (bench.run_saved("a cat").await, bench.run_saved("a cat").await);
    assert_ne!(one.images[0].path, two.images[0].path);
    assert_eq!(bench.files("images").len(), 4);
}

#[tokio::test]
async fn fifty_concurrent_jobs_are_all_saved() {
    let mut bench = EngineFixture::new(MockBackend::instant().into_shared());
    let jobs = (0..50).map(|number| bench.engine.submit(draft(&format!("cat {number}"))));
    futures::future::try_join_all(jobs).await.unwrap();
    for _ in 0..50 {
        assert!(matches!(bench.wait_for_end().await.0, JobEvent::Saved(_)));
    }
    assert_eq!(bench.files("images").len(), 100);
    assert!(bench.files("spool").is_empty());
}
