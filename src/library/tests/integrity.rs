//! Damage and loss are detected, reported and repaired: flipped bits, a lost log, changed sidecars, money.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// Everything that the library shows, by subject.
type LibrarySnapshot = BTreeMap<String, String>;

async fn shown(library: &Library) -> Result<LibrarySnapshot, LibraryError> {
    let mut shown = LibrarySnapshot::new();
    let plain = Query::default();
    let queries = [
        ("all", plain.clone()),
        ("marked", Query::new("is:favorite")),
        ("trash", Query::new("is:trashed")),
        ("search", Query::new("plai")),
    ];
    for (name, query) in queries {
        let page = library.page(query, 0, 100).await?;
        let prompts: Vec<String> = page.records.iter().map(|record| record.prompt.clone()).collect();
        shown.insert(name.into(), format!("{} {prompts:?}", page.total));
        for record in page.records {
            let ticket = library.ticket(record.id).await?;
            shown.insert(format!("job {}", record.id), format!("{record:?} {ticket:?}"));
        }
    }
    let unfinished: Vec<Id> = library.unfinished().await?.iter().map(|record| record.id).collect();
    shown.insert("unfinished".into(), format!("{unfinished:?}"));
    shown.insert("prompts".into(), format!("{:?}", library.prompts(9).await?));
    shown.insert("spent".into(), format!("{:?}", library.spent_by_backend(Timestamp::UNIX_EPOCH).await?));
    shown.insert("runs".into(), format!("{:?}", library.runs().await?));
    shown.insert("ballots".into(), format!("{:?}", library.ballots().await?));
    Ok(shown)
}

fn without_images(prompt: &str, state: JobState) -> Record {
    Record { state, sent: Some(Timestamp::now()), ..record(prompt) }
}

/// Jobs of every kind, and spending without a job.
async fn sample_library() -> TestLibrary {
    let shelf = TestLibrary::new();
    shelf.save("plain", 2).await;
    let marked = shelf.save("marked plainly", 1).await;
    shelf.library.set_favorite(marked.id, true).await.unwrap();
    let trashed = shelf.save("trashed", 1).await;
    shelf.library.trash(trashed.id).await.unwrap();
    for (prompt, state) in
        [("failed", JobState::Failed), ("canceled", JobState::Cancelled), ("lost", JobState::Unknown)]
    {
        let ended = without_images(prompt, state);
        shelf.library.begin(&Record { state: JobState::Queued, ..ended.clone() }).await.unwrap();
        shelf.library.finish(&ended).await.unwrap();
    }
    let refused = without_images("never sent", JobState::Cancelled);
    shelf.library.begin(&Record { state: JobState::Queued, ..refused.clone() }).await.unwrap();
    shelf.library.finish_unsent(&refused).await.unwrap();
    for (held_back, came_to) in [(0.5, Some(0.03)), (0.25, None), (0.125, Some(0.0))] {
        let expense =
            Expense { id: Id::new(), at: Timestamp::now(), backend: "judge".into(), charge: dollars(held_back) };
        shelf.library.charge_within(&expense, Vec::new()).await.unwrap();
        if let Some(came_to) = came_to {
            shelf.library.settle_expense(expense.id, dollars(came_to)).await.unwrap();
        }
    }
    shelf
}

async fn closed(shelf: TestLibrary) -> (TempDir, PathBuf) {
    shelf.library.close().await;
    let database = shelf.library.places().database();
    (shelf.dir, database)
}

fn remove_database(dir: &Path) {
    for name in ["library.db", "library.db-wal", "library.db-shm"] {
        atomic_file::remove(&dir.join(name)).unwrap();
    }
}

fn copied(from: &Path, leave_out: &[&str]) -> TempDir {
    fn copy(from: &Path, to: &Path, leave_out: &[&str]) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let name = entry.file_name();
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &to.join(name), leave_out);
            } else if !leave_out.iter().any(|left| name == **left) {
                fs::copy(entry.path(), to.join(name)).unwrap();
            }
        }
    }
    let to = tempfile::tempdir().unwrap();
    copy(from, to.path(), leave_out);
    to
}

