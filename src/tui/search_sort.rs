//! The order of a search, changed in its text.

/// Orders in the sequence in which a key goes through them; the first needs no filter.
const SORTS: [&str; 4] = ["newest", "oldest", "rating", "cost"];

const FILTER: &str = "sort:";

/// Returns the order that a search asks for.
pub fn sort_of(text: &str) -> &'static str {
    let chosen = text.split_whitespace().rev().find_map(|word| word.strip_prefix(FILTER));
    SORTS.into_iter().find(|sort| chosen == Some(*sort)).unwrap_or(SORTS[0])
}

/// Returns the search in the next order.
pub fn next_sort(text: &str) -> String {
    let at = SORTS.iter().position(|sort| *sort == sort_of(text)).unwrap_or_default();
    let next = SORTS[(at + 1) % SORTS.len()];
    let words: Vec<&str> = text.split(' ').filter(|word| !word.starts_with(FILTER)).collect();
    let text = words.join(" ");
    if next == SORTS[0] { text.trim().to_owned() } else { format!("{} {FILTER}{next}", text.trim()).trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_follow_each_other_and_the_rest_of_the_search_stays() {
        let mut text = "fox \"red  door\"".to_owned();
        let mut seen = Vec::new();
        for _ in 0..4 {
            text = next_sort(&text);
            seen.push((text.clone(), sort_of(&text)));
        }
        let expected = [
            ("fox \"red  door\" sort:oldest", "oldest"),
            ("fox \"red  door\" sort:rating", "rating"),
            ("fox \"red  door\" sort:cost", "cost"),
            ("fox \"red  door\"", "newest"),
        ];
        assert_eq!(seen, expected.map(|(text, sort)| (text.to_owned(), sort)));
    }
}
