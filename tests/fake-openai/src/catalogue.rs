//! The models as data: parsed once from `models.toml`, with the life of each as the server was told.
//! Not the `/v1/models` routes, and no judgement of requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The parsed catalogue of one server.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    models: Vec<Model>,
}

/// One model, with what its family can do.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) shutdown: Option<String>,
    pub(crate) alive: bool,
    /// Whether the list of models names it; some work without being listed.
    pub(crate) listed: bool,
    pub(crate) family: Family,
}

/// What the models of one generation share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) sizes: Sizes,
    #[serde(default)]
    pub(crate) qualities: Vec<String>,
    #[serde(default)]
    pub(crate) auto_quality: String,
    #[serde(default)]
    pub(crate) formats: Vec<String>,
    /// Accepted values of `input_fidelity`; none means that the parameter itself is refused.
    #[serde(default)]
    pub(crate) fidelity: Vec<String>,
    #[serde(default)]
    can: BTreeSet<Ability>,
    #[serde(default)]
    pub(crate) tokens: Tokens,
    /// Accepted values of `reasoning.effort`.
    #[serde(default)]
    pub(crate) efforts: Vec<String>,
}

/// What a family may or may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ability {
    /// Backgrounds without paint.
    Transparent,
    /// The `markup` image of edits.
    Markup,
    /// The `complexity` setting.
    Complexity,
    /// Usage with `output_tokens_details`.
    OutputDetails,
    /// The hosted `image_generation` tool of the Responses API.
    ImageTool,
}

/// What a model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Image,
    Text,
}

/// Which sizes a model draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sizes {
    /// The three of gpt-image-1.
    #[default]
    Fixed,
    /// Anything within the published limits.
    Free,
}

/// How many output tokens a picture takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Tokens {
    /// The axis of the token grid for each quality.
    Axis(BTreeMap<String, u64>),
    /// The published table, by name.
    Table(String),
}

impl Default for Tokens {
    fn default() -> Self {
        Self::Table("table".into())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    family: BTreeMap<String, Family>,
    model: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    family: String,
    created: u64,
    shutdown: Option<String>,
    #[serde(default = "alive")]
    alive: bool,
}

const fn alive() -> bool {
    true
}

impl Family {
    pub(crate) fn can(&self, ability: Ability) -> bool {
        self.can.contains(&ability)
    }
}

impl Catalogue {
    /// The catalogue as it stands in the crate's own file.
    #[expect(clippy::expect_used, reason = "the file is part of the crate and a test parses it")]
    pub(crate) fn embedded() -> Self {
        let file: File = toml::from_str(include_str!("../models.toml")).expect("models.toml parses");
        let models = file.model.into_iter().map(|row| {
            let family = file.family.get(&row.family).cloned().expect("every model names a family of the file");
            Model { id: row.id, created: row.created, shutdown: row.shutdown, alive: row.alive, listed: true, family }
        });
        Self { models: models.collect() }
    }

    /// Lets exactly these live.
    pub(crate) fn keep_only(&mut self, ids: &BTreeSet<String>) {
        for model in &mut self.models {
            model.alive = ids.contains(&model.id);
        }
    }

    /// Lets one live or die.
    pub(crate) fn set_alive(&mut self, id: &str, alive: bool) {
        for model in self.models.iter_mut().filter(|model| model.id == id) {
            model.alive = alive;
        }
    }

    /// Leaves one out of the list.
    pub(crate) fn unlist(&mut self, id: &str) {
        for model in self.models.iter_mut().filter(|model| model.id == id) {
            model.listed = false;
        }
    }

    /// Announces the end of one.
    pub(crate) fn set_shutdown(&mut self, id: &str, date: &str) {
        for model in self.models.iter_mut().filter(|model| model.id == id) {
            model.shutdown = Some(date.to_owned());
        }
    }

    /// The model of this name, dead or alive.
    pub(crate) fn find(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// All that live.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(|model| model.alive)
    }
}
