//! Reads prompt files: readable text in sections that start with `## name`.
//! The first line is `Version N`. The caller fills in placeholders.

/// Returns the number in the first line, or 0 if there is none.
pub(crate) fn version(file: &str) -> i64 {
    let first = file.lines().next().unwrap_or_default();
    first.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Returns the section of that name without its heading, or an empty text if there is none.
pub(crate) fn section<'a>(file: &'a str, name: &str) -> &'a str {
    let mut sections = file.split("\n## ").skip(1);
    let section = sections.find_map(|section| section.strip_prefix(name)?.strip_prefix('\n'));
    section.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_by_its_whole_name() {
        let file = "Version 3\n\n## one\nfirst\n\n## one more\nsecond\n";
        assert_eq!((section(file, "one"), section(file, "one more"), section(file, "on")), ("first", "second", ""));
        assert_eq!((version(file), version("none")), (3, 0));
    }
}
