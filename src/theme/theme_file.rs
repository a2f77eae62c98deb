//! Theme file: description, palette and roles as written.
//! Inheritance is implemented in `resolve`.

use indexmap::IndexMap;
use ratatui::style::{Color, Modifier, Style};
use toml::{Table, Value};

use super::Role;
use crate::{
    diagnostic::{Diagnostic, KeyOrValue, SourceText},
    suggest,
};

const KEYS: [&str; 4] = ["about", "inherits", "palette", "roles"];
const STYLE_KEYS: [&str; 3] = ["fg", "bg", "modifiers"];
const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed_out", Modifier::CROSSED_OUT),
];

/// Named colors of a theme.
pub(super) type Palette = IndexMap<String, Color>;

/// Parsed theme file, before inheritance is resolved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ThemeFile {
    source: SourceText,
    table: Table,
}

impl ThemeFile {
    /// Parses a file.
    ///
    /// # Errors
    ///
    /// Returns a diagnostic if the file is not valid TOML.
    pub(super) fn parse(source: SourceText) -> Result<Self, Diagnostic> {
        let table = source.table()?;
        Ok(Self { source, table })
    }

    pub(super) fn about(&self) -> &str {
        self.text("about").unwrap_or_default()
    }

    pub(super) fn inherits(&self) -> Option<&str> {
        self.text("inherits")
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.table.get(key).and_then(Value::as_str)
    }

    /// Validates the structure: unknown keys and roles, and values of the wrong type.
    pub(super) fn validate(&self) -> Vec<Diagnostic> {
        let unknown_keys = self.table.keys().filter(|key| !KEYS.contains(&key.as_str()));
        let keys = unknown_keys.map(|key| self.unknown(&[key], "key", KEYS));
        let roles = self.section("roles").filter(|(name, _)| Role::from_name(name).is_none());
        let names = || Role::ALL.iter().map(|role| role.name());
        let roles = roles.map(|(name, _)| self.unknown(&["roles", name], "role", names()));
        let texts =
            ["about", "inherits"].into_iter().filter(|key| self.table.contains_key(*key) && self.text(key).is_none());
        let texts = texts.map(|key| self.diagnose(&[key], format!("`{key}` must be text"), None));
        let tables =
            ["palette", "roles"].into_iter().filter(|key| self.table.get(*key).is_some_and(|it| !it.is_table()));
        let tables = tables.map(|key| self.diagnose(&[key], format!("`{key}` is not a table"), None));
        keys.chain(roles).chain(texts).chain(tables).collect()
    }

    /// Merges this file's palette into `palette`; an invalid color is skipped with a warning.
    pub(super) fn merge_palette(&self, palette: &mut Palette, warnings: &mut Vec<Diagnostic>) {
        for (name, value) in self.section("palette") {
            match value.as_str().and_then(parse_color) {
                Some(color) => drop(palette.insert(name.clone(), color)),
                None => warnings.push(self.no_color(&["palette", name], value, std::iter::empty())),
            }
        }
    }

    /// Returns the style that this file defines for `role`; `None` if it defines none or an invalid one.
    pub(super) fn style(&self, role: Role, palette: &Palette, warnings: &mut Vec<Diagnostic>) -> Option<Style> {
        let path = ["roles", role.name()];
        match self.table.get(path[0])?.get(path[1])? {
            Value::Table(table) => Some(self.style_of_table(path, table, palette, warnings)),
            value => match self.color(&path, value, palette) {
                Ok(color) => Some(Style::new().fg(color)),
                Err(warning) => {
                    warnings.push(warning);
                    None
                }
            },
        }
    }

    fn style_of_table(
        &self,
        path: [&str; 2],
        table: &Table,
        palette: &Palette,
        warnings: &mut Vec<Diagnostic>,
    ) -> Style {
        let mut style = Style::new();
        for (key, value) in table {
            let path = [path[0], path[1], key.as_str()];
            let changed = match key.as_str() {
                "fg" => self.color(&path, value, palette).map(|color| style.fg(color)),
                "bg" => self.color(&path, value, palette).map(|color| style.bg(color)),
                "modifiers" => self.modifiers(&path, value).map(|modifiers| style.add_modifier(modifiers)),
                _ => Err(self.unknown(&path, "key", STYLE_KEYS)),
            };
            match changed {
                Ok(changed) => style = changed,
                Err(warning) => warnings.push(warning),
            }
        }
        style
    }