async fn spent(library: &Library) -> BTreeMap<String, Usd> {
    library.spent_by_backend(Timestamp::UNIX_EPOCH).await.unwrap()
}

/// The parts that sidecars, ballots and the ledger restore; paths do not matter.
fn told_by_files(shown: &LibrarySnapshot) -> LibrarySnapshot {
    let is_told = |(name, what): &(&String, &String)| what.contains("state: Saved") || *name == "spent";
    shown.iter().filter(is_told).map(|(a, b)| (a.clone(), b.clone())).collect()
}

#[tokio::test]
async fn every_flipped_bit_is_reported() {
    let (dir, database) = closed(sample_library().await).await;
    let marker = LibraryPaths::new(dir.path().to_owned()).commits();
    let (sound, commits) = (fs::read(&database).unwrap(), fs::read(&marker).unwrap());
    let library = Library::open(dir.path()).unwrap();
    let before = shown(&library).await.unwrap();
    library.close().await;
    let used: Vec<usize> = (0..sound.len()).filter(|index| sound[*index] != 0).collect();
    let mut random = fastrand::Rng::with_seed(1);
    let mut reported = 0;
    for round in 0..FLIPS {
        let byte = if round % 8 == 0 { random.usize(..sound.len()) } else { used[random.usize(..used.len())] };
        let bit = random.u8(..8);
        let mut bytes = sound.clone();
        bytes[byte] ^= 1 << bit;
        remove_database(dir.path());
        atomic_file::write(&database, &bytes).unwrap();
        atomic_file::write(&marker, &commits).unwrap();
        let place = format!("bit {bit} of byte {byte}");
        reported += u32::from(flipped(dir.path(), &before, &place).await);
    }
    assert!(reported > FLIPS / 4, "only {reported} of {FLIPS} were found");
}

const FLIPS: u32 = 300;

/// Opens a library with a flipped bit and returns whether that was reported.
async fn flipped(dir: &Path, before: &LibrarySnapshot, place: &str) -> bool {
    let library = match Library::open(dir) {
        Ok(library) => library,
        Err(error) => {
            assert!(error.hint().is_some(), "{place}: {error}");
            remove_database(dir);
            let library = Library::open(dir).unwrap();
            assert_eq!(told_by_files(&shown(&library).await.unwrap()), told_by_files(before), "{place}");
            library.close().await;
            return true;
        }
    };
    let now = shown(&library).await.unwrap_or_else(|error| panic!("{place}: {error}"));
    let is_said = !library.notices().is_empty();
    library.close().await;
    if is_said {
        assert_eq!(told_by_files(&now), told_by_files(before), "{place}");
        for (name, what) in now.iter().filter(|(name, _)| name.starts_with("job ")) {
            assert!(before.get(name) == Some(what) || what.contains("may be wrong"), "{place}: {name} {what}");
        }
        let aside = fs::read_dir(dir).unwrap().map(Result::unwrap).map(|entry| entry.path());
        aside
            .filter(|path| path.to_string_lossy().contains(".broken-"))
            .for_each(|path| atomic_file::remove(&path).unwrap());
    } else {
        assert_eq!(&now, before, "{place}");
    }
    is_said
}

