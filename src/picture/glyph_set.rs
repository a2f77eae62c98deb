//! Sets of block glyphs from which an image can be composed.
//!
//! Detection of the set that a terminal draws is in `capabilities`.

use std::{fmt, str::FromStr};

/// Set of glyphs for the mosaic protocol. Each set contains the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GlyphSet {
    /// Halves, quadrants and eighths of a cell, which are in Unicode's Block Elements.
    Quadrants,
    /// Blocks of two by three, since Unicode 13.
    Sextants,
    /// Cells cut by a slanted line, since Unicode 13.
    Diagonals,
    /// Blocks of two by four, since Unicode 16.
    Octants,
}

impl GlyphSet {
    pub const ALL: [Self; 4] = [Self::Quadrants, Self::Sextants, Self::Diagonals, Self::Octants];

    /// Returns the name in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quadrants => "quadrants",
            Self::Sextants => "sextants",
            Self::Diagonals => "diagonals",
            Self::Octants => "octants",
        }
    }

    /// Returns some of the glyphs that this set adds to the one before it.
    pub const fn samples(self) -> &'static str {
        match self {
            Self::Quadrants => "▖▗▘▝▚▞▙▟▛▜▂▆▎▊",
            Self::Sextants => "🬀🬁🬃🬇🬏🬞🬗🬤🬦🬐🬲🬳🬷🬻",
            Self::Diagonals => "🬼🬽🬾🬿🭀🭁🭂🭃🭄🭅🭆🭇🭈🭉",
            Self::Octants => "𜴀𜴃𜴉𜴘𜴶𜵰𜴡𜵉𜵍𜶚𜶜𜷋𜷡𜷥",
        }
    }
}

impl fmt::Display for GlyphSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Error for a name that is not a set of glyphs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no set of glyphs `{0}`")]
pub struct UnknownGlyphSet(pub String);

impl FromStr for GlyphSet {
    type Err = UnknownGlyphSet;

    fn from_str(name: &str) -> Result<Self, UnknownGlyphSet> {
        let found = Self::ALL.into_iter().find(|set| set.name() == name);
        found.ok_or_else(|| UnknownGlyphSet(name.chars().filter(|c| !c.is_control()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_found_by_its_name() {
        for set in GlyphSet::ALL {
            assert_eq!(set.name().parse(), Ok(set));
        }
        let error = "oct\u{1b}ets".parse::<GlyphSet>().unwrap_err();
        assert_eq!(error.to_string(), "there is no set of glyphs `octets`");
    }

    #[test]
    fn larger_sets_come_later() {
        assert!(GlyphSet::ALL.is_sorted());
    }
}
