//! Two processes on one library: each pair of operations, in every order of their steps, and with one process killed at
//! each of its steps. No image is lost, row and files agree at the end, and no error is false.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::TempDir;
use tintype_backends::{Estimate, Format, Image, ProviderIds};

use super::super::*;
use crate::{
    engine::staging,
    interleaving::scheduler::{Schedule, ScheduleOutcome, run_schedule},
    library::{Inputs, Labels, LibraryError},
};

/// An operation of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LibraryOperation {
    Delete,
    Restore,
    Empty,
    Mark,
    Rebuild,
    /// Save what is staged, as a running job and recovery do.
    Publish,
    /// Open the library and do nothing else.
    Open,
}

/// The state of the library beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LibraryScenario {
    /// The job is saved.
    Saved,
    /// The job is in the trash.
    Trashed,
    /// The images of the job are staged in the spool.
    Staged,
    /// The files of the job exist, but its row does not.
    Lost,
    /// The same, with the files in the trash.
    LostInTrash,
}

use LibraryOperation::{Delete, Empty, Mark, Open, Publish, Rebuild, Restore};
use LibraryScenario::{Lost, LostInTrash, Saved, Staged, Trashed};

/// All pairs, in every scene in which both operate on the same files.
const PAIRS: &[(LibraryScenario, LibraryOperation, &[LibraryOperation])] = &[
    (Saved, Delete, &[Delete, Restore, Empty, Mark, Rebuild, Open]),
    (Saved, Mark, &[Mark, Rebuild]),
    (Trashed, Restore, &[Delete, Restore, Empty, Mark, Rebuild, Open]),
    (Trashed, Empty, &[Delete, Empty, Mark, Rebuild, Open]),
    (Staged, Publish, &[Publish, Delete, Empty, Mark, Rebuild, Open]),
    (Lost, Rebuild, &[Rebuild, Delete, Empty, Mark, Open]),
    (LostInTrash, Rebuild, &[Rebuild, Restore, Empty, Open]),
];

/// A data directory to copy, and the job in it.
struct LibraryTemplate {
    dir: TempDir,
    job: Id,
    image: Vec<u8>,
}

/// Returns a folder in memory where the system has one, because thousands of libraries are written.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

pub(super) fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixel = image::RgbaImage::from_pixel(1, 1, image::Rgba([1, 2, 3, 255]));
    pixel.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

pub(super) fn draft() -> Record {
    Record {
        id: Id::new(),
        parent: None,
        created: Timestamp::now(),
        sent: None,
        backend: "pen".into(),
        kind: "pen".into(),
        model: "pen-1".into(),
        prompt: "a cat".into(),
        settings: Settings::new(),
        count: 1,
        state: JobState::Sent,
        error: None,
        estimate: Estimate::default(),
        cost: None,
        usage: None,
        seconds: None,
        effective: Settings::new(),
        revised_prompt: None,
        ids: ProviderIds::default(),
        continuation: None,
        validity: None,
        directed: None,
        inputs: Inputs::default(),
        notes: Vec::new(),
        labels: Labels::default(),
        deleted: false,
        images: Vec::new(),
    }
}

impl LibraryTemplate {
    fn new(scene: LibraryScenario) -> Self {
        let (dir, record, image) = (folder(), draft(), png());
        let library = Library::open(dir.path()).unwrap();
        wait(library.begin(&record)).unwrap();
        let scratch = JobDir::claim(library.places(), record.id).unwrap().unwrap();
        let delivered =
            Image { bytes: Bytes::from(image.clone()), format: Format::Png, svg: Some("<svg/>".into()), file: None };
        staging::stage(scratch.path(), record.clone(), &[delivered]).unwrap();
        scratch.release();
        if scene != Staged {
            publish(&library, record.id);
        }
        if matches!(scene, Trashed | LostInTrash) {
            wait(library.trash(record.id)).unwrap();
        }
        wait(library.close());
        if matches!(scene, Lost | LostInTrash) {
            let database = rusqlite::Connection::open(dir.path().join("library.db")).unwrap();
            database.execute_batch("PRAGMA foreign_keys = on; DELETE FROM jobs").unwrap();
        }
        Self { dir, job: record.id, image }
    }

