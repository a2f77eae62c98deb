//! Choice of the theme: one, or one per kind of terminal background.
//! It holds names only, which the `theme` module resolves.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Selected theme or pair of themes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    /// Theme for every terminal.
    One(String),
    /// Pair of themes, selected by the terminal's background.
    Pair {
        /// Name of the theme for terminals with a dark background.
        dark: String,
        /// Name of the theme for terminals with a light background.
        light: String,
    },
}

impl ThemeChoice {
    /// Returns the theme for a dark or light background; an unknown background counts as dark.
    pub fn name(&self, dark: Option<bool>) -> &str {
        match self {
            Self::One(name) => name,
            Self::Pair { light, .. } if dark == Some(false) => light,
            Self::Pair { dark, .. } => dark,
        }
    }
}

impl Default for ThemeChoice {
    fn default() -> Self {
        Self::One(String::new())
    }
}

impl<'de> Deserialize<'de> for ThemeChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ThemeVisitor)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    dark: String,
    light: String,
}

struct ThemeVisitor;

impl<'de> Visitor<'de> for ThemeVisitor {
    type Value = ThemeChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a theme's name, or { dark = \"…\", light = \"…\" }")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<ThemeChoice, E> {
        Ok(ThemeChoice::One(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ThemeChoice, A::Error> {
        let Pair { dark, light } = Pair::deserialize(MapAccessDeserializer::new(map))?;
        Ok(ThemeChoice::Pair { dark, light })
    }
}
