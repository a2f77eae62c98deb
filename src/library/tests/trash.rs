use super::*;

fn files(record: &Record) -> Vec<std::path::PathBuf> {
    record
        .images
        .iter()
        .flat_map(|image| [image.path.clone(), sidecar::path_of(&image.path), image.svg.clone().unwrap()])
        .collect()
}

#[tokio::test]
async fn a_deleted_job_moves_to_the_trash_and_is_restored_unchanged() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 2).await;
    shelf.library.trash(saved.images[1].id).await.unwrap();
    let trashed = shelf.library.record(saved.id).await.unwrap().unwrap();
    assert!(trashed.deleted);
    assert!(files(&trashed).iter().all(|file| file.starts_with(shelf.path().join("trash")) && file.is_file()));
    assert!(files(&saved).iter().all(|file| !file.exists()));
    assert_eq!(shelf.prompts(Query::default()).await, [""; 0]);
    assert_eq!(shelf.prompts(Query::new("is:trashed")).await, ["a cat"]);
    shelf.library.trash(saved.id).await.unwrap();
    shelf.library.restore(saved.id).await.unwrap();
    assert_eq!(shelf.library.record(saved.id).await.unwrap().unwrap(), saved);
    assert!(files(&saved).iter().all(|file| file.is_file()));
}

#[tokio::test]
async fn emptying_the_trash_deletes_only_trashed_jobs_and_refunds_nothing() {
    let shelf = TestLibrary::new();
    let (kept, gone) = (shelf.save("kept", 1).await, shelf.save("gone", 1).await);
    shelf.library.trash(gone.id).await.unwrap();
    let trashed = shelf.library.record(gone.id).await.unwrap().unwrap();
    assert_eq!(shelf.library.empty_trash().await.unwrap(), 1);
    assert_eq!(shelf.library.empty_trash().await.unwrap(), 0);
    assert!(files(&trashed).iter().all(|file| !file.exists()));
    assert!(files(&kept).iter().all(|file| file.is_file()));
    assert_eq!(shelf.library.record(gone.id).await.unwrap(), None);
    assert_eq!(shelf.search("gone").await, [""; 0]);
    assert_eq!(shelf.library.spent_since(Timestamp::UNIX_EPOCH).await.unwrap(), dollars(0.25));
}

#[tokio::test]
async fn a_move_that_a_crash_cut_short_is_finished_at_the_next_start() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 1).await;
    let sql = "UPDATE jobs SET deleted = 1, moving = 1";
    let cut_short = move |writer: &mut LibraryWriter| {
        writer.transact(|transaction, _| Ok(transaction.execute(sql, []).map(drop)?))
    };
    shelf.library.writer.run(cut_short).await.unwrap();
    let to = shelf.path().join("trash/2026/11");
    atomic_file::create_dir(&to).unwrap();
    // The power failed just after the first file was linked to its new name.
    std::fs::hard_link(&saved.images[0].path, to.join(saved.images[0].path.file_name().unwrap())).unwrap();
    let next = shelf.again();
    let trashed = next.record(saved.id).await.unwrap().unwrap();
    assert!(files(&trashed).iter().all(|file| file.is_file()));
    assert!(files(&saved).iter().all(|file| !file.exists()));
}

#[tokio::test]
async fn a_move_that_fails_changes_nothing() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 1).await;
    // A file blocks the path of a folder.
    atomic_file::write_new(&shelf.path().join("trash/2026"), b"").unwrap();
    let error = shelf.library.trash(saved.id).await.unwrap_err();
    assert!(matches!(error, LibraryError::File(_)), "{error}");
    assert_eq!(shelf.library.record(saved.id).await.unwrap().unwrap(), saved);
    assert!(files(&saved).iter().all(|file| file.is_file()));
}

#[tokio::test]
async fn marks_and_trash_of_a_running_job_persist_when_it_ends() {
    let shelf = TestLibrary::new();
    let done = saved(&shelf.library, "a cat", 1);
    shelf.library.begin(&Record { state: JobState::Queued, images: Vec::new(), ..done.clone() }).await.unwrap();
    shelf.library.set_favorite(done.id, true).await.unwrap();
    shelf.library.trash(done.id).await.unwrap();
    shelf.library.finish(&done).await.unwrap();
    let row = shelf.library.record(done.id).await.unwrap().unwrap();
    assert!(row.labels.favorite && row.deleted && files(&row).iter().all(|file| file.is_file()));
    assert!(sidecar::read(&sidecar::path_of(&row.images[0].path)).unwrap().labels.favorite);
}

#[tokio::test]
async fn a_restoration_onto_a_name_that_is_taken_names_it_and_changes_nothing() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 2).await;
    shelf.library.trash(saved.id).await.unwrap();
    let trashed = shelf.library.record(saved.id).await.unwrap().unwrap();
    let taken = &saved.images[1].path;
    atomic_file::write_new(taken, b"another image").unwrap();
    let error = shelf.library.restore(saved.id).await.unwrap_err();
    assert!(matches!(&error, LibraryError::Occupied { path, .. } if path == taken), "{error}");
    assert!(error.to_string().contains("already exists") && !error.to_string().contains("trash"), "{error}");
    assert_eq!(std::fs::read(taken).unwrap(), b"another image");
    assert_eq!(shelf.library.record(saved.id).await.unwrap().unwrap(), trashed);
    assert!(files(&trashed).iter().all(|file| file.is_file()));
    std::fs::remove_file(taken).unwrap();
    shelf.library.restore(saved.id).await.unwrap();
    assert!(files(&saved).iter().all(|file| file.is_file()));
}

#[tokio::test]
async fn an_unknown_id_is_an_error() {
    let shelf = TestLibrary::new();
    assert!(matches!(shelf.library.trash(Id::new()).await.unwrap_err(), LibraryError::NotFound(_)));
    assert!(matches!(shelf.library.set_favorite(Id::new(), true).await.unwrap_err(), LibraryError::NotFound(_)));
}

#[tokio::test]
async fn jobs_are_trashed_and_restored_together_and_one_that_is_gone_holds_up_no_other() {
    let shelf = TestLibrary::new();
    let mut jobs = Vec::new();
    for n in 0..20 {
        jobs.push(shelf.save(&format!("job {n}"), 1).await);
    }
    let gone = Id::new();
    // The id of an image stands for its job.
    let ids: Vec<Id> = std::iter::once(gone).chain(jobs.iter().map(|job| job.images[0].id)).collect();
    let failed = shelf.library.trash_all(ids.clone(), true).await.unwrap();
    assert!(matches!(failed.as_slice(), [(id, LibraryError::NotFound(_))] if *id == gone), "{failed:?}");
    assert_eq!((shelf.search("").await.len(), shelf.search("is:trashed").await.len()), (0, 20));
    assert_eq!(shelf.library.trash_all(ids, false).await.unwrap().len(), 1);
    assert!(
        shelf.library.page(Query::default(), 0, 99).await.unwrap().records.iter().all(|job| !job.images[0].missing)
    );
}