    fn copy(&self) -> TempDir {
        let dir = folder();
        copy(self.dir.path(), dir.path());
        dir
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Saves what is staged, unless another process holds the job or has saved it.
fn publish(library: &Library, job: Id) {
    let Some(scratch) = JobDir::claim(library.places(), job).unwrap() else { return };
    let known = wait(library.record(job)).unwrap();
    let staged =
        staging::staged(scratch.path(), job).filter(|_| known.is_none_or(|known| known.state != JobState::Saved));
    let Some(staged) = staged else { return scratch.remove_if_empty() };
    let record = staging::publish(library.places(), scratch.path(), staged).unwrap();
    wait(library.finish(&record)).unwrap();
    scratch.remove();
}

fn act(deed: LibraryOperation, library: Option<Library>, data: &Path, job: Id) -> Result<(), LibraryError> {
    let Some(library) = library else { return Library::open(data).map(|library| wait(library.close())) };
    let done = match deed {
        Delete => wait(library.trash(job)),
        Restore => wait(library.restore(job)),
        Empty => wait(library.empty_trash()).map(drop),
        Mark => wait(library.set_favorite(job, true)),
        Rebuild => wait(library.rebuild()).map(drop),
        Publish => {
            publish(&library, job);
            Ok(())
        }
        Open => Ok(()),
    };
    wait(library.close());
    done
}

/// Runs a pair once and checks the result.
fn run(
    template: &LibraryTemplate,
    pair: (LibraryScenario, [LibraryOperation; 2]),
    script: Schedule,
) -> ScheduleOutcome<Result<(), LibraryError>> {
    let (scene, deeds) = pair;
    let dir = template.copy();
    let prepare = |actor: usize| (deeds[actor] != Open).then(|| Library::open(dir.path()).unwrap());
    let play = |actor: usize, library| act(deeds[actor], library, dir.path(), template.job);
    let performance = run_schedule(script, prepare, play);
    let told = format!("{scene:?} {deeds:?} {:?} {:?}", performance.script, performance.answers);
    let can_be_gone = deeds.contains(&Empty);
    for answer in performance.answers.iter().flatten() {
        let is_true = match answer {
            Ok(()) => true,
            Err(LibraryError::NotFound(_)) => can_be_gone || matches!(scene, Lost | LostInTrash),
            Err(_) => false,
        };
        assert!(is_true, "{told}");
    }
    look(template, pair, dir.path(), &performance.answers, &told);
    performance
}

/// Opens the library again, recovers it, and compares row and files.
fn look(
    template: &LibraryTemplate,
    (scene, deeds): (LibraryScenario, [LibraryOperation; 2]),
    data: &Path,
    answers: &[Option<Result<(), LibraryError>>; 2],
    told: &str,
) {
    let library = Library::open(data).unwrap();
    assert!(library.notices().iter().all(|notice| notice.contains("rebuilt")), "{told} {:?}", library.notices());
    if scene == Staged {
        publish(&library, template.job);
    }
    if matches!(scene, Lost | LostInTrash) {
        wait(library.rebuild()).unwrap();
    }
    let record = wait(library.record(template.job)).unwrap();
    wait(library.close());
    let images = files(&data.join("images"));
    let trashed = files(&data.join("trash"));
    let Some(record) = record else {
        let was_in_trash = matches!(scene, Trashed | LostInTrash) || deeds.contains(&Delete);
        assert!(deeds.contains(&Empty) && was_in_trash, "gone: {told}");
        assert!(images.is_empty() && trashed.is_empty(), "left: {images:?} {trashed:?} {told}");
        return;
    };
    assert_eq!((record.state, record.images.len()), (JobState::Saved, 1), "{told}");
    let (shelf, other) = if record.deleted { (trashed, images) } else { (images, trashed) };
    assert_eq!((shelf.len(), other.len()), (3, 0), "{shelf:?} {other:?} {told}");
    assert_eq!(fs::read(&record.images[0].path).unwrap(), template.image, "{told}");
    assert!(record.images[0].svg.as_ref().unwrap().is_file(), "{told}");
    let done = |deed| deeds.iter().zip(answers).any(|(did, answer)| *did == deed && matches!(answer, Some(Ok(()))));
    assert!(!done(Mark) || record.labels.favorite, "{told}");
    assert!(!done(Delete) || deeds.contains(&Restore) || record.deleted, "{told}");
    assert!(!done(Restore) || deeds.contains(&Delete) || !record.deleted, "{told}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

fn pairs() -> Vec<(LibraryScenario, [LibraryOperation; 2])> {
    let each = |(scene, deed, others): &(LibraryScenario, LibraryOperation, &[LibraryOperation])| {
        let (scene, deed) = (*scene, *deed);
        others.iter().map(move |other| (scene, [deed, *other])).collect::<Vec<_>>()
    };
    PAIRS.iter().flat_map(each).collect()
}

/// Runs every order of every pair in these scenes; returns their number.
fn every_order(scenes: &[LibraryScenario]) -> usize {
    let mut orders = 0;
    for pair in pairs().into_iter().filter(|(scene, _)| scenes.contains(scene)) {
        let template = LibraryTemplate::new(pair.0);
        let mut script = Some(Schedule::in_locks_only(!pair.1.contains(&Publish)));
        while let Some(next) = script {
            orders += 1;
            script = run(&template, pair, next).script.next();
        }
    }
    orders
}

#[test]
fn two_processes_lose_no_image_in_any_order_of_steps() {
    let orders = every_order(&[Saved, Trashed, Lost, LostInTrash]);
    assert!(orders > 500, "only {orders} orders");
}

#[test]
fn saving_beside_another_process_loses_no_image_in_any_order_of_steps() {
    let orders = every_order(&[Staged]);
    assert!(orders > 500, "only {orders} orders");
}

#[test]
fn killing_a_process_at_any_step_loses_no_image() {
    let mut kills = 0;
    for (scene, [one, other]) in pairs() {
        let template = LibraryTemplate::new(scene);
        for deeds in [[one, other], [other, one]] {
            let pair = (scene, deeds);
            let steps = run(&template, pair, Schedule::default()).steps;
            for first in 0..steps[0] {
                for others in [0, steps[1] / 2] {
                    kills += 1;
                    run(&template, pair, Schedule::killing_first_after(first, others));
                }
            }
        }
    }
    assert!(kills > 100, "only {kills} kills");
}
