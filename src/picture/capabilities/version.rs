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

    /// Finds the first number in `text`, in which two digits each stand for the minor version and the patch.
    pub(super) fn find_packed(text: &str) -> Option<Self> {
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?;
        let number: u32 = digits.parse().ok()?;
        Some(Self(number / 10_000, number / 100 % 100))
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
        assert_eq!(Version::find_packed("VTE(7802)"), Some(Version(0, 78)));
        assert_eq!(Version::find_packed("VTE"), None);
    }
}
