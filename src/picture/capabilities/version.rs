//! Version numbers in the names that terminals report.

/// Major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32);

impl Version {
    /// Finds the first `number.number` in `text`.
    pub(super) fn find(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().ok());
        Some(Self(numbers.next()??, numbers.next()??))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(Version::find("kitty(0.26.5)"), Some(Version(0, 26)));
        assert!(Version::find("kitty(0.9.1)") < Version::find("kitty(0.28.0)"));
        assert_eq!(Version::find("ghostty"), None);
        assert_eq!(Version::find("XTerm(379)"), None);
    }
}
