//! Suggests the known name that an unknown one probably stands for.
//! It ranks the names that it is given and knows none itself.

/// Returns the name most similar to `word`, if one is similar enough to be suggested.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&word, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= tolerance(&word, name))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns a hint that suggests the nearest name, or lists all names if none is near.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => list(known),
    }
}

fn list<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "none are available".to_owned(),
        [only] => format!("the only one is {only}"),
        [names @ .., last] => format!("choose one of {} or {last}", names.join(", ")),
    }
}

/// Returns the edit distance of the words; if one is a prefix of the other, it counts as one edit.
fn distance(word: &str, name: &str) -> usize {
    let starts = word.len() >= 3 && (name.starts_with(word) || word.starts_with(name));
    if starts { 1 } else { strsim::damerau_levenshtein(word, name) }
}

fn tolerance(word: &str, name: &str) -> usize {
    (word.chars().count().max(name.chars().count()) / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["quality", "size", "style", "seed"];

    #[test]
    fn a_typo_is_understood() {
        for (typed, meant) in [("qualty", "quality"), ("szie", "size"), ("Style", "style"), ("qual", "quality")] {
            assert_eq!(nearest(typed, KNOWN), Some(meant), "{typed}");
        }
    }

    #[test]
    fn nothing_is_suggested_for_another_word() {
        assert_eq!(nearest("background", KNOWN), None);
        assert_eq!(hint("background", KNOWN), "choose one of `quality`, `size`, `style` or `seed`");
        assert_eq!(hint("x", []), "none are available");
    }
}
