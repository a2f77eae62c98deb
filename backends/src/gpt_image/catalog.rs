//! The model catalog: the models that ship with Tintype, merged with the user's own.
//! It states what a model accepts and costs; it neither counts tokens nor builds requests.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::{Table, Value};

use crate::{
    Format, LenientRead, ModelLifecycle, Size, SizeRule, TableError, lenient, lifecycle_table, openai::allowed_ranges,
    suggest,
};

/// The catalog of shipped models.
const BUILT_IN_MODELS: &str = include_str!("models.toml");

/// The keys that describe one model alone and are not inherited by models that are `like` it.
const NOT_INHERITED: [&str; 3] = ["about", "life", "snapshots"];

/// Figures by quality and size.
pub(crate) type BySize<T> = BTreeMap<String, HashMap<Size, T>>;

/// The merged catalog of models.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GptImageCatalog {
    /// The date of the price table, `YYYY-MM-DD`.
    pub(crate) prices_as_of: String,
    /// The models, the most useful one first.
    pub(crate) models: Vec<GptImageSpec>,
}

/// A model's entry.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GptImageSpec {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) about: String,
    #[serde(default, deserialize_with = "lifecycle_table::read")]
    pub(crate) life: ModelLifecycle,
    /// The ids of its pinned snapshots.
    #[serde(default)]
    pub(crate) snapshots: Vec<String>,
    pub(crate) size: SupportedSizes,
    #[serde(default)]
    pub(crate) qualities: Vec<String>,
    #[serde(default)]
    pub(crate) formats: Vec<Format>,
    #[serde(default)]
    pub(crate) backgrounds: Vec<String>,
    /// The fidelities to reference images; empty if the model does not accept the setting.
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
    /// The maximum number of previews of one image; 0 if the model does not stream.
    #[serde(default)]
    pub(crate) partial_images: u32,
    /// The output tokens of one image, by quality and size.
    #[serde(default)]
    pub(crate) tokens: BySize<u64>,
    /// The parameter of the token formula, by quality.
    #[serde(default)]
    pub(crate) axis: BTreeMap<String, u64>,
    /// The quality whose price is an upper bound, for qualities without a published price.
    #[serde(default)]
    pub(crate) at_most: BTreeMap<String, String>,
    /// The way in which the tokens of reference images are counted.
    #[serde(default)]
    pub(crate) inputs: InputTokens,
    #[serde(default)]
    pub(crate) prices: GptImagePrices,
    /// The published price of one image in USD, by quality and size.
    #[serde(default)]
    pub(crate) each: BySize<f64>,
    /// True if it is free, regardless of the prices.
    #[serde(default, rename = "free")]
    pub(crate) costs_nothing: bool,
}

/// The sizes that a model supports.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupportedSizes {
    pub(crate) presets: Vec<Size>,
    #[serde(default = "yes")]
    pub(crate) auto: bool,
    #[serde(default)]
    pub(crate) free: Option<SizeRule>,
}

const fn yes() -> bool {
    true
}

/// The way in which the tokens of a reference image are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputTokens {
    /// The method is not published.
    #[default]
    Unknown,
    /// In tiles of 512 by 512 pixels.
    Tiles,
}

/// USD prices per million tokens; `None` if there is no such price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GptImagePrices {
    pub(crate) text_in: Option<f64>,
    pub(crate) cached_text_in: Option<f64>,
    pub(crate) image_in: Option<f64>,
    pub(crate) cached_image_in: Option<f64>,
    pub(crate) image_out: Option<f64>,
    pub(crate) text_out: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GptImageCatalogFile {
    prices_as_of: String,
    model: Vec<Table>,
}

impl GptImageCatalog {
    /// Merges the shipped models with `own`, the user's `models` table.
    pub(crate) fn merged(own: &Table) -> Result<Self, TableError> {
        let file: GptImageCatalogFile = toml::from_str(BUILT_IN_MODELS).map_err(|error| bad(&[], error.message()))?;
        let (mut raw, mut faults) = (resolve(&file.model)?, Vec::new());
        for (id, entry) in own {
            match add(&mut raw, id, entry) {
                Ok(()) => {}
                Err(error) => faults.push(error.below(&["models"])),
            }
        }
        let mut models = Vec::new();
        for (id, entry) in raw.into_iter().map(|entry| (id_of(&entry).to_owned(), entry)) {
            match spec(entry) {
                Ok(spec) => models.push(spec),
                Err(error) => faults.push(error.below(&["models", &id])),
            }
        }
        TableError::combined(faults).map_or(Ok(Self { prices_as_of: file.prices_as_of, models }), Err)
    }

    /// Makes the models free, except for those whose prices `own`, the user's `models` table, sets.
    pub(crate) fn make_free(&mut self, own: &Table) {
        let is_priced = |entry: &Value| ["prices", "each", "free"].iter().any(|key| entry.get(key).is_some());
        for spec in &mut self.models {
            spec.costs_nothing |= !own.get(&spec.id).is_some_and(is_priced);
        }
    }

