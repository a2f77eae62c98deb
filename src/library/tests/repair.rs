use std::{fs, io::Write as _, path::PathBuf};

use super::*;

/// Three saved jobs, one marked and one in the trash, and a failed one, which has no sidecar.
async fn sample_library() -> (TestLibrary, Vec<Record>) {
    let shelf = TestLibrary::new();
    let plain = shelf.save("plain", 2).await;
    let marked = shelf.save("marked", 1).await;
    let trashed = shelf.save("trashed", 1).await;
    shelf.library.set_favorite(marked.id, true).await.unwrap();
    shelf.library.trash(trashed.id).await.unwrap();
    let mut rows = Vec::new();
    for record in [plain, marked, trashed] {
        rows.push(shelf.library.record(record.id).await.unwrap().unwrap());
    }
    let failed = Record { state: JobState::Failed, ..record("failed") };
    shelf.library.begin(&failed).await.unwrap();
    (shelf, rows)
}

async fn assert_same(library: &Library, rows: &[Record]) {
    for row in rows {
        assert_eq!(library.record(row.id).await.unwrap().as_ref(), Some(row));
    }
}

/// Closes the library so that its files can be changed directly. A clean close leaves one file.
async fn closed(shelf: TestLibrary) -> (TempDir, PathBuf) {
    shelf.library.close().await;
    let database = shelf.library.places().database();
    assert!(!names(shelf.path()).iter().any(|name| name.contains("-wal")));
    (shelf.dir, database)
}

fn names(dir: &Path) -> Vec<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_deleted_library_is_rebuilt_with_nothing_missing() {
    let (shelf, rows) = sample_library().await;
    let (dir, database) = closed(shelf).await;
    for tail in ["", "-wal", "-shm"] {
        atomic_file::remove(&PathBuf::from(format!("{}{tail}", database.display()))).unwrap();
    }
    let library = Library::open(dir.path()).unwrap();
    assert_same(&library, &rows).await;
    assert_eq!(library.notices().len(), 1);
    assert_eq!(library.page(Query::new("plai"), 0, 9).await.unwrap().total, 1);
    assert_eq!(library.rebuild().await.unwrap(), RebuildReport { found: 3, ..RebuildReport::default() });
    assert!(library.notices()[0].starts_with("the library was missing: restored 3 jobs"), "{:?}", library.notices());
    assert_eq!(library.spent_since(Timestamp::UNIX_EPOCH).await.unwrap(), dollars(0.375));
    assert!(Library::open(dir.path()).unwrap().notices().is_empty());
}

