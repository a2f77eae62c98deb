//! Which theme the user wants: one, or one for each kind of terminal background.
//! Names only; whether a theme of that name exists is found out by the themes.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// The theme, or the pair of themes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    /// This one, whatever the terminal looks like.
    One(String),
    /// One for each kind of background.
    Pair {
        /// Where the background is dark.
        dark: String,
        /// Where the background is light.
        light: String,
    },
}

impl ThemeChoice {
    /// The name for a terminal whose background is dark or light; dark where nobody knows.
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
