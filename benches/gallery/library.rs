//! Figures of the library below the gallery: a search, labels of many jobs, a rebuild.

use std::{
    fs,
    time::{Duration, Instant},
};

use tintype::{
    id::Id,
    library::{LabelChange, Library, Query, Record},
};
use tokio::runtime::Runtime;

use crate::{
    figure::{Figure, milliseconds},
    history::LongHistory,
};

/// Gives the newest jobs an image file each: a link to the one that was generated, under another name and checksum, so
/// that each is decoded by itself.
pub(crate) fn give_images_their_own_files(shelf: &LongHistory, count: usize) {
    let runtime = Runtime::new().unwrap();
    let library = shelf.library();
    let records = newest(&runtime, &library, count);
    let source = records[0].images[0].path.clone();
    let mut copies = Vec::new();
    for (number, record) in records.into_iter().enumerate() {
        let mut record = Record { id: Id::new(), ..record };
        let path = source.with_file_name(format!("image-{number}.png"));
        fs::hard_link(&source, &path).unwrap();
        let image = &mut record.images[0];
        (image.id, image.path, image.svg, image.sha256) = (Id::new(), path, None, format!("{number:064x}"));
        copies.push(record);
    }
    runtime.block_on(library.import(copies)).unwrap();
    runtime.block_on(library.close());
}

fn newest(runtime: &Runtime, library: &Library, count: usize) -> Vec<Record> {
    let mut records = Vec::new();
    while records.len() < count {
        let page = library.page(Query::default(), records.len() as u64, 1000);
        records.extend(runtime.block_on(page).unwrap().records);
    }
    records.truncate(count);
    records
}

pub(crate) fn figures(shelf: &LongHistory) -> Vec<Figure> {
    let runtime = Runtime::new().unwrap();
    let library = shelf.library();
    let ids: Vec<Id> = newest(&runtime, &library, 10_000).iter().map(|record| record.id).collect();
    let mut figures = vec![search(&runtime, &library, "state:saved -sunset", "many")];
    figures.push(search(&runtime, &library, "fox snow size:>=512", "a few thousand"));
    figures.push(search(&runtime, &library, "lighthose", "a typo"));
    let start = Instant::now();
    let change = LabelChange::parse_tags(["animal"]).unwrap();
    runtime.block_on(library.change_labels(ids, change)).unwrap();
    figures.push(Figure::new("10,000 jobs tagged, in one transaction", "< 2 s", milliseconds(start.elapsed())));
    let start = Instant::now();
    runtime.block_on(library.write_pending_sidecars());
    figures.push(Figure::new("10,000 sidecars after that, in the background", "", milliseconds(start.elapsed())));
    figures.push(search(&runtime, &library, "tag:animal sort:rating", "10,000"));
    let start = Instant::now();
    runtime.block_on(library.rebuild()).unwrap();
    figures.push(Figure::new("rebuild from 10,000 sidecars", "< 3 s", milliseconds(start.elapsed())));
    runtime.block_on(library.close());
    figures
}

/// Measures a search that is not cached: each time another word is excluded that no job has.
fn search(runtime: &Runtime, library: &Library, query: &str, matches: &str) -> Figure {
    let mut total = 0;
    let mut times: Vec<Duration> = (0..20)
        .map(|turn| {
            let query = Query::new(format!("{query} -nothing{turn}"));
            let start = Instant::now();
            total = runtime.block_on(library.page(query, 0, 100)).unwrap().total;
            start.elapsed()
        })
        .collect();
    Figure::of_times(format!("search `{query}`: {matches}, {total} found"), "< 50 ms", &mut times)
}
