//! The models as data: those that ship with Tintype, with the user's own laid over them.
//! It says what a model takes and costs; it does not count tokens or build requests.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::{Table, Value};

use crate::{Format, FreeSize, Life, Size};

/// The models that ship.
const SHIPPED: &str = include_str!("models.toml");

/// What is said of one model alone, and not taken over by those that are like it.
const OWN: [&str; 3] = ["about", "life", "snapshots"];

/// Figures by quality and size.
pub(crate) type BySize<T> = BTreeMap<String, HashMap<Size, T>>;

/// Everything known of the models.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Catalogue {
    /// The day the prices were taken, `YYYY-MM-DD`.
    pub(crate) prices_as_of: String,
    /// The models, the most useful first.
    pub(crate) models: Vec<Spec>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) life: Life,
    /// Ids under which the same model stays as it was on a day.
    #[serde(default)]
    pub(crate) snapshots: Vec<String>,
    pub(crate) size: Sizes,
    #[serde(default)]
    pub(crate) qualities: Vec<String>,
    #[serde(default)]
    pub(crate) formats: Vec<Format>,
    #[serde(default)]
    pub(crate) backgrounds: Vec<String>,
    /// How closely reference pictures may be kept; empty where the model is not to be told.
    #[serde(default)]
    pub(crate) fidelities: Vec<String>,
    #[serde(default)]
    pub(crate) complexities: Vec<String>,
    #[serde(default)]
    pub(crate) max_inputs: u32,
    #[serde(default)]
    pub(crate) mask: bool,
    #[serde(default)]
    pub(crate) markup: bool,
    /// The most previews of one picture; 0 where it does not stream.
    #[serde(default)]
    pub(crate) partial_images: u32,
    /// Output tokens of one picture, by quality and size.
    #[serde(default)]
    pub(crate) tokens: BySize<u64>,
    /// The formula's figure, by quality.
    #[serde(default)]
    pub(crate) axis: BTreeMap<String, u64>,
    /// The quality whose price is a bound, for qualities whose own is not published.
    #[serde(default)]
    pub(crate) at_most: BTreeMap<String, String>,
    /// How reference pictures are counted.
    #[serde(default)]
    pub(crate) inputs: InputTokens,
    #[serde(default)]
    pub(crate) prices: Prices,
    /// Published prices of one picture in USD, by quality and size.
    #[serde(default)]
    pub(crate) each: BySize<f64>,
    /// Whether it costs nothing, whatever the prices say.
    #[serde(default, rename = "free")]
    pub(crate) costs_nothing: bool,
}

/// The sizes a model draws.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sizes {
    pub(crate) presets: Vec<Size>,
    #[serde(default = "yes")]
    pub(crate) auto: bool,
    #[serde(default)]
    pub(crate) free: Option<FreeSize>,
}

const fn yes() -> bool {
    true
}

/// How the tokens of a reference picture are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputTokens {
    /// Nobody has said.
    #[default]
    Unknown,
    /// In squares of 512 pixels.
    Tiles,
}

/// USD per million tokens; `None` where there is no such price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Prices {
    pub(crate) text_in: Option<f64>,
    pub(crate) cached_text_in: Option<f64>,
    pub(crate) image_in: Option<f64>,
    pub(crate) cached_image_in: Option<f64>,
    pub(crate) image_out: Option<f64>,
    pub(crate) text_out: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    prices_as_of: String,
    model: Vec<Table>,
}

/// What is wrong with a user's entry, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadEntry {
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

impl Catalogue {
    /// The shipped models with `own`, the user's `models` table, laid over them.
    pub(crate) fn with(own: &Table) -> Result<Self, BadEntry> {
        let file: File = toml::from_str(SHIPPED).map_err(|error| bad(&[], error.message()))?;
        let mut raw = resolve(&file.model)?;
        for (id, entry) in own {
            let entry = entry.as_table().ok_or_else(|| bad(&[id], "a model is a table"))?;
            let mut entry = entry.clone();
            entry.insert("id".into(), Value::String(id.clone()));
            let merged = merge(&raw, &entry)?;
            match raw.iter_mut().find(|known| id_of(known) == id) {
                Some(known) => *known = merged,
                None => raw.push(merged),
            }
        }
        let models = raw.into_iter().map(spec).collect::<Result<_, _>>()?;
        Ok(Self { prices_as_of: file.prices_as_of, models })
    }

    /// Takes the models for free, but for those whose prices `own`, the user's `models` table, names.
    pub(crate) fn run_here(&mut self, own: &Table) {
        let is_priced = |entry: &Value| ["prices", "each", "free"].iter().any(|key| entry.get(key).is_some());
        for spec in &mut self.models {
            spec.costs_nothing |= !own.get(&spec.id).is_some_and(is_priced);
        }
    }

    /// The model of that id, or the one whose snapshot it is.
    pub(crate) fn get(&self, id: &str) -> Option<&Spec> {
        self.models.iter().find(|spec| spec.id == id || spec.snapshots.iter().any(|snapshot| snapshot == id))
    }
}

impl Spec {
    /// A model of which nothing is known, as servers of one's own have them.
    pub(crate) fn plain(id: &str) -> Self {
        let free = FreeSize {
            min_edge: 64,
            max_edge: 4096,
            multiple_of: 8,
            min_pixels: 0,
            max_pixels: u64::MAX,
            max_ratio: 0,
        };
        let presets = vec![Size::new(1024, 1024), Size::new(512, 512), Size::new(768, 1024), Size::new(1024, 768)];
        Self {
            id: id.to_owned(),
            about: "a model of your own server".to_owned(),
            life: Life::default(),
            snapshots: Vec::new(),
            size: Sizes { presets, auto: false, free: Some(free) },
            qualities: Vec::new(),
            formats: Vec::new(),
            backgrounds: Vec::new(),
            fidelities: Vec::new(),
            complexities: Vec::new(),
            max_inputs: 16,
            mask: true,
            markup: false,
            partial_images: 0,
            tokens: BySize::new(),
            axis: BTreeMap::new(),
            at_most: BTreeMap::new(),
            inputs: InputTokens::Unknown,
            prices: Prices::default(),
            each: BySize::new(),
            costs_nothing: false,
        }
    }
}