    /// Returns the model with that id, or the one with that snapshot.
    pub(crate) fn get(&self, id: &str) -> Option<&GptImageSpec> {
        self.models.iter().find(|spec| spec.id == id || spec.snapshots.iter().any(|snapshot| snapshot == id))
    }
}

impl GptImageSpec {
    /// Makes an entry for an unknown model, such as one on a self-hosted server.
    pub(crate) fn plain(id: &str) -> Self {
        let free = SizeRule {
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
            life: ModelLifecycle::default(),
            snapshots: Vec::new(),
            size: SupportedSizes { presets, auto: false, free: Some(free) },
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
            prices: GptImagePrices::default(),
            each: BySize::new(),
            costs_nothing: false,
        }
    }
}

/// Adds the user's entry to the shipped ones.
fn add(known: &mut Vec<Table>, id: &str, entry: &Value) -> Result<(), TableError> {
    let entry = entry.as_table().ok_or_else(|| bad(&[id], "a model must be a table"))?;
    let is_new = !known.iter().any(|model| id_of(model) == id);
    if is_new && !entry.contains_key("like") && !entry.contains_key("size") {
        let hint = "name a similar model: `like = \"gpt-image-1\"`";
        return Err(bad(&[id], format!("unknown model `{id}`")).with_hint(hint));
    }
    let mut entry = entry.clone();
    entry.insert("id".into(), Value::String(id.to_owned()));
    let merged = merge(known, &entry)?;
    match known.iter_mut().find(|model| id_of(model) == id) {
        Some(model) => *model = merged,
        None => known.push(merged),
    }
    Ok(())
}

