//! Graphics protocols of terminals, and color depths.
//!
//! Detection of the supported protocol is in `capabilities`.

use std::{fmt, str::FromStr};

/// Protocol for showing an image in a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// kitty graphics held by the terminal and shown through placeholder characters, which behave like any text.
    KittyPlaceholders,
    /// kitty graphics held by the terminal and placed at the cursor.
    KittyPlacement,
    /// iTerm2's inline images.
    Iterm2,
    /// DEC sixel graphics with 256 colors.
    Sixel,
    /// Block characters of many shapes, as many as the terminal draws.
    Mosaic,
    /// Half-block characters, which work in every terminal.
    Blocks,
    /// Output of the `viuer` crate.
    Viuer,
}

impl Protocol {
    /// All protocols of this build.
    pub const ALL: &'static [Self] = &[
        Self::KittyPlaceholders,
        Self::KittyPlacement,
        Self::Iterm2,
        Self::Sixel,
        Self::Mosaic,
        Self::Blocks,
        #[cfg(feature = "viuer")]
        Self::Viuer,
    ];

    /// Returns the name in flags and in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KittyPlaceholders => "kitty-placeholders",
            Self::KittyPlacement => "kitty",
            Self::Iterm2 => "iterm2",
            Self::Sixel => "sixel",
            Self::Mosaic => "mosaic",
            Self::Blocks => "blocks",
            Self::Viuer => "viuer",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Error for a name that is not a protocol of this build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no protocol `{0}`")]
pub struct UnknownProtocol(pub String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(name: &str) -> Result<Self, UnknownProtocol> {
        let found = Self::ALL.iter().copied().find(|protocol| protocol.name() == name);
        found.ok_or_else(|| UnknownProtocol(name.chars().filter(|c| !c.is_control()).collect()))
    }
}

/// Color depth of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColorDepth {
    /// No color, or none wanted.
    Mono,
    /// The sixteen ANSI colors.
    Ansi16,
    /// The 256 colors of the xterm palette.
    Ansi256,
    /// 24-bit color.
    TrueColor,
}

impl fmt::Display for ColorDepth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mono => "no colors",
            Self::Ansi16 => "16 colors",
            Self::Ansi256 => "256 colors",
            Self::TrueColor => "24-bit color",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_is_found_by_its_name() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.name().parse(), Ok(*protocol));
        }
    }

    #[test]
    fn an_unknown_name_is_cleaned_before_it_is_repeated() {
        let error = "si\u{1b}xel".parse::<Protocol>().unwrap_err();
        assert_eq!(error.to_string(), "there is no protocol `sixel`");
    }
}
