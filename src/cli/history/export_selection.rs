//! Images that `tintype history export` selects: by ids, or by a query in the search language.

use std::{collections::HashSet, path::PathBuf};

use crate::{
    cli::{context::CliContext, failure::Failure},
    engine::export_items,
    export::ExportItem,
    id::Id,
    library::{Library, LibraryError, Query, Record, ResolvedId},
};

/// Number of digits from which a word can only be an id. A shorter one may be a word of the prompt, such as `face`.
const ID_DIGITS: usize = 8;

/// Selected images.
#[derive(Debug)]
pub(super) struct Selection {
    /// Images, each once; there is at least one.
    pub(super) items: Vec<ExportItem>,
    /// Set if the words can select several images, even if they happen to select one.
    pub(super) is_many: bool,
}

/// Selects images by ids if every word is an id, else by one query of all words.
pub(super) fn select(words: &[String], session: &mut CliContext) -> Result<Selection, Failure> {
    let Some(library) = session.existing_library()? else {
        return Err(LibraryError::NotFound(words.join(" ")).into());
    };
    let mut selector = Selector { library, seen: HashSet::new(), items: Vec::new() };
    let selected = session.block_on(async { selector.select(words).await.map(|found| (found, selector.items)) })?;
    let (found, items) = selected?;
    if items.is_empty() {
        return Err(nothing_selected(words, found.as_deref()));
    }
    Ok(Selection { is_many: found.is_none() || items.len() > 1, items })
}

fn nothing_selected(words: &[String], found: Option<&[ResolvedId]>) -> Failure {
    match found.and_then(<[_]>::first) {
        Some(first) => Failure::usage(format!("`{}` has no image", first.record.id.short()))
            .with_hint("see `tintype history show`"),
        None => Failure::usage(format!("no image matches `{}`", words.join(" ")))
            .with_hint("run `tintype history` to list the ids and prompts"),
    }
}

struct Selector {
    library: Library,
    seen: HashSet<PathBuf>,
    items: Vec<ExportItem>,
}

impl Selector {
    /// Selects the images and returns what the ids resolved to, or `None` if the words are a query.
    async fn select(&mut self, words: &[String]) -> Result<Option<Vec<ResolvedId>>, LibraryError> {
        let found = self.resolve(words).await?;
        match &found {
            None => self.add_matches(&words.join(" ")).await?,
            Some(found) => {
                for ResolvedId { record, image } in found {
                    self.add(record, *image).await?;
                }
            }
        }
        Ok(found)
    }

    /// Resolves words that are all ids. Returns `None` if they are a query.
    async fn resolve(&self, words: &[String]) -> Result<Option<Vec<ResolvedId>>, LibraryError> {
        let mut found = Vec::new();
        for word in words {
            match self.library.find(word).await {
                Ok(id) => found.push(id),
                Err(LibraryError::NotAnId(_)) => return Ok(None),
                Err(LibraryError::NotFound(_)) if word.len() < ID_DIGITS => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(found))
    }

    async fn add_matches(&mut self, text: &str) -> Result<(), LibraryError> {
        // Pages could shift while another process changes the library.
        for job in self.library.matching_jobs(Query::new(text)).await? {
            if let Some(record) = self.library.record(job).await? {
                self.add(&record, None).await?;
            }
        }
        Ok(())
    }

    /// Adds the image with this id, or all images of the job.
    async fn add(&mut self, record: &Record, image: Option<Id>) -> Result<(), LibraryError> {
        let items = export_items(&self.library, record, image).await?;
        self.items.extend(items.into_iter().filter(|item| self.seen.insert(item.path.clone())));
        Ok(())
    }
}
