//! A theme out of the files it is made of: its own, the one it inherits from, and so on.
//! Nothing that is wrong with a file keeps the theme from being made; it becomes a warning.

use ratatui::style::{Modifier, Style};

use super::{
    Role, Theme,
    file::{File, Palette},
};

/// The theme `name` out of `files`: its own first, then each one inherited from.
pub(super) fn resolve(name: &str, files: &[&File]) -> Theme {
    let mut warnings = files.iter().flat_map(|file| file.check()).collect();
    let mut palette = Palette::new();
    for file in files.iter().rev() {
        file.lay_palette(&mut palette, &mut warnings);
    }
    let mut own = |role| files.iter().find_map(|file| file.style(role, &palette, &mut warnings));
    let stated: Vec<Option<Style>> = Role::ALL.iter().map(|role| own(*role)).collect();
    let styles = Role::ALL.iter().map(|role| fall_back(*role, &stated)).collect();
    let about = files.first().map_or("", |file| file.about());
    Theme { name: name.to_owned(), about: about.to_owned(), styles, warnings }
}

/// The style stated for `role`, or that of the role it falls back on; what has to stand out does in any case.
fn fall_back(role: Role, stated: &[Option<Style>]) -> Style {
    if let Some(style) = stated.get(role as usize).copied().flatten() {
        return style;
    }
    let style = role.falls_back_on().map_or_else(Style::new, |parent| fall_back(parent, stated));
    if role.stands_out() { style.add_modifier(Modifier::REVERSED) } else { style }
}
