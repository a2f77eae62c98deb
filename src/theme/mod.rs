//! Themes: the mapping from semantic roles to colors.
//! No other module names colors.

use ratatui::style::{Color, Style};

use crate::diagnostic::Diagnostic;

mod color_depth;
mod contrast;
mod registry;
mod resolve;
mod role;
mod theme_file;
mod without_color;

pub use color_depth::ThemeColorDepth;
pub use registry::{ThemeError, Themes};
pub use role::Role;

/// Name of the default theme, which is always available.
pub const DEFAULT_THEME: &str = "tintype";

/// Style for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    about: String,
    /// Styles in the order of `Role::ALL`, one for each.
    styles: Vec<Style>,
    warnings: Vec<Diagnostic>,
}

impl Theme {
    /// Returns the style of `role`. A role without a background keeps the one it is drawn on.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Returns the name, as used in the config.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description, one line.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Returns whether the background is dark; an unknown background of the terminal counts as dark.
    pub fn is_dark(&self) -> bool {
        self.style(Role::Text).bg.and_then(contrast::luminance).is_none_or(|luminance| luminance < 0.18)
    }

    /// Returns whether the background is that of the terminal, whether dark or light.
    pub fn has_terminal_background(&self) -> bool {
        self.style(Role::Text).bg.and_then(contrast::luminance).is_none()
    }

    /// Returns the background color behind an image as red, green and blue; black or white if the terminal defines it.
    pub fn image_background(&self) -> [u8; 3] {
        match self.style(Role::Matte).bg {
            Some(Color::Rgb(red, green, blue)) => [red, green, blue],
            _ if self.is_dark() => [0; 3],
            _ => [255; 3],
        }
    }

    /// Returns the background color of the screen as red, green and blue; black or white if the terminal defines it.
    pub fn screen_background(&self) -> [u8; 3] {
        match self.style(Role::Text).bg {
            Some(Color::Rgb(red, green, blue)) => [red, green, blue],
            _ if self.is_dark() => [0; 3],
            _ => [255; 3],
        }
    }

    /// Returns the color that marks parts of an image as red, green and blue: the accent, as far as it is known.
    pub fn image_highlight(&self) -> [u8; 3] {
        let accent = self.style(Role::Accent).fg.and_then(contrast::rgb);
        accent.map_or([255, 64, 64], |(red, green, blue)| [red, green, blue])
    }

    /// Returns the problems of the theme file, none of which prevents its use.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn map_styles(&self, change: impl Fn(Role, Style) -> Style) -> Self {
        let styles = Role::ALL.iter().map(|role| change(*role, self.style(*role))).collect();
        Self { styles, ..self.clone() }
    }

    /// Returns the backgrounds on which text without its own background can appear.
    fn text_backgrounds(&self) -> Vec<Color> {
        [Role::Text, Role::Popup, Role::Header].into_iter().filter_map(|role| self.style(role).bg).collect()
    }
}

impl Default for Theme {
    fn default() -> Self {
        Themes::built_in().get(DEFAULT_THEME).unwrap_or_else(|_| Self::without_color())
    }
}

#[cfg(test)]
mod tests;
