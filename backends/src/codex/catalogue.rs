//! The models that draw by writing, as data: efforts, life, prices. What ships is in `models.toml`.
//! It computes no price; that is `price`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Life;

/// Prices in USD per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    pub(crate) input: f64,
    pub(crate) cached: f64,
    pub(crate) output: f64,
}

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Spec {
    pub(crate) id: String,
    pub(crate) about: String,
    /// How hard it can be told to think, from the least.
    pub(crate) efforts: Vec<String>,
    pub(crate) life: Life,
    /// By service tier; `default` is the usual one.
    pub(crate) prices: BTreeMap<String, Prices>,
}

impl Spec {
    /// A model of which only the name is known.
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
pub(crate) struct Catalogue {
    /// The day the prices were taken, `YYYY-MM-DD`.
    pub(crate) prices_as_of: String,
    #[serde(rename = "model")]
    pub(crate) models: Vec<Spec>,
}

/// Where a user's entry is wrong, from the model's id inwards.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadEntry {
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

impl Catalogue {
    /// What ships, with the user's own entries laid over it, and `model` even where nothing is known of it.
    pub(crate) fn with(entries: &toml::Table, model: Option<&str>) -> Result<Self, BadEntry> {
        let bad = |id: &str, error: &toml::de::Error| BadEntry {
            path: vec![id.to_owned()],
            message: error.message().to_owned(),
        };
        let mut catalogue: Self =
            toml::from_str(include_str!("models.toml")).map_err(|error| bad("models.toml", &error))?;
        for (id, entry) in entries {
            let spec = catalogue.laid_over(id, entry).map_err(|error| bad(id, &error))?;
            match catalogue.models.iter_mut().find(|known| known.id == *id) {
                Some(known) => *known = spec,
                None => catalogue.models.push(spec),
            }
        }
        if let Some(id) = model.filter(|id| catalogue.get(id).is_none()) {
            catalogue.models.insert(0, Spec::plain(id));
        }
        Ok(catalogue)
    }

    fn laid_over(&self, id: &str, entry: &toml::Value) -> Result<Spec, toml::de::Error> {
        let base = self.get(id).cloned().unwrap_or_else(|| Spec::plain(id));
        let given: Spec = entry.clone().try_into()?;
        let has = |key: &str| entry.get(key).is_some();
        Ok(Spec {
            id: id.to_owned(),
            about: if has("about") { given.about } else { base.about },
            efforts: if has("efforts") { given.efforts } else { base.efforts },
            life: if has("life") { given.life } else { base.life },
            prices: if has("prices") { given.prices } else { base.prices },
        })
    }

    /// The model of that id.
    pub(crate) fn get(&self, id: &str) -> Option<&Spec> {
        self.models.iter().find(|spec| spec.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, model: Option<&str>) -> Result<Catalogue, BadEntry> {
        Catalogue::with(&toml::from_str(text).unwrap(), model)
    }

    #[test]
    fn what_ships_can_be_read_and_has_prices() {
        let catalogue = with("", None).unwrap();
        let codex = catalogue.get("gpt-5.3-codex").unwrap();
        assert_eq!(codex.efforts, ["low", "medium", "high", "xhigh"]);
        assert!(codex.prices.contains_key("default") && codex.life.shutdown.is_some());
    }

    #[test]
    fn a_users_entry_is_laid_over_what_ships() {
        let text = "[\"gpt-5.3-codex\".prices.default]\ninput = 1\ncached = 0.1\noutput = 2\n[mine]\nefforts = ['low']";
        let catalogue = with(text, Some("other")).unwrap();
        let codex = catalogue.get("gpt-5.3-codex").unwrap();
        assert!((codex.prices["default"].output - 2.0).abs() < f64::EPSILON && codex.efforts.len() == 4);
        assert_eq!(catalogue.get("mine").unwrap().efforts, ["low"]);
        assert!(catalogue.get("other").unwrap().prices.is_empty());
        assert_eq!(with("[mine]\nprise = 1", None).unwrap_err().path, ["mine"]);
    }
}