#[tokio::test]
async fn a_lost_log_is_detected_and_repaired_including_spending() {
    let shelf = sample_library().await;
    let (before, money) = (shown(&shelf.library).await.unwrap(), spent(&shelf.library).await);
    let whole = copied(shelf.path(), &[]);
    let torn = copied(shelf.path(), &["library.db-wal", "library.db-shm"]);
    let (whole, library) = (Library::open(whole.path()).unwrap(), Library::open(torn.path()).unwrap());
    assert!(whole.notices().is_empty(), "{:?}", whole.notices());
    assert_eq!((shown(&whole).await.unwrap().len(), spent(&whole).await), (before.len(), money.clone()));
    assert!(library.notices()[0].contains("was missing its latest changes"), "{:?}", library.notices());
    assert_eq!(spent(&library).await, money);
    let now = shown(&library).await.unwrap();
    for part in ["marked", "trash", "search"] {
        assert_eq!(now[part], before[part]);
    }
    library.close().await;
    assert!(Library::open(torn.path()).unwrap().notices().is_empty());
}

#[tokio::test]
async fn a_log_that_is_lost_after_much_was_moved_into_the_database_is_noticed_too() {
    let shelf = sample_library().await;
    let moved = |writer: &mut LibraryWriter| {
        writer.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        Ok(())
    };
    shelf.library.writer.run(moved).await.unwrap();
    let marked = shelf.library.page(Query::new("is:favorite"), 0, 1).await.unwrap().records.remove(0);
    shelf.library.set_favorite(marked.id, false).await.unwrap();
    shelf.library.trash(marked.id).await.unwrap();
    let torn = copied(shelf.path(), &["library.db-wal", "library.db-shm"]);
    let library = Library::open(torn.path()).unwrap();
    assert!(library.notices()[0].contains("repaired 1 job"), "{:?}", library.notices());
    let now = library.record(marked.id).await.unwrap().unwrap();
    assert!(now.deleted && !now.labels.favorite && !now.images[0].missing);
    assert_eq!(library.page(Query::default(), 0, 9).await.unwrap().total, 5);
}

#[tokio::test]
async fn an_intact_library_opens_without_notices() {
    let shelf = sample_library().await;
    let early = copied(shelf.path(), &[]);
    let quiet = |library: &Library| assert!(library.notices().is_empty(), "{:?}", library.notices());
    for round in 0..8 {
        // Several processes write in turn, and some come and go.
        let other = shelf.again();
        quiet(&other);
        other.begin(&record(&format!("other {round}"))).await.unwrap();
        shelf.save("mine", 1).await;
        quiet(&shelf.again());
        if round % 2 == 0 {
            other.close().await;
        }
    }
    let again = Library::open(early.path()).unwrap();
    quiet(&again);
    again.close().await;
    let (dir, database) = closed(shelf).await;
    quiet(&Library::open(copied(dir.path(), &[]).path()).unwrap());
    // A library copied without its companion files, and one restored completely.
    quiet(&Library::open(copied(dir.path(), &["library.commits"]).path()).unwrap());
    let backup = copied(early.path(), &[]);
    for name in ["library.db", "library.commits"] {
        fs::copy(backup.path().join(name), dir.path().join(name)).unwrap();
    }
    drop(database);
    quiet(&Library::open(dir.path()).unwrap());
}

#[tokio::test]
async fn charges_without_an_image_survive_the_loss_of_the_database() {
    let shelf = sample_library().await;
    shelf.library.empty_trash().await.unwrap();
    let money = spent(&shelf.library).await;
    // A job in flight, recorded in its folder.
    let out = without_images("out", JobState::Sent);
    shelf.library.begin(&out).await.unwrap();
    let folder = shelf.library.places().job_dir(out.id);
    atomic_file::create_dir(&folder).unwrap();
    atomic_file::write(&folder.join(LibraryPaths::JOB), &serde_json::to_vec(&out).unwrap()).unwrap();
    let with_it = spent(&shelf.library).await;
    assert!(with_it != money && money["judge"] == dollars(0.28), "{money:?}");
    let (dir, _) = closed(shelf).await;
    remove_database(dir.path());
    let library = Library::open(dir.path()).unwrap();
    assert_eq!(spent(&library).await, with_it);
    assert_eq!(library.rebuild().await.unwrap().charges, 0);
    // A changed line counts nothing and is reported.
    library.close().await;
    remove_database(dir.path());
    let ledger =
        fs::read_dir(LibraryPaths::new(dir.path().to_owned()).ledger()).unwrap().next().unwrap().unwrap().path();
    let changed = fs::read_to_string(&ledger).unwrap().replacen("\"nanos\":", "\"nanos\":9", 1);
    atomic_file::write(&ledger, (changed + "{\"torn").as_bytes()).unwrap();
    let library = Library::open(dir.path()).unwrap();
    assert_eq!(library.rebuild().await.unwrap().skipped.len(), 2);
    let expense = Expense { id: Id::new(), at: Timestamp::now(), backend: "late".into(), charge: dollars(1.0) };
    library.charge_within(&expense, Vec::new()).await.unwrap();
    library.close().await;
    remove_database(dir.path());
    assert_eq!(spent(&Library::open(dir.path()).unwrap()).await["late"], dollars(1.0));
}

