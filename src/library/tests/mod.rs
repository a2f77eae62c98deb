//! Tests of the library against real files: history, trash, search and repair.

mod comparisons;
mod history;
#[cfg(unix)]
mod hostile;
mod integrity;
mod labels;
mod repair;
mod search;
mod trash;

use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;
use tintype_backends::{Cost, CostBasis, Estimate, Format, ProviderIds, Settings, Usd};

use super::*;
use crate::atomic_file;

/// A library in a temporary directory.
struct TestLibrary {
    dir: TempDir,
    library: Library,
}

impl TestLibrary {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let library = Library::open(dir.path()).unwrap();
        Self { dir, library }
    }

    /// Opens another handle on the same directory, as another process would.
    fn again(&self) -> Library {
        Library::open(self.dir.path()).unwrap()
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Saves a job with that many images, including their files.
    async fn save(&self, prompt: &str, images: usize) -> Record {
        let record = saved(&self.library, prompt, images);
        self.library.begin(&Record { state: JobState::Queued, images: Vec::new(), ..record.clone() }).await.unwrap();
        self.library.finish(&record).await.unwrap();
        record
    }

    /// Adds rows without files, the fast way; `picture 1` is the oldest.
    async fn fill(&self, rows: u64) {
        let template = codec::record_json(&Record {
            id: "01890000-0000-7000-8000-0000000000ff".parse().unwrap(),
            ..record("PROMPT")
        })
        .unwrap();
        let work = move |writer: &mut LibraryWriter| {
            writer.transact(|transaction, _| {
                let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
                           rows AS (SELECT i, printf('0189000000007000800000%010x', i) id,
                                           'picture ' || i || ' of a cat' prompt FROM n)
                           INSERT INTO jobs (key, id, backend, model, prompt, state, deleted, facts)
                           SELECT i, id, 'pen', 'pen-1', prompt, 'saved', 0,
                                  replace(replace(?2, 'PROMPT', prompt),
                                          '01890000-0000-7000-8000-0000000000ff', id) FROM rows";
                Ok(transaction.execute(sql, (rows.cast_signed(), template)).map(drop)?)
            })
        };
        self.library.writer.run(work).await.unwrap();
    }

    async fn prompts(&self, query: Query) -> Vec<String> {
        let page = self.library.page(query, 0, 100).await.unwrap();
        assert_eq!(page.total, page.records.len() as u64);
        page.records.into_iter().map(|record| record.prompt).collect()
    }

    async fn search(&self, text: &str) -> Vec<String> {
        self.prompts(Query::new(text)).await
    }
}

fn record(prompt: &str) -> Record {
    Record {
        id: Id::new(),
        parent: None,
        created: Timestamp::now(),
        sent: None,
        backend: "pen".into(),
        kind: "pen".into(),
        model: "pen-1".into(),
        prompt: prompt.into(),
        settings: Settings::from([("size".into(), "64x64".into()), ("seed".into(), 7.into())]),
        count: 1,
        state: JobState::Queued,
        error: None,
        estimate: Estimate { usd: Some(dollars(0.25)), prices_as_of: Some("2026-11-01".into()), ..Estimate::default() },
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

/// Returns a finished job whose image files exist, each with an SVG source.
fn saved(library: &Library, prompt: &str, images: usize) -> Record {
    let mut record = record(prompt);
    record.state = JobState::Saved;
    record.cost = Some(Cost { usd: dollars(0.125), basis: CostBasis::Stated });
    record.seconds = Some(1.5);
    record.notes.push("a note".into());
    record.continuation = Some(serde_json::json!({"response": "r-1"}));
    let folder = library.places().images().join("2026/11");
    atomic_file::create_dir(&folder).unwrap();
    for _ in 0..images {
        let id = Id::new();
        let path = folder.join(format!("picture-{}.png", id.short()));
        let svg = path.with_extension("svg");
        atomic_file::write_new(&path, b"png").unwrap();
        atomic_file::write_new(&svg, b"<svg/>").unwrap();
        let image = ImageRecord {
            id,
            path,
            width: 64,
            height: 48,
            format: Format::Png,
            bytes: 3,
            sha256: "abc".into(),
            svg: Some(svg),
            missing: false,
        };
        record.images.push(image);
    }
    record
}

fn dollars(amount: f64) -> Usd {
    Usd::from_dollars(amount)
}
