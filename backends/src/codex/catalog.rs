//! The catalog of models that draw by writing SVG: efforts, lifecycles, prices. The shipped ones are in `models.toml`.
//! Prices are computed in `price`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{LenientRead, ModelLifecycle, TableError, lenient, lifecycle_table, openai::allowed_ranges, suggest};

/// A model's entry in the user's table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CodexModelEntry {
    /// The model whose efforts and prices it inherits.
    like: Option<String>,
    about: Option<String>,
    efforts: Option<Vec<String>>,
    #[serde(deserialize_with = "lifecycle_table::read_some")]
    life: Option<ModelLifecycle>,
    prices: Option<BTreeMap<String, CodexPrices>>,
}

/// USD prices per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodexPrices {
    pub(crate) input: f64,
    pub(crate) cached: f64,
    pub(crate) output: f64,
}

impl CodexPrices {
    fn check(&self, tier: &str) -> Vec<TableError> {
        let all = [("input", self.input), ("cached", self.cached), ("output", self.output)];
        all.into_iter().filter_map(|(key, price)| allowed_ranges::price(&["prices", tier, key], price)).collect()
    }
}

/// A model in the catalog.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CodexSpec {
    pub(crate) id: String,
    pub(crate) about: String,
    /// The reasoning efforts it supports, lowest first.
    pub(crate) efforts: Vec<String>,
    pub(crate) life: ModelLifecycle,
    /// The prices by service tier; `default` is the usual one.
    pub(crate) prices: BTreeMap<String, CodexPrices>,
}

impl CodexSpec {
    /// Makes an entry for a model of which only the name is known.
    fn plain(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            about: "a model of the Responses API".to_owned(),
            efforts: ["low", "medium", "high"].map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }
}

/// Every model that a backend offers.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CodexCatalog {
    /// The date of the price table, `YYYY-MM-DD`.
    pub(crate) prices_as_of: String,
    #[serde(rename = "model")]
    pub(crate) models: Vec<CodexSpec>,
}

impl CodexCatalog {
    /// Merges the shipped models with the user's entries, and adds `model` even if nothing is known about it.
    pub(crate) fn merged(entries: &toml::Table, model: Option<&str>) -> Result<Self, TableError> {
        let mut catalogue: Self = toml::from_str(include_str!("models.toml"))
            .map_err(|error| TableError::new(vec!["models.toml".to_owned()], error.message()))?;
        let mut faults = Vec::new();
        for (id, entry) in entries {
            match catalogue.merge(id, entry) {
                Ok(spec) => catalogue.put(spec),
                Err(error) => faults.push(error.below(&["models", id])),
            }
        }
        if let Some(error) = TableError::combined(faults) {
            return Err(error);
        }
        if let Some(id) = model.filter(|id| catalogue.get(id).is_none()) {
            catalogue.models.insert(0, CodexSpec::plain(id));
        }
        Ok(catalogue)
    }

    fn put(&mut self, spec: CodexSpec) {
        match self.models.iter_mut().find(|known| known.id == spec.id) {
            Some(known) => *known = spec,
            None => self.models.push(spec),
        }
    }

    /// Merges an entry into the model it is `like`, or into the one with the same id.
    fn merge(&self, id: &str, entry: &toml::Value) -> Result<CodexSpec, TableError> {
        let LenientRead { value, mut faults } = lenient::<CodexModelEntry>(entry, &|_| None);
        let given = value.unwrap_or_default();
        let base = match &given.like {
            None => self.get(id).cloned().unwrap_or_else(|| CodexSpec::plain(id)),
            Some(like) => {
                let known = || self.models.iter().map(|model| model.id.as_str());
                let unknown = || TableError::new(vec!["like".to_owned()], format!("no such model: `{like}`"));
                let base = self.get(like).cloned();
                faults.extend(
                    base.is_none().then(|| unknown().with_hint(suggest::hint(like, known().collect::<Vec<_>>()))),
                );
                let base = base.unwrap_or_else(|| CodexSpec::plain(id));
                CodexSpec { about: CodexSpec::plain(id).about, life: ModelLifecycle::default(), ..base }
            }
        };
        let spec = CodexSpec {
            id: id.to_owned(),
            about: given.about.unwrap_or(base.about),
            efforts: given.efforts.unwrap_or(base.efforts),
            life: given.life.unwrap_or(base.life),
            prices: given.prices.unwrap_or(base.prices),
        };
        faults.extend(spec.prices.iter().flat_map(|(tier, prices)| prices.check(tier)));
        TableError::combined(faults).map_or(Ok(spec), Err)
    }

    /// Returns the model with that id.
    pub(crate) fn get(&self, id: &str) -> Option<&CodexSpec> {
        self.models.iter().find(|spec| spec.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, model: Option<&str>) -> Result<CodexCatalog, TableError> {
        CodexCatalog::merged(&toml::from_str(text).unwrap(), model)
    }

    #[test]
    fn the_shipped_catalog_has_prices() {
        let catalogue = with("", None).unwrap();
        let codex = catalogue.get("gpt-5.3-codex").unwrap();
        assert_eq!(codex.efforts, ["low", "medium", "high", "xhigh"]);
        assert!(codex.prices.contains_key("default") && codex.life.shutdown.is_some());
    }

    #[test]
    fn a_users_entry_is_merged_into_the_shipped_one() {
        let text = "[\"gpt-5.3-codex\".prices.default]\ninput = 1\ncached = 0.1\noutput = 2\n[mine]\nefforts = ['low']";
        let catalogue = with(text, Some("other")).unwrap();
        let codex = catalogue.get("gpt-5.3-codex").unwrap();
        assert!((codex.prices["default"].output - 2.0).abs() < f64::EPSILON && codex.efforts.len() == 4);
        assert_eq!(catalogue.get("mine").unwrap().efforts, ["low"]);
        assert!(catalogue.get("other").unwrap().prices.is_empty());
        assert_eq!(with("[mine]\nprise = 1", None).unwrap_err().path, ["models", "mine", "prise"]);
        let like = with("[mine]\nlike = 'gpt-5.3-codex'\nabout = 'ours'", None).unwrap();
        let (mine, codex) = (like.get("mine").unwrap(), like.get("gpt-5.3-codex").unwrap());
        assert_eq!((&mine.prices, &mine.efforts, mine.about.as_str()), (&codex.prices, &codex.efforts, "ours"));
        assert_eq!(mine.life, ModelLifecycle::default(), "its end is its own");
    }

    #[test]
    fn an_invalid_price_is_rejected() {
        for price in ["-25", "nan", "inf", "10001"] {
            let text = format!("[m.prices.default]\ninput = {price}\ncached = 1\noutput = 1");
            let error = with(&text, None).unwrap_err();
            assert_eq!(error.path, ["models", "m", "prices", "default", "input"]);
            assert!(error.message.starts_with("must be dollars per million tokens from 0 to 10000"), "{error}");
        }
    }
}
