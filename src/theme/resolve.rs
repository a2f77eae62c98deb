//! Resolution of inheritance: builds a theme from its own file and all files it inherits from.
//! Errors in a file become warnings and do not prevent the theme from being built.

use ratatui::style::{Modifier, Style};

use super::{
    Role, Theme,
    theme_file::{Palette, ThemeFile},
};

/// Builds the theme `name` from `files`, its own first, followed by its ancestors.
pub(super) fn resolve(name: &str, files: &[&ThemeFile]) -> Theme {
    let mut warnings = files.iter().flat_map(|file| file.validate()).collect();
    let mut palette = Palette::new();
    for file in files.iter().rev() {
        file.merge_palette(&mut palette, &mut warnings);
    }
    let mut own = |role| files.iter().find_map(|file| file.style(role, &palette, &mut warnings));
    let stated: Vec<Option<Style>> = Role::ALL.iter().map(|role| own(*role)).collect();
    let styles = Role::ALL.iter().map(|role| fall_back(*role, &stated)).collect();
    let about = files.first().map_or("", |file| file.about());
    Theme { name: name.to_owned(), about: about.to_owned(), styles, warnings }
}

/// Returns the style defined for `role`, or that of the role it falls back on, reversed if the role must stand out.
fn fall_back(role: Role, stated: &[Option<Style>]) -> Style {
    if let Some(style) = stated.get(role as usize).copied().flatten() {
        return style;
    }
    let style = role.fallback().map_or_else(Style::new, |parent| fall_back(parent, stated));
    if role.must_stand_out() { style.add_modifier(Modifier::REVERSED) } else { style }
}