/// Resolves inheritance: returns every entry with what it inherits through `like`, whatever their order in the file.
fn resolve(entries: &[Table]) -> Result<Vec<Table>, TableError> {
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

/// Merges `entry` into the entry it is `like`, or into the one with the same id.
fn merge(known: &[Table], entry: &Table) -> Result<Table, TableError> {
    let id = id_of(entry);
    let find = |name: &str| known.iter().find(|model| id_of(model) == name);
    let mut merged = match entry.get("like") {
        None => find(id).cloned().unwrap_or_default(),
        Some(like) => {
            let like = like.as_str().ok_or_else(|| bad(&[id, "like"], "the id of a model, as text"))?;
            let mut base = find(like).cloned().ok_or_else(|| {
                let hint = suggest::hint(like, known.iter().map(id_of).collect::<Vec<_>>());
                bad(&[id, "like"], format!("no such model: `{like}`")).with_hint(hint)
            })?;
            base.retain(|key, _| !NOT_INHERITED.contains(&key));
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

/// Deserializes an entry; the paths of its errors start below the entry.
fn spec(raw: Table) -> Result<GptImageSpec, TableError> {
    let LenientRead { value, mut faults } = lenient::<GptImageSpec>(&Value::Table(raw), &|_| None);
    for fault in &mut faults {
        // The id is in the table's header; a new entry starts with `like` instead.
        fault.message = fault.message.replace("expected one of `id`, ", "expected one of `like`, ");
    }
    let is_empty = |spec: &GptImageSpec| spec.size.presets.is_empty() && spec.size.free.is_none();
    if let Some(spec) = &value {
        faults.extend(is_empty(spec).then(|| bad(&["size"], "a model needs at least one size")));
        faults.extend(spec.figures());
    }
    match (TableError::combined(faults), value) {
        (None, Some(spec)) => Ok(spec),
        (error, _) => Err(error.unwrap_or_else(|| bad(&[], "a model must be a table"))),
    }
}

impl GptImageSpec {
    /// Returns the errors for figures out of range.
    fn figures(&self) -> Vec<TableError> {
        let GptImagePrices { text_in, cached_text_in, image_in, cached_image_in, image_out, text_out } = self.prices;
        let prices = [
            ("text_in", text_in),
            ("cached_text_in", cached_text_in),
            ("image_in", image_in),
            ("cached_image_in", cached_image_in),
            ("image_out", image_out),
            ("text_out", text_out),
        ];
        let prices = prices.into_iter().filter_map(|(key, price)| allowed_ranges::price(&["prices", key], price?));
        let each = self.each.iter().flat_map(|(quality, sizes)| {
            let one = |(size, usd): (&Size, &f64)| {
                TableError::outside(&["each", quality, &size.to_string()], *usd, &allowed_ranges::PER_IMAGE, "dollars")
            };
            sizes.iter().filter_map(one).collect::<Vec<_>>()
        });
        let tokens = self.tokens.iter().flat_map(|(quality, sizes)| {
            let one = |(size, tokens): (&Size, &u64)| {
                let path = ["tokens", quality, &size.to_string()];
                TableError::outside(&path, *tokens, &(1..=10_000_000), "a number of tokens")
            };
            sizes.iter().filter_map(one).collect::<Vec<_>>()
        });
        let axis = self.axis.iter().filter_map(|(quality, axis)| {
            TableError::outside(&["axis", quality], *axis, &(1..=1_000), "a number of patches")
        });
        let inputs = TableError::outside(&["max_inputs"], self.max_inputs, &(0..=100), "a number of images");
        let partial = TableError::outside(&["partial_images"], self.partial_images, &(0..=10), "a number of previews");
        let free = self.size.free.iter().flat_map(edges);
        prices.chain(each).chain(tokens).chain(axis).chain(inputs).chain(partial).chain(free).collect()
    }
}

fn edges(free: &SizeRule) -> Vec<TableError> {
    let edge = |key, value: u32, least: u32| {
        TableError::outside(&["size", "free", key], value, &(least..=65_536), "a number of pixels")
    };
    let ratio = TableError::outside(&["size", "free", "max_ratio"], free.max_ratio, &(0..=1_000), "a ratio");
    let edges = [
        edge("min_edge", free.min_edge, 1),
        edge("max_edge", free.max_edge, free.min_edge.clamp(1, 65_536)),
        edge("multiple_of", free.multiple_of, 1),
        ratio,
    ];
    edges.into_iter().flatten().collect()
}

fn id_of(entry: &Table) -> &str {
    entry.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn bad(path: &[&str], message: impl Into<String>) -> TableError {
    TableError::new(path.iter().map(|segment| (*segment).to_owned()).collect(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(own: &str) -> Result<GptImageCatalog, TableError> {
        GptImageCatalog::merged(&toml::from_str(own).unwrap())
    }

    #[test]
    fn the_shipped_catalog_is_valid() {
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
    fn like_inherits_parameters_but_not_the_lifecycle() {
        let catalogue = with("").unwrap();
        let latest = catalogue.get("chatgpt-image-latest").unwrap();
        assert_eq!(latest.prices, catalogue.get("gpt-image-1.5").unwrap().prices);
        let own = with("[new]\nlike = 'gpt-image-1'\nprices = { image_out = 1 }").unwrap();
        let new = own.get("new").unwrap();
        assert_eq!(
            (new.life.clone(), new.prices.image_out, new.prices.text_in),
            (ModelLifecycle::default(), Some(1.0), Some(5.0))
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
    fn a_catalog_error_names_its_place() {
        let error = |own| with(own).unwrap_err();
        assert_eq!(error("[a]\nlike = 'b'").path, ["models", "a", "like"]);
        assert_eq!(error("[gpt-image-1]\nprices = { gold = 1 }").path, ["models", "gpt-image-1", "prices", "gold"]);
        assert_eq!(error("[gpt-image-1.size]\npresets = []").path, ["models", "gpt-image-1", "size"]);
        assert_eq!(error("a = 1").message, "a model must be a table");
        assert_eq!(error("[a]\nmask = true").hint.unwrap(), "name a similar model: `like = \"gpt-image-1\"`");
        let (two, typo) =
            (error("[gpt-image-1]\nmask = 1\nlik = 'x'\n[b]\nlike = 'c'"), error("[gpt-image-1]\nlik = 'x'"));
        assert_eq!(two.more.len(), 2, "{two:?}");
        assert!(typo.message.contains("`like`") && !typo.message.contains("`id`"), "{typo}");
    }

    #[test]
    fn an_invalid_figure_is_rejected_with_its_range() {
        let error = |own: &str| with(&format!("[gpt-image-1]\n{own}")).unwrap_err();
        for price in ["-25", "nan", "inf", "10001"] {
            let error = error(&format!("prices = {{ image_out = {price} }}"));
            assert_eq!(error.path, ["models", "gpt-image-1", "prices", "image_out"]);
            assert!(error.message.starts_with("must be dollars per million tokens from 0 to 10000, not "), "{error}");
        }
        let others = [
            ("each = { low = { 1024x1024 = -1 } }", "from 0 to 1000"),
            ("tokens = { low = { 1024x1024 = 0 } }", "from 1 to 10000000"),
            ("axis = { low = 5000 }", "from 1 to 1000"),
            ("max_inputs = 1000", "from 0 to 100"),
            ("partial_images = 99", "from 0 to 10"),
            ("[gpt-image-1.size]\nfree = { min_edge = 0, max_edge = 64 }\npresets = []", "from 1 to 65536"),
        ];
        for (own, range) in others {
            assert!(error(own).message.contains(range), "{own}: {}", error(own));
        }
        assert!(error("life = { shutdwn = '2027-01-01' }").message.contains("shutdwn"));
        assert!(error("life = { shutdown = '2026-13-40' }").message.starts_with("must be a date such as"));
        assert!(error("life = '2026-12-01'").message.contains("expected a table such as { shutdown"));
    }
}