    fn color(&self, path: &[&str], value: &Value, palette: &Palette) -> Result<Color, Diagnostic> {
        let named = value.as_str().and_then(|name| palette.get(name).copied().or_else(|| parse_color(name)));
        named
            .or_else(|| parse_indexed(value))
            .ok_or_else(|| self.no_color(path, value, palette.keys().map(String::as_str)))
    }

    fn modifiers(&self, path: &[&str], value: &Value) -> Result<Modifier, Diagnostic> {
        let names = value.as_array().ok_or_else(|| {
            let hint = "use a list such as [\"bold\"]".to_owned();
            self.diagnose(path, "`modifiers` must be a list".to_owned(), Some(hint))
        })?;
        names.iter().try_fold(Modifier::empty(), |all, name| {
            let known = MODIFIERS.iter().find(|(known, _)| name.as_str() == Some(known));
            known.map(|(_, modifier)| all | *modifier).ok_or_else(|| {
                let hint = suggest::hint(name.as_str().unwrap_or_default(), MODIFIERS.map(|(known, _)| known));
                self.diagnose(path, format!("there is no modifier {}", format_quoted(name)), Some(hint))
            })
        })
    }

    fn section(&self, key: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.table.get(key).and_then(Value::as_table).into_iter().flatten()
    }

    fn no_color<'a>(&self, path: &[&str], value: &Value, names: impl Iterator<Item = &'a str>) -> Diagnostic {
        let near = value.as_str().and_then(|word| suggest::nearest(word, names));
        let hint = near.map_or_else(
            || "use \"#rrggbb\", a color name, a number from 0 to 255, or a name from the palette".to_owned(),
            |name| format!("did you mean `{name}`?"),
        );
        self.diagnose(path, format!("{} is not a color", format_quoted(value)), Some(hint))
    }

    fn unknown<'a>(&self, path: &[&str], what: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Diagnostic {
        let name = path.last().copied().unwrap_or_default();
        let hint = Some(suggest::hint(name, known));
        self.source.diagnose_at(path, KeyOrValue::Key, format!("unknown {what} `{name}`"), hint)
    }

    /// Creates a diagnostic for the value at `path`.
    pub(super) fn diagnose(&self, path: &[&str], message: String, hint: Option<String>) -> Diagnostic {
        self.source.diagnose_at(path, KeyOrValue::Value, message, hint)
    }
}

fn format_quoted(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("`{value}`"), |text| format!("`{text}`"))
}

fn parse_indexed(value: &Value) -> Option<Color> {
    value.as_integer().and_then(|index| u8::try_from(index).ok()).map(Color::Indexed)
}

/// Parses `#rrggbb`, `#rgb`, a color name, a number, or `reset`.
fn parse_color(text: &str) -> Option<Color> {
    let short = text.strip_prefix('#').filter(|digits| digits.len() == 3 && digits.is_ascii());
    match short {
        Some(digits) => {
            format!("#{}", digits.chars().flat_map(|digit| [digit, digit]).collect::<String>()).parse().ok()
        }
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_parse_in_usual_spellings() {
        assert_eq!(parse_color("#fff"), Some(Color::Rgb(255, 255, 255)));
        assert_eq!(parse_color("#d2691e"), Some(Color::Rgb(0xd2, 0x69, 0x1e)));
        assert_eq!(parse_color("dark-gray"), Some(Color::DarkGray));
        assert_eq!(parse_color("bright-blue"), Some(Color::LightBlue));
        assert_eq!(parse_color("214"), Some(Color::Indexed(214)));
        assert_eq!(parse_color("reset"), Some(Color::Reset));
        for text in ["", "#", "#ff", "#ggg", "#12345", "rouge", "256", "#ä1", "#äb"] {
            assert_eq!(parse_color(text), None, "{text}");
        }
    }
}
