//! The models as data: parsed once from `models.toml`, with the lifecycle that the server was configured with.
//! The `/v1/models` routes are in `models`, and requests are validated in `validate`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The parsed model catalog of one server.
#[derive(Clone, Debug)]
pub(crate) struct ModelCatalog {
    models: Vec<CatalogModel>,
}

/// One model with the capabilities of its family.
#[derive(Clone, Debug)]
pub(crate) struct CatalogModel {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) shutdown: Option<String>,
    pub(crate) alive: bool,
    /// True if `/v1/models` lists it; some models work without being listed.
    pub(crate) listed: bool,
    pub(crate) family: ModelFamily,
}

/// The properties that all models of a generation share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFamily {
    pub(crate) kind: OutputKind,
    #[serde(default)]
    pub(crate) sizes: Sizes,
    #[serde(default)]
    pub(crate) qualities: Vec<String>,
    #[serde(default)]
    pub(crate) auto_quality: String,
    #[serde(default)]
    pub(crate) formats: Vec<String>,
    /// Accepted values of `input_fidelity`; empty if the parameter itself is rejected.
    #[serde(default)]
    pub(crate) fidelity: Vec<String>,
    #[serde(default)]
    can: BTreeSet<Ability>,
    #[serde(default)]
    pub(crate) tokens: Tokens,
    /// Accepted values of `reasoning.effort` in a request to the Responses API.
    #[serde(default)]
    pub(crate) efforts: Vec<String>,
}

/// An optional capability of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ability {
    /// Transparent backgrounds.
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

/// The kind of output of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OutputKind {
    Image,
    Text,
}

/// The sizes that a model accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sizes {
    /// The three sizes of gpt-image-1.
    #[default]
    Fixed,
    /// Any size within the published limits.
    Free,
}

/// The way to compute the output tokens of an image.
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
struct CatalogFile {
    family: BTreeMap<String, ModelFamily>,
    model: Vec<ModelRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelRow {
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

impl ModelFamily {
    pub(crate) fn can(&self, ability: Ability) -> bool {
        self.can.contains(&ability)
    }
}

impl ModelCatalog {
    /// Parses the catalog that is compiled into the crate.
    #[expect(clippy::expect_used, reason = "the file is part of the crate and a test parses it")]
    pub(crate) fn embedded() -> Self {
        let file: CatalogFile = toml::from_str(include_str!("../models.toml")).expect("models.toml parses");
        let models = file.model.into_iter().map(|row| {
            let family = file.family.get(&row.family).cloned().expect("every model names a family of the file");
            CatalogModel {
                id: row.id,
                created: row.created,
                shutdown: row.shutdown,
                alive: row.alive,
                listed: true,
                family,
            }
        });
        Self { models: models.collect() }
    }

    /// Makes exactly these models available.
    pub(crate) fn keep_only(&mut self, ids: &BTreeSet<String>) {
        for model in &mut self.models {
            model.alive = ids.contains(&model.id);
        }
    }

    /// Makes a model available or unavailable.
    pub(crate) fn set_available(&mut self, id: &str, alive: bool) {
        for model in self.models.iter_mut().filter(|model| model.id == id) {
            model.alive = alive;
        }
    }

    /// Removes a model from the list, without making it unavailable.
    pub(crate) fn unlist(&mut self, id: &str) {
        for model in self.models.iter_mut().filter(|model| model.id == id) {
            model.listed = false;
        }
    }

    /// Announces the shutdown date of a model.
    pub(crate) fn set_shutdown(&mut self, id: &str, date: &str) {
        for model in self.models.iter_mut().filter(|model| model.id == id) {
            model.shutdown = Some(date.to_owned());
        }
    }

    /// Returns the model of this name, available or not.
    pub(crate) fn find(&self, id: &str) -> Option<&CatalogModel> {
        self.models.iter().find(|model| model.id == id)
    }

    /// Returns all models that are available.
    pub(crate) fn available(&self) -> impl Iterator<Item = &CatalogModel> {
        self.models.iter().filter(|model| model.alive)
    }
}
