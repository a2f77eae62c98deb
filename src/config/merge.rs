//! Merging of config layers: the user's file over the defaults.
//! The only key it knows is `kind`, because different kinds of backends have different settings.

use toml::{Table, Value};

/// Merges `over` into `base`: tables are merged recursively, all other values are replaced. A table with a different
/// `kind` replaces the one below entirely.
pub(super) fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) if !is_another_kind(below, &above) => merge(below, above),
            (Some(below), value) => *below = value,
            (None, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn is_another_kind(below: &Table, above: &Table) -> bool {
    matches!((below.get("kind"), above.get("kind")), (Some(below), Some(above)) if below != above)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn merged(base: &str, over: &str) -> Table {
        let mut base: Table = base.parse().unwrap();
        merge(&mut base, over.parse().unwrap());
        base
    }

    #[test]
    fn tables_merge_and_values_replace() {
        let result = merged("[t]\na = 1\nb = [1, 2]", "[t]\nb = [3]\nc = 4");
        assert_eq!(result, "[t]\na = 1\nb = [3]\nc = 4".parse().unwrap());
        assert_eq!(merged("theme = { dark = \"a\" }", "theme = \"b\""), "theme = \"b\"".parse().unwrap());
    }

    #[test]
    fn tables_of_another_kind_replace() {
        let result = merged("[b.x]\nkind = \"one\"\nkey = 1", "[b.x]\nkind = \"two\"");
        assert_eq!(result, "[b.x]\nkind = \"two\"".parse().unwrap());
    }

    #[test]
    fn new_keys_are_appended() {
        let result = merged("[b.z]\n[b.a]", "[b.m]");
        let names: Vec<_> = result["b"].as_table().unwrap().keys().cloned().collect();
        assert_eq!(names, ["z", "a", "m"]);
    }
}