#[tokio::test]
async fn a_library_of_the_layout_before_checksums_is_taken_over_whole() {
    let shelf = sample_library().await;
    let before = shown(&shelf.library).await.unwrap();
    let (dir, database) = closed(shelf).await;
    let old = dir.path().join("old.db");
    let connection = rusqlite::Connection::open(&old).unwrap();
    let scripts = [include_str!("../migrations/0001_jobs.sql"), include_str!("../migrations/0002_ballots.sql")];
    connection.execute_batch(&scripts.concat()).unwrap();
    connection.execute("ATTACH ?1 AS present", [database.to_str().unwrap()]).unwrap();
    for (table, columns) in checksum::TABLES {
        // That layout had marks instead of labels.
        let (into, from) = (columns.replace("labels", "marked"), columns.replace("labels", "labels <> '{}'"));
        let sql = format!("INSERT INTO main.{table} ({into}) SELECT {from} FROM present.{table}");
        connection.execute(&sql, []).unwrap();
    }
    connection.execute_batch("DETACH present; PRAGMA user_version = 2;").unwrap();
    drop(connection);
    remove_database(dir.path());
    fs::rename(&old, &database).unwrap();
    atomic_file::remove(&dir.path().join("ledger")).unwrap();
    atomic_file::remove(&dir.path().join("library.commits")).unwrap();
    let library = Library::open(dir.path()).unwrap();
    assert!(library.notices().is_empty(), "{:?}", library.notices());
    assert_eq!(shown(&library).await.unwrap(), before);
    assert_eq!(library.check().await.unwrap(), Vec::<String>::new());
    // From now on, its spending is in the ledger.
    library.close().await;
    remove_database(dir.path());
    let library = Library::open(dir.path()).unwrap();
    assert_eq!(shown(&library).await.unwrap()["spent"], before["spent"]);
}

