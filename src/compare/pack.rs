//! Where the prompts of a run come from: a pack that is shipped, or a file of the user's.
//! What is drawn of them is not decided here.

use std::path::Path;

use serde::Deserialize;

use crate::{compare::Topic, nearest};

/// The packs that are shipped, by name; `packs/README.md` says where they come from.
const PACKS: [(&str, &str); 6] = [
    ("parti-24", include_str!("../../packs/parti-24.jsonl")),
    ("parti-60", include_str!("../../packs/parti-60.jsonl")),
    ("parti-120", include_str!("../../packs/parti-120.jsonl")),
    ("geneval-24", include_str!("../../packs/geneval-24.jsonl")),
    ("geneval-60", include_str!("../../packs/geneval-60.jsonl")),
    ("geneval-120", include_str!("../../packs/geneval-120.jsonl")),
];

/// Prompts under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// The pack's name, or the file's without its folder.
    pub name: String,
    /// The prompts, at least one, each once.
    pub topics: Vec<Topic>,
}

/// A pack that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is neither the name of a pack nor a file.
    #[error("`{0}` is neither a pack nor a file")]
    Unknown(String),
    /// The file cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(String, std::io::Error),
    /// A line is no prompt.
    #[error("line {line} of `{name}` is no prompt: {what}")]
    Line {
        /// The file.
        name: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// There is nothing in it.
    #[error("there is no prompt in `{0}`")]
    Empty(String),
}

impl PackError {
    /// The next action.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown(name) => nearest::hint(name, Pack::names()),
            Self::Unreadable(..) => "check the path and its permissions".to_owned(),
            Self::Line { .. } => {
                r#"write a JSON object such as {"prompt": "a red kite"}, or a prompt a line"#.to_owned()
            }
            Self::Empty(_) => "write a prompt a line".to_owned(),
        }
    }
}

/// A line of a pack. Sets carry more than this; the rest is passed over.
#[derive(Deserialize)]
struct Entry {
    prompt: String,
    #[serde(alias = "tag")]
    category: Option<String>,
    challenge: Option<String>,
}

impl Pack {
    /// The names of the packs that are shipped.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        PACKS.iter().map(|(name, _)| *name)
    }

    /// The pack of that name, else the file.
    pub fn open(name: &str) -> Result<Self, PackError> {
        if let Some((name, text)) = PACKS.iter().find(|(known, _)| *known == name) {
            return Self::read(name, text);
        }
        let path = Path::new(name);
        if !path.exists() {
            return Err(PackError::Unknown(name.to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| PackError::Unreadable(name.to_owned(), error))?;
        Self::read(&path.file_name().unwrap_or_default().to_string_lossy(), &text)
    }

    /// One prompt, typed.
    pub fn of_one(prompt: &str) -> Vec<Topic> {
        vec![Topic { prompt: prompt.to_owned(), category: None, challenge: None }]
    }

    fn read(name: &str, text: &str) -> Result<Self, PackError> {
        let mut topics: Vec<Topic> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let topic = topic(line).map_err(|what| PackError::Line { name: name.to_owned(), line: index + 1, what })?;
            if !topics.iter().any(|known| known.prompt == topic.prompt) {
                topics.push(topic);
            }
        }
        if topics.is_empty() {
            return Err(PackError::Empty(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), topics })
    }
}

/// What is wrong with a line, without the place that the parser counts within that line.
fn wording(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) if error.is_data() => what.to_owned(),
        Some(what) => format!("{what} at column {}", error.column()),
        None => text,
    }
}

/// A JSON object where the line begins like one, else the words as they are.
fn topic(line: &str) -> Result<Topic, String> {
    if !line.starts_with('{') {
        return Ok(Topic { prompt: line.to_owned(), category: None, challenge: None });
    }
    let Entry { prompt, category, challenge } = serde_json::from_str(line).map_err(|error| wording(&error))?;
    match prompt.trim() {
        "" => Err("`prompt` is empty".to_owned()),
        words => Ok(Topic { prompt: words.to_owned(), category, challenge }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_shipped_pack_has_as_many_prompts_as_it_says_equally_many_of_each_category() {
        for name in Pack::names() {
            let pack = Pack::open(name).unwrap();
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
    fn a_larger_pack_holds_the_smaller_ones() {
        for kind in ["parti", "geneval"] {
            let [small, large] = ["24", "120"].map(|size| Pack::open(&format!("{kind}-{size}")).unwrap().topics);
            assert!(small.iter().all(|topic| large.contains(topic)), "{kind}");
        }
    }

    #[test]
    fn a_file_holds_a_prompt_a_line_or_objects() {
        let pack =
            Pack::read("mine", "# remark\n\na red kite\n{\"prompt\": \"a cat\", \"tag\": \"animals\"}\na red kite\n");
        let topics = pack.unwrap().topics;
        assert_eq!(topics.iter().map(|topic| topic.prompt.as_str()).collect::<Vec<_>>(), ["a red kite", "a cat"]);
        assert_eq!(topics[1].category.as_deref(), Some("animals"));
        assert_eq!(
            Pack::read("mine", "a\n{\"x\": 1}").unwrap_err().to_string().split(':').next().unwrap(),
            "line 2 of `mine` is no prompt"
        );
        assert!(Pack::open("parti-42").unwrap_err().hint().contains("parti-24"));
    }
}
