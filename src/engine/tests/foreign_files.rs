//! Files in the library that neither the saver nor a backend created.

use std::{fs, path::PathBuf};

use super::interleaving::{draft, png};
use crate::{
    engine::{Draft, Reference, job_dir::JobDir, references, staging},
    id::Id,
    library::{Library, Record},
};

#[test]
fn forged_list_publishes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::open(&dir.path().join("data")).unwrap();
    let record = draft();
    let scratch = JobDir::claim(library.places(), record.id).unwrap().unwrap();
    let image =
        tintype_backends::Image { bytes: png().into(), format: tintype_backends::Format::Png, svg: None, file: None };
    let good = staging::stage(scratch.path(), record.clone(), &[image]).unwrap();
    assert_eq!(staging::staged(scratch.path(), record.id), Some(good.clone()));
    let list = scratch.path().join("outcome.json");
    let forge = |forged: &Record| {
        fs::OpenOptions::new().write(true).truncate(true).open(&list).map(|file| {
            serde_json::to_writer(file, forged).unwrap();
        })
    };
    for path in ["../../../outside.png", "/tmp/outside.png", "2026/../../../outside.png", ""] {
        let mut forged = good.clone();
        forged.images[0].path = PathBuf::from(path);
        forge(&forged).unwrap();
        assert_eq!(staging::staged(scratch.path(), record.id), None, "{path}");
    }
    let mut of_another_job = good.clone();
    of_another_job.id = Id::new();
    forge(&of_another_job).unwrap();
    assert_eq!(staging::staged(scratch.path(), record.id), None);
    forge(&good).unwrap();
    assert!(staging::staged(scratch.path(), record.id).is_some());
    #[cfg(unix)]
    {
        // An image replaced by a link to another file of the user.
        let staged = scratch.path().join("picture-0.png");
        fs::remove_file(&staged).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &staged).unwrap();
        staging::publish(library.places(), scratch.path(), good).unwrap_err();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn image_replaced_by_a_link_is_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::open(&dir.path().join("data")).unwrap();
    let record = draft();
    library.begin(&record).await.unwrap();
    let scratch = JobDir::claim(library.places(), record.id).unwrap().unwrap();
    let image =
        tintype_backends::Image { bytes: png().into(), format: tintype_backends::Format::Png, svg: None, file: None };
    let staged = staging::stage(scratch.path(), record, &[image]).unwrap();
    let saved = staging::publish(library.places(), scratch.path(), staged).unwrap();
    library.finish(&saved).await.unwrap();
    let draft = Draft { inputs: vec![Reference::Image(saved.images[0].id)], ..Draft::default() };
    let mut request = tintype_backends::Request::new("x", "m");
    references::load(Some(&library), &draft, &mut request).await.unwrap();
    let private = dir.path().join("private.png");
    fs::rename(&saved.images[0].path, &private).unwrap();
    std::os::unix::fs::symlink(&private, &saved.images[0].path).unwrap();
    let error = references::load(Some(&library), &draft, &mut request).await.unwrap_err();
    assert!(error.to_string().contains("it is a link"), "{error}");
}