#[tokio::test]
async fn an_intact_sidecar_corrects_the_row_and_a_changed_one_is_written_again() {
    let shelf = TestLibrary::new();
    let (one, two) = (shelf.save("one", 2).await, shelf.save("two", 1).await);
    let wrong = {
        let id = codec::id_hex(one.id);
        move |writer: &mut LibraryWriter| {
            let sql = "UPDATE jobs SET prompt = 'wrong', facts = replace(facts, '\"one\"', '\"wrong\"') WHERE id = ?1";
            writer.transact(|transaction, _| Ok(transaction.execute(sql, [id]).map(drop)?))
        }
    };
    shelf.library.writer.run(wrong).await.unwrap();
    let sidecar = sidecar::path_of(&two.images[0].path);
    let good = fs::read_to_string(&sidecar).unwrap();
    atomic_file::write(&sidecar, good.replace("\"two\"", "\"twp\"").as_bytes()).unwrap();
    let rebuilt = shelf.library.rebuild().await.unwrap();
    assert_eq!((rebuilt.repaired, rebuilt.skipped.len(), rebuilt.added), (1, 1, 0), "{rebuilt:?}");
    assert_eq!(shelf.library.record(one.id).await.unwrap().unwrap(), one);
    assert_eq!(shelf.library.record(two.id).await.unwrap().unwrap(), two);
    assert_eq!(fs::read_to_string(&sidecar).unwrap(), good);
    assert_eq!((shelf.search("wrong").await.len(), shelf.search("one").await.len()), (0, 1));
    let again = shelf.library.rebuild().await.unwrap();
    assert_eq!(again, RebuildReport { found: 2, ..RebuildReport::default() });
    assert_eq!(shelf.library.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn no_flipped_bit_of_a_sidecar_changes_a_sound_row() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 1).await;
    let sidecar = sidecar::path_of(&saved.images[0].path);
    let good = fs::read(&sidecar).unwrap();
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..100 {
        let mut bytes = good.clone();
        bytes[random.usize(..good.len())] ^= 1 << random.u8(..8);
        atomic_file::write(&sidecar, &bytes).unwrap();
        let rebuilt = shelf.library.rebuild().await.unwrap();
        assert_eq!(shelf.library.record(saved.id).await.unwrap().unwrap(), saved);
        assert_eq!((rebuilt.added, rebuilt.repaired), (0, 0), "{rebuilt:?}");
        assert_eq!(shelf.library.page(Query::default(), 0, 9).await.unwrap().total, 1);
    }
}

#[tokio::test]
async fn a_damaged_row_of_a_large_library_is_reported_when_met_and_mended_by_its_sidecar() {
    let shelf = TestLibrary::new();
    let (old, new) = (shelf.save("an old one", 1).await, shelf.save("a new one", 1).await);
    shelf.fill(3000).await;
    let age = {
        let id = codec::id_hex(old.id);
        move |writer: &mut LibraryWriter| {
            writer.transact(|transaction, _| {
                transaction.execute("UPDATE jobs SET checksum = checksum + 1 WHERE id = ?1", [id])?;
                Ok(())
            })
        }
    };
    shelf.library.writer.run(age).await.unwrap();
    let error = shelf.library.record(old.id).await.unwrap_err();
    assert!(matches!(error, LibraryError::Damaged(_)) && error.hint().is_some(), "{error}");
    let error = shelf.library.set_favorite(old.id, true).await.unwrap_err();
    assert!(matches!(error, LibraryError::Damaged(_)), "{error}");
    let faults = shelf.library.check().await.unwrap();
    assert_eq!(faults, ["damaged rows in jobs: 1"]);
    let rebuilt = shelf.library.rebuild().await.unwrap();
    assert_eq!((rebuilt.repaired, rebuilt.added), (1, 0), "{rebuilt:?}");
    assert_eq!(shelf.library.record(old.id).await.unwrap().unwrap(), old);
    assert_eq!(shelf.library.record(new.id).await.unwrap().unwrap(), new);
    assert_eq!(shelf.library.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_image_whose_file_is_gone_is_marked_named_and_kept_by_a_rebuild() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a cat", 2).await;
    let gone = saved.images[0].path.clone();
    fs::remove_file(&gone).unwrap();
    let now = shelf.library.record(saved.id).await.unwrap().unwrap();
    assert_eq!(now.images.iter().map(|image| image.missing).collect::<Vec<_>>(), [true, false]);
    let row = serde_json::to_value(HistoryRow::from(&now)).unwrap();
    assert_eq!((&row["images"][0]["missing"], &row["images"][1].get("missing")), (&true.into(), &None));
    assert_eq!(shelf.library.missing_files().await.unwrap(), std::slice::from_ref(&gone));
    let (dir, _) = closed(shelf).await;
    remove_database(dir.path());
    let library = Library::open(dir.path()).unwrap();
    assert_eq!(library.record(saved.id).await.unwrap().unwrap(), now);
    assert_eq!(library.rebuild().await.unwrap().missing, [gone]);
}
