//! Sources of a run's prompts: a built-in pack, a file of the user, or stdin.
//! The caller chooses among them; `prompt_file` parses the files.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{
    compare::prompt_file::{self, PromptFileError},
    library::RunPrompt,
    suggest,
};

/// The maximum size of a prompt file in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The built-in packs by name; `packs/README.md` documents their origin.
const PACKS: [(&str, &str); 6] = [
    ("parti-24", include_str!("../../packs/parti-24.jsonl")),
    ("parti-60", include_str!("../../packs/parti-60.jsonl")),
    ("parti-120", include_str!("../../packs/parti-120.jsonl")),
    ("geneval-24", include_str!("../../packs/geneval-24.jsonl")),
    ("geneval-60", include_str!("../../packs/geneval-60.jsonl")),
    ("geneval-120", include_str!("../../packs/geneval-120.jsonl")),
];

/// A named list of prompts.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// The pack's name, or the file's without its folder.
    pub name: String,
    /// The prompts in the order of the file, at least one and without duplicates.
    pub topics: Vec<RunPrompt>,
}

/// The error of a pack that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("no such pack or file: `{0}`")]
    Unknown(String),
    #[error("cannot read `{0}`: {1}")]
    Unreadable(String, io::Error),
    #[error("`{0}` is larger than {max} MB", max = MAX_BYTES >> 20)]
    TooLarge(String),
    /// A part of the file is not a valid prompt.
    #[error("{place} of `{name}`: {what}")]
    Entry {
        name: String,
        /// The position of the faulty part, such as `line 3`.
        place: String,
        what: String,
        hint: String,
    },
    /// The file has no prompts.
    #[error("`{0}` has no prompts")]
    Empty(String),
}

impl PackError {
    /// Returns a hint about what to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown(name) => suggest::hint(name, Pack::names()),
            Self::Unreadable(..) => "check the path and its permissions".to_owned(),
            Self::TooLarge(_) => "split it into smaller files".to_owned(),
            Self::Entry { hint, .. } => hint.clone(),
            Self::Empty(_) => "add one prompt per line".to_owned(),
        }
    }
}

impl Pack {
    /// Returns the names of the built-in packs.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        PACKS.iter().map(|(name, _)| *name)
    }

    /// Opens the built-in pack of that name, else the file at that path.
    pub fn open(name: &Path) -> Result<Self, PackError> {
        let shown = name.display().to_string();
        if let Some((name, text)) = PACKS.iter().find(|(known, _)| *known == shown) {
            return Self::new(name, prompt_file::read(&format!("{name}.jsonl"), text.as_bytes()));
        }
        if !name.exists() {
            return Err(PackError::Unknown(shown));
        }
        let file = File::open(name).map_err(|error| PackError::Unreadable(shown, error))?;
        Self::read(&name.file_name().unwrap_or_default().to_string_lossy(), file)
    }

    /// Reads a pack from a file of that name, or from stdin.
    pub fn read(name: &str, input: impl Read) -> Result<Self, PackError> {
        let mut bytes = Vec::new();
        let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| PackError::Unreadable(name.to_owned(), error))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(PackError::TooLarge(name.to_owned()));
        }
        Self::new(name, prompt_file::read(name, &bytes))
    }

    /// Returns a single prompt from the command line as a list.
    pub fn single_prompt(prompt: &str) -> Vec<RunPrompt> {
        vec![RunPrompt { prompt: prompt.to_owned(), category: None, challenge: None }]
    }

    fn new(name: &str, prompts: Result<Vec<RunPrompt>, PromptFileError>) -> Result<Self, PackError> {
        let prompts = prompts.map_err(|PromptFileError { place, what, hint }| {
            let name = name.to_owned();
            PackError::Entry { name, place, what, hint }
        })?;
        let mut known = HashSet::new();
        let topics: Vec<RunPrompt> = prompts.into_iter().filter(|topic| known.insert(topic.prompt.clone())).collect();
        if topics.is_empty() {
            return Err(PackError::Empty(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), topics })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn built_in_packs_have_the_stated_size_and_balanced_categories() {
        for name in Pack::names() {
            let pack = Pack::open(Path::new(name)).unwrap();
            let size: usize = name.rsplit('-').next().unwrap().parse().unwrap();
            let mut categories: BTreeMap<&str, usize> = BTreeMap::new();
            pack.topics
                .iter()
                .for_each(|topic| *categories.entry(topic.category.as_deref().unwrap()).or_default() += 1);
            assert_eq!(pack.topics.len(), size, "{name}");
            assert!(categories.values().all(|count| count * categories.len() == size), "{name}: {categories:?}");
        }
    }

    #[test]
    fn larger_packs_contain_smaller_ones() {
        for kind in ["parti", "geneval"] {
            let [small, large] =
                ["24", "120"].map(|size| Pack::open(format!("{kind}-{size}").as_ref()).unwrap().topics);
            assert!(small.iter().all(|topic| large.contains(topic)), "{kind}");
        }
    }

    #[test]
    fn file_has_one_prompt_or_object_per_line() {
        let text = "# remark\n\na red kite\n{\"prompt\": \"a cat\", \"tag\": \"animals\"}\na red kite\n";
        let topics = Pack::read("mine", text.as_bytes()).unwrap().topics;
        assert_eq!(topics.iter().map(|topic| topic.prompt.as_str()).collect::<Vec<_>>(), ["a red kite", "a cat"]);
        assert_eq!(topics[1].category.as_deref(), Some("animals"));
        assert!(Pack::open(Path::new("parti-42")).unwrap_err().hint().contains("parti-24"));
        assert_eq!(Pack::read("mine", &b"# remark\n"[..]).unwrap_err().to_string(), "`mine` has no prompts");
    }
}
