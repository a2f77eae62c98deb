//! Themes: which colour a meaning has.
//! The only place that names colours; it draws nothing.

use ratatui::style::{Color, Style};

use crate::diagnostic::Diagnostic;

mod contrast;
mod depth;
mod file;
mod resolve;
mod role;
mod themes;
mod without_color;

pub use depth::ColorDepth;
pub use role::Role;
pub use themes::{ThemeError, Themes};

/// The name of the theme that is there whatever happens.
pub const DEFAULT: &str = "tintype";

/// A look for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    about: String,
    /// One for each of `Role::ALL`, in that order.
    styles: Vec<Style>,
    warnings: Vec<Diagnostic>,
}

impl Theme {
    /// How `role` looks. Roles without a background of their own leave it to what they are drawn on.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Its name, as the config writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, one line.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Whether its background is dark; a background that only the terminal knows counts as dark.
    pub fn is_dark(&self) -> bool {
        self.style(Role::Text).bg.and_then(contrast::luminance).is_none_or(|luminance| luminance < 0.18)
    }

    /// What stands behind a picture: red, green, blue. Black or white where the colour is the terminal's own.
    pub fn matte(&self) -> [u8; 3] {
        match self.style(Role::Matte).bg {
            Some(Color::Rgb(red, green, blue)) => [red, green, blue],
            _ if self.is_dark() => [0; 3],
            _ => [255; 3],
        }
    }

    /// What everything stands on: red, green, blue. Black or white where the colour is the terminal's own.
    pub fn ground(&self) -> [u8; 3] {
        match self.style(Role::Text).bg {
            Some(Color::Rgb(red, green, blue)) => [red, green, blue],
            _ if self.is_dark() => [0; 3],
            _ => [255; 3],
        }
    }

    /// What is wrong with its file; none of it keeps the theme from being used.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn map_styles(&self, change: impl Fn(Role, Style) -> Style) -> Self {
        let styles = Role::ALL.iter().map(|role| change(*role, self.style(*role))).collect();
        Self { styles, ..self.clone() }
    }

    /// The backgrounds that text without one of its own can stand on.
    fn grounds(&self) -> Vec<Color> {
        [Role::Text, Role::Popup, Role::Header].into_iter().filter_map(|role| self.style(role).bg).collect()
    }
}

impl Default for Theme {
    fn default() -> Self {
        Themes::built_in().get(DEFAULT).unwrap_or_else(|_| Self::without_color())
    }
}

#[cfg(test)]
mod tests;
