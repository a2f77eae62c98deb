//! A data directory from an attacker: its contents are data and must not cause waiting, unbounded reads, or access to
//! files elsewhere.

use std::{fs, os::unix::fs::symlink, process::Command};

use super::*;

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A directory outside the library with a file that must stay unchanged.
fn elsewhere() -> (TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("precious");
    atomic_file::write(&file, b"precious").unwrap();
    (dir, file)
}

#[tokio::test]
async fn invalid_sidecars_and_ballots_are_skipped() {
    let shelf = TestLibrary::new();
    let kept = shelf.save("a cat", 1).await;
    let folder = shelf.path().join("images/2026/11");
    atomic_file::create_dir(&shelf.path().join("ballots")).unwrap();
    pipe(&folder.join("pipe.json"));
    pipe(&shelf.path().join("ballots/pipe.json"));
    symlink("/dev/zero", folder.join("endless.json")).unwrap();
    symlink("/dev/zero", shelf.path().join("ballots/endless.json")).unwrap();
    fs::File::create(folder.join("huge.json")).unwrap().set_len(10 << 30).unwrap();
    let rebuilt = shelf.library.rebuild().await.unwrap();
    assert_eq!((rebuilt.found, rebuilt.skipped.len()), (1, 5), "{:?}", rebuilt.skipped);
    assert_eq!(shelf.library.record(kept.id).await.unwrap().unwrap(), kept);
}

#[test]
fn a_pipe_or_link_in_place_of_the_database_or_a_lock_is_rejected_without_blocking() {
    for name in [
        "library.db",
        "library.db-wal",
        "library.db-shm",
        "library.db-journal",
        "library.lock",
        "library.users",
        "library.commits",
    ] {
        let dir = tempfile::tempdir().unwrap();
        pipe(&dir.path().join(name));
        let error = Library::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains(name) && error.hint().is_some(), "{error}");
        fs::remove_file(dir.path().join(name)).unwrap();
        let (_outside, file) = elsewhere();
        symlink(&file, dir.path().join(name)).unwrap();
        let error = Library::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"precious", "{name}");
    }
}

#[test]
fn a_library_folder_that_is_a_link_is_rejected_and_its_target_unchanged() {
    for name in ["images", "trash", "spool", "ballots", "ledger"] {
        let dir = tempfile::tempdir().unwrap();
        let (outside, file) = elsewhere();
        fs::create_dir(outside.path().join(Id::new().to_string())).unwrap();
        symlink(outside.path(), dir.path().join(name)).unwrap();
        let error = Library::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains("it is a link, not a directory"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"precious");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2);
    }
}

#[tokio::test]
async fn a_linked_subfolder_is_never_moved_or_deleted_through() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 1).await;
    let (outside, _) = elsewhere();
    symlink(outside.path(), shelf.path().join("trash/2026")).unwrap();
    shelf.library.trash(saved.id).await.unwrap_err();
    assert_eq!(shelf.library.record(saved.id).await.unwrap().unwrap(), saved);
    assert!(saved.images[0].path.is_file());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_sidecar_that_is_a_link_is_replaced_and_not_written_through() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 1).await;
    let sidecar = sidecar::path_of(&saved.images[0].path);
    let (_outside, file) = elsewhere();
    fs::remove_file(&sidecar).unwrap();
    symlink(&file, &sidecar).unwrap();
    shelf.library.set_favorite(saved.id, true).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    assert!(sidecar::read(&sidecar).unwrap().labels.favorite);
}

#[tokio::test]
async fn a_row_that_names_a_file_outside_of_the_library_reaches_none() {
    for name in ["../../precious", "/etc/passwd", "", "2026/../../x"] {
        let shelf = TestLibrary::new();
        let saved = shelf.save("a cat", 1).await;
        let forge = move |writer: &mut LibraryWriter| {
            writer
                .transact(|transaction, _| Ok(transaction.execute("UPDATE images SET name = ?1", [name]).map(drop)?))
        };
        shelf.library.writer.run(forge).await.unwrap();
        assert!(shelf.library.record(saved.id).await.is_err(), "{name}");
        assert!(shelf.library.trash(saved.id).await.is_err(), "{name}");
        assert!(shelf.library.page(Query::default(), 0, 9).await.unwrap().records.is_empty(), "{name}");
    }
}
