//! Deserializes a TOML value as far as possible: one pass finds every error, and the valid rest is kept.
//! The value itself stays unchanged: each error is removed from a copy, which is then read again.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::Value;

use crate::TableError;

/// The maximum number of errors reported for one value.
const MAX_ERRORS: usize = 50;

/// A deserialized value without its faulty parts, and their errors.
#[derive(Debug)]
pub struct LenientRead<T> {
    /// The remaining value; `None` if too little of it is valid.
    pub value: Option<T>,
    /// Every error, in the order in which they were found.
    pub faults: Vec<TableError>,
}

/// Deserializes `value`. `fallback` returns the replacement for the faulty part at a path; without one the part is left
/// out.
pub fn lenient<T: DeserializeOwned>(value: &Value, fallback: &dyn Fn(&[String]) -> Option<Value>) -> LenientRead<T> {
    let (mut rest, mut faults) = (value.clone(), Vec::<TableError>::new());
    while faults.len() < MAX_ERRORS {
        let error = match serde_path_to_error::deserialize(rest.clone()) {
            Ok(read) => return LenientRead { value: Some(read), faults },
            Err(error) => error,
        };
        let (path, message) = (segments(error.path()), error.inner().message());
        let missing = message.strip_prefix("missing field ");
        let is_ours = missing.is_some_and(|field| faults.iter().any(|fault| names(fault, &path, field)));
        if !is_ours {
            faults.push(TableError::new(path.clone(), message));
        }
        if missing.is_some() || !repair(&mut rest, &path, fallback) {
            break;
        }
    }
    LenientRead { value: None, faults }
}

/// Returns whether an error was about the field that is now missing because it was removed.
fn names(fault: &TableError, table: &[String], field: &str) -> bool {
    fault.path.starts_with(table) && fault.path.get(table.len()).is_some_and(|key| field.trim_matches('`') == key)
}

fn segments(path: &serde_path_to_error::Path) -> Vec<String> {
    let word = |segment: &Segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    };
    path.iter().filter_map(word).collect()
}

/// Removes the value at `path`, or a whole list that contains it. Returns whether anything changed.
fn repair(value: &mut Value, path: &[String], fallback: &dyn Fn(&[String]) -> Option<Value>) -> bool {
    let Some(depth) = deepest_key(value, path) else { return false };
    let (parents, key) = (&path[..depth - 1], &path[depth - 1]);
    let mut table = value;
    for parent in parents {
        match table.get_mut(parent.as_str()) {
            Some(inner) => table = inner,
            None => return false,
        }
    }
    let Some(table) = table.as_table_mut() else { return false };
    match fallback(&path[..depth]).filter(|usual| table.get(key) != Some(usual)) {
        Some(usual) => table.insert(key.clone(), usual).is_some(),
        None => table.remove(key).is_some(),
    }
}

/// Returns how many keys of `path` lead through tables, including the last one.
fn deepest_key(value: &Value, path: &[String]) -> Option<usize> {
    let (mut value, mut depth) = (value, 0);
    while let (Value::Table(table), Some(key)) = (value, path.get(depth)) {
        let Some(inner) = table.get(key) else { break };
        (value, depth) = (inner, depth + 1);
    }
    (depth > 0).then_some(depth)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Lamp {
        watts: u8,
        #[serde(default)]
        colors: Vec<String>,
        #[serde(default)]
        rooms: BTreeMap<String, u8>,
    }

    fn read(text: &str) -> (Option<Lamp>, Vec<String>) {
        let usual = |path: &[String]| (path == ["watts"]).then_some(Value::Integer(60));
        let LenientRead { value, faults } = lenient(&Value::Table(text.parse().unwrap()), &usual);
        (value, faults.into_iter().map(|fault| fault.path.join(".")).collect())
    }

    #[test]
    fn every_error_is_found_and_the_valid_rest_is_kept() {
        let (lamp, faults) = read("watts = -1\ncolors = ['red', 2, 3]\nwats = 2\nrooms = { a = 1, b = 'x' }");
        assert_eq!(lamp.unwrap(), Lamp { watts: 60, colors: Vec::new(), rooms: [("a".to_owned(), 1)].into() });
        assert_eq!(faults.len(), 4, "{faults:?}");
        for fault in ["watts", "colors.1", "wats", "rooms.b"] {
            assert!(faults.iter().any(|found| found == fault), "{fault} in {faults:?}");
        }
    }

    #[test]
    fn a_missing_field_is_one_error() {
        assert_eq!(read("colors = []"), (None, vec![String::new()]));
    }

    #[test]
    fn a_value_of_the_wrong_type_terminates() {
        let LenientRead { value, faults } = lenient::<Lamp>(&Value::Integer(1), &|_| None);
        assert!(value.is_none() && faults.len() == 1);
    }
}