/// Every entry with what it takes over from the one it is like, wherever in the file that stands.
fn resolve(entries: &[Table]) -> Result<Vec<Table>, BadEntry> {
    let mut known: Vec<Table> = Vec::new();
    let mut open: Vec<&Table> = entries.iter().collect();
    while !open.is_empty() {
        let before = open.len();
        let mut later = Vec::new();
        for entry in open {
            match entry.get("like").and_then(Value::as_str) {
                Some(like) if !known.iter().any(|model| id_of(model) == like) => later.push(entry),
                _ => known.push(merge(&known, entry)?),
            }
        }
        if later.len() == before {
            return Err(bad(&[id_of(later[0]), "like"], "no model to be like"));
        }
        open = later;
    }
    known.sort_by_key(|model| entries.iter().position(|entry| id_of(entry) == id_of(model)));
    Ok(known)
}

/// `entry` laid over the one it is like, or over its namesake.
fn merge(known: &[Table], entry: &Table) -> Result<Table, BadEntry> {
    let id = id_of(entry);
    let find = |name: &str| known.iter().find(|model| id_of(model) == name);
    let mut merged = match entry.get("like") {
        None => find(id).cloned().unwrap_or_default(),
        Some(like) => {
            let like = like.as_str().ok_or_else(|| bad(&[id, "like"], "the id of a model, as text"))?;
            let mut base = find(like).cloned().ok_or_else(|| bad(&[id, "like"], format!("no model `{like}`")))?;
            base.retain(|key, _| !OWN.contains(&key));
            base
        }
    };
    for (key, value) in entry {
        match (merged.get_mut(key), value) {
            (Some(Value::Table(prices)), Value::Table(own)) if key == "prices" => prices.extend(own.clone()),
            _ if key == "like" => {}
            _ => drop(merged.insert(key.clone(), value.clone())),
        }
    }
    Ok(merged)
}

fn spec(raw: Table) -> Result<Spec, BadEntry> {
    let id = id_of(&raw).to_owned();
    let spec: Spec = serde_path_to_error::deserialize(Value::Table(raw)).map_err(|error| {
        let inner = error.path().iter().map(ToString::to_string).filter(|segment| segment != "?");
        let path = std::iter::once(id.clone()).chain(inner).collect();
        BadEntry { path, message: error.inner().message().to_owned() }
    })?;
    if spec.size.presets.is_empty() && spec.size.free.is_none() {
        return Err(bad(&[&id, "size"], "a model draws at least one size"));
    }
    Ok(spec)
}

fn id_of(entry: &Table) -> &str {
    entry.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn bad(path: &[&str], message: impl Into<String>) -> BadEntry {
    BadEntry { path: path.iter().map(|segment| (*segment).to_owned()).collect(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(own: &str) -> Result<Catalogue, BadEntry> {
        Catalogue::with(&toml::from_str(own).unwrap())
    }

    #[test]
    fn the_shipped_catalogue_is_sound() {
        let catalogue = with("").unwrap();
        let ids: Vec<_> = catalogue.models.iter().map(|spec| spec.id.as_str()).collect();
        assert_eq!(ids[0], "gpt-image-2.5-flare");
        assert_eq!(ids.len(), 9);
        for spec in &catalogue.models {
            assert!(!spec.about.is_empty() && spec.prices.image_out.is_some(), "{}", spec.id);
            let successor = spec.life.successor.as_deref();
            assert!(successor.is_none_or(|id| catalogue.get(id).is_some()), "{} has a known successor", spec.id);
            assert_eq!(spec.life.shutdown.is_some(), successor.is_some(), "{}", spec.id);
        }
    }

    #[test]
    fn kin_share_what_they_take_but_not_their_end() {
        let catalogue = with("").unwrap();
        let latest = catalogue.get("chatgpt-image-latest").unwrap();
        assert_eq!(latest.prices, catalogue.get("gpt-image-1.5").unwrap().prices);
        let own = with("[new]\nlike = 'gpt-image-1'\nprices = { image_out = 1 }").unwrap();
        let new = own.get("new").unwrap();
        assert_eq!(
            (new.life.clone(), new.prices.image_out, new.prices.text_in),
            (Life::default(), Some(1.0), Some(5.0))
        );
    }

    #[test]
    fn a_shipped_model_can_be_corrected() {
        let catalogue = with("[gpt-image-2]\nbackgrounds = ['auto', 'transparent', 'opaque']").unwrap();
        let spec = catalogue.get("gpt-image-2-2026-04-21").unwrap();
        assert_eq!(spec.backgrounds.len(), 3);
        assert_eq!(spec.qualities.len(), 4);
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let error = |own| with(own).unwrap_err();
        assert_eq!(error("[a]\nlike = 'b'").path, ["a", "like"]);
        assert_eq!(error("[gpt-image-1]\nprices = { gold = 1 }").path, ["gpt-image-1", "prices", "gold"]);
        assert_eq!(error("[gpt-image-1.size]\npresets = []").path, ["gpt-image-1", "size"]);
        assert_eq!(error("a = 1").message, "a model is a table");
    }
}
