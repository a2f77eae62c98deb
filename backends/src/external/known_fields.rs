//! The known fields of a hello, level by level, so that typos are found. Unknown fields are otherwise ignored: a newer
//! program may send more than this host knows.

use serde_json::{Map, Value as Json};

/// The fields of a hello.
pub(super) const HELLO: &[&str] = &[
    "about",
    "asks",
    "at_once",
    "concurrency",
    "default_model",
    "estimates",
    "hint",
    "missing",
    "models",
    "name",
    "offline",
    "params",
    "previews",
    "resume",
    "serves",
    "type",
    "versions",
];

/// The fields of a model.
pub(super) const MODEL: &[&str] =
    &["about", "id", "markup", "mask", "max_count", "max_inputs", "params", "price", "prices", "shutdown", "successor"];

/// The fields of a price, and of a price under certain settings.
pub(super) const PRICE: &[&str] = &["as_of", "upper", "usd", "when"];

/// The fields of every setting.
pub(super) const PARAM: &[&str] = &["about", "default", "keyword", "kind", "name", "when"];

/// The additional fields of each kind of setting.
pub(super) const KINDS: &[(&str, &[&str])] = &[
    ("choice", &["choices"]),
    ("decimal", &["max", "min"]),
    ("file", &[]),
    ("flag", &[]),
    ("integer", &["max", "min"]),
    ("list", &["choices", "max_items"]),
    ("size", &["auto", "free", "presets"]),
    ("text", &["max_chars"]),
];

/// The fields of a size besides its presets.
pub(super) const FREE: &[&str] = &["max_edge", "max_pixels", "max_ratio", "min_edge", "min_pixels", "multiple_of"];

/// Messages about unknown fields.
#[derive(Default)]
struct FieldRemarks(Vec<String>);

/// Returns messages about the unknown fields of a hello.
pub(super) fn unknown_fields(hello: &Map<String, Json>) -> Vec<String> {
    let mut odd = FieldRemarks::default();
    odd.check_fields(hello, "the hello", &[HELLO]);
    odd.params(hello, "the hello");
    for (at, model) in list(hello, "models").enumerate() {
        let name = model.get("id").and_then(Json::as_str).map_or_else(|| at.to_string(), ToOwned::to_owned);
        let place = format!("the model `{name}`");
        odd.check_fields(model, &place, &[MODEL]);
        odd.params(model, &place);
        let price = model.get("price").and_then(Json::as_object);
        for price in price.into_iter().chain(list(model, "prices")) {
            odd.check_fields(price, &format!("a price of {place}"), &[PRICE]);
        }
    }
    odd.0
}

fn list<'a>(object: &'a Map<String, Json>, name: &str) -> impl Iterator<Item = &'a Map<String, Json>> {
    object.get(name).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object)
}

impl FieldRemarks {
    fn params(&mut self, object: &Map<String, Json>, place: &str) {
        for param in list(object, "params") {
            let text = |name: &str| param.get(name).and_then(Json::as_str).unwrap_or_default();
            let place = format!("the setting `{}` of {place}", text("name"));
            let Some((_, more)) = KINDS.iter().find(|(kind, _)| *kind == text("kind")) else { continue };
            self.check_fields(param, &place, &[PARAM, more]);
            if let Some(free) = param.get("free").and_then(Json::as_object) {
                self.check_fields(free, &format!("`free` in {place}"), &[FREE]);
            }
            if let Some(when) = param.get("when").and_then(Json::as_object) {
                self.check_fields(when, &format!("`when` in {place}"), &[&["is", "param"]]);
            }
        }
    }

    fn check_fields(&mut self, object: &Map<String, Json>, place: &str, known: &[&[&str]]) {
        let known = || known.iter().flat_map(|names| names.iter().copied());
        for name in object.keys().filter(|name| !known().any(|other| other == name.as_str())) {
            let near = known().map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
            let near = near.filter(|(distance, other)| *distance <= other.len() / 3 + 1);
            let meant = near.map(|(_, other)| format!(", did you mean `{other}`?")).unwrap_or_default();
            self.0.push(format!("{place} has an unknown field `{name}`{meant}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_reported_at_every_level() {
        let hello = serde_json::json!({
            "type": "hello", "verions": [1],
            "params": [{"name": "a", "kind": "integer", "min": 0, "max": 1, "defualt": 1, "when": {"param": "b", "iz": []}}],
            "models": [{"id": "m", "price": {"usd": 1, "up": 2}, "params": [{"name": "s", "kind": "size", "free": {"edge": 1}}]}],
        });
        let Json::Object(hello) = hello else { panic!() };
        let found = unknown_fields(&hello);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[0].contains("`verions`") && found[0].ends_with("did you mean `versions`?"), "{found:?}");
        assert!(found.iter().any(|words| words.contains("`defualt`") && words.contains("`default`")), "{found:?}");
    }
}