#[tokio::test]
async fn a_damaged_library_is_set_aside_and_rebuilt() {
    for damage in [0, 4096, 12_000] {
        let (shelf, rows) = sample_library().await;
        let (dir, database) = closed(shelf).await;
        let mut bytes = fs::read(&database).unwrap();
        let end = bytes.len().min(damage + 8000);
        bytes[damage..end].fill(0xa5);
        atomic_file::write(&database, &bytes).unwrap();
        let library = Library::open(dir.path()).unwrap();
        assert_same(&library, &rows).await;
        assert!(library.notices()[0].contains("damaged"), "{:?}", library.notices());
        let aside: Vec<String> = names(dir.path()).into_iter().filter(|name| name.contains(".broken-")).collect();
        // Its log may be next to it.
        let is_whole = |name: &&String| {
            name.starts_with("library.db.broken-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        };
        let whole = aside.iter().find(is_whole);
        let whole = whole.unwrap_or_else(|| panic!("{aside:?}"));
        assert_eq!(fs::read(dir.path().join(whole)).unwrap().len(), bytes.len());
    }
}

#[tokio::test]
async fn jobs_without_a_sidecar_are_salvaged_from_the_damaged_database() {
    let (shelf, rows) = sample_library().await;
    let open = Record { state: JobState::Sent, ..record("open") };
    shelf.library.begin(&open).await.unwrap();
    shelf.library.keep_ticket(open.id, &Ticket("r-1".into())).await.unwrap();
    let spent = shelf.library.spent_since(Timestamp::UNIX_EPOCH).await.unwrap();
    let root = |writer: &mut LibraryWriter| {
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'images'";
        Ok(writer.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize)
    };
    let root = shelf.library.writer.run(root).await.unwrap();
    let (dir, database) = closed(shelf).await;
    let mut bytes = fs::read(&database).unwrap();
    bytes[(root - 1) * 4096..root * 4096].fill(0xa5);
    atomic_file::write(&database, &bytes).unwrap();
    let library = Library::open(dir.path()).unwrap();
    assert!(
        library.notices().iter().any(|notice| notice.contains("2 jobs without an image")),
        "{:?}",
        library.notices()
    );
    assert_same(&library, &rows).await;
    assert_eq!(library.record(open.id).await.unwrap().unwrap().state, JobState::Sent);
    assert!(library.ticket(open.id).await.unwrap().is_some());
    assert_eq!(library.spent_since(Timestamp::UNIX_EPOCH).await.unwrap(), spent);
}

#[tokio::test]
async fn damage_that_is_met_later_is_repaired_at_the_next_start() {
    let (shelf, rows) = sample_library().await;
    shelf.fill(3000).await;
    let (dir, database) = closed(shelf).await;
    let mut bytes = fs::read(&database).unwrap();
    bytes[200 * 4096..300 * 4096].fill(0xa5);
    atomic_file::write(&database, &bytes).unwrap();
    let library = Library::open(dir.path()).unwrap();
    assert!(library.notices().is_empty());
    let mut met = None;
    for offset in (0..3000).step_by(100) {
        met = met.or(library.page(Query::default(), offset, 100).await.err());
    }
    assert!(matches!(met, Some(LibraryError::Damaged(_))), "{met:?}");
    library.close().await;
    let library = Library::open(dir.path()).unwrap();
    assert!(library.notices()[0].contains("damaged"), "{:?}", library.notices());
    assert_same(&library, &rows).await;
}

#[tokio::test]
async fn a_database_open_in_another_process_is_not_set_aside() {
    let (shelf, rows) = sample_library().await;
    let everything_into_one_file = |writer: &mut LibraryWriter| {
        writer.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        Ok(())
    };
    shelf.library.writer.run(everything_into_one_file).await.unwrap();
    let database = shelf.library.places().database();
    let mut file = fs::OpenOptions::new().write(true).open(&database).unwrap();
    file.write_all(&[0xa5; 100]).unwrap();
    let error = Library::open(shelf.path()).unwrap_err();
    assert!(matches!(error, LibraryError::Damaged(_)), "{error}");
    assert!(error.hint().unwrap().contains("close every Tintype"));
    shelf.library.close().await;
    let library = shelf.again();
    assert!(library.notices()[0].contains("damaged"), "{:?}", library.notices());
    assert_same(&library, &rows).await;
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_hides_no_other() {
    let shelf = TestLibrary::new();
    shelf.save("one", 0).await;
    let odd = shelf.save("odd", 0).await;
    shelf.save("two", 0).await;
    let spoil = move |writer: &mut LibraryWriter| {
        let sql = "UPDATE jobs SET facts = '{}' WHERE id = ?1";
        writer.transact(|transaction, _| Ok(transaction.execute(sql, [codec::id_hex(odd.id)]).map(drop)?))
    };
    shelf.library.writer.run(spoil).await.unwrap();
    let page = shelf.library.page(Query::default(), 0, 9).await.unwrap();
    assert_eq!(page.records.iter().map(|record| record.prompt.as_str()).collect::<Vec<_>>(), ["two", "one"]);
}

#[tokio::test]
async fn a_library_with_a_later_schema_is_rejected_and_unchanged() {
    let (shelf, _) = sample_library().await;
    let (dir, database) = closed(shelf).await;
    schema::writer(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Library::open(dir.path()).unwrap_err();
    assert!(matches!(error, LibraryError::SchemaTooNew { found: 99, .. }), "{error}");
    assert!(!names(dir.path()).iter().any(|name| name.contains("broken")));
}

#[tokio::test]
async fn a_hostile_sidecar_is_skipped_and_reaches_no_other_file() {
    let (shelf, rows) = sample_library().await;
    let sidecar = sidecar::path_of(&rows[1].images[0].path);
    let (dir, database) = closed(shelf).await;
    let good = fs::read_to_string(&sidecar).unwrap();
    let name = rows[1].images[0].path.file_name().unwrap().to_str().unwrap();
    let folder = sidecar.parent().unwrap();
    atomic_file::write(&folder.join("later.json"), good.replace("\"tintype\": 1", "\"tintype\": 2").as_bytes())
        .unwrap();
    atomic_file::write(&folder.join("escapes.json"), good.replace(name, "../../../library.db").as_bytes()).unwrap();
    atomic_file::write(&folder.join("torn.json"), &good.as_bytes()[..good.len() / 2]).unwrap();
    fs::remove_file(&database).unwrap();
    let library = Library::open(dir.path()).unwrap();
    assert_same(&library, &rows).await;
    assert_eq!(library.rebuild().await.unwrap().skipped.len(), 3);
    assert!(library.notices()[0].contains("3 records could not be read"), "{:?}", library.notices());
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    atomic_file::write_new(&file, b"").unwrap();
    let error = Library::open(&file.join("data")).unwrap_err();
    assert!(error.to_string().contains("file/data"), "{error}");
    assert!(error.hint().is_some());
}

#[cfg(unix)]
#[test]
fn the_library_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let _library = Library::open(&data).unwrap();
    let mode = |name: &str| fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("images"), mode("library.db"), mode("library.db-wal")), (0o700, 0o700, 0o600, 0o600));
}
