//! Colorless theme for `NO_COLOR`: bold, underline and reverse video carry the meaning.
//! It uses only the terminal's default colors.

use ratatui::style::{Modifier, Style};

use super::{Role, Theme};

impl Theme {
    /// Returns a theme of modifiers only, in which all roles remain distinguishable.
    pub fn without_color() -> Self {
        Self {
            name: "without-color".to_owned(),
            about: "No colors: weight, lines and reversal only.".to_owned(),
            styles: Role::ALL.iter().map(|role| Style::new().add_modifier(modifiers(*role))).collect(),
            warnings: Vec::new(),
        }
    }
}

const fn modifiers(role: Role) -> Modifier {
    match role {
        Role::Selection | Role::Cursor | Role::Marked | Role::Gauge => Modifier::REVERSED,
        Role::SelectionUnfocused | Role::Match => Modifier::UNDERLINED,
        Role::Error | Role::ValueChanged => Modifier::BOLD.union(Modifier::UNDERLINED),
        Role::Muted | Role::Placeholder | Role::Hint | Role::Border | Role::GaugeTrack | Role::Scrollbar => {
            Modifier::DIM
        }
        Role::Accent
        | Role::Title
        | Role::BorderFocused
        | Role::PopupBorder
        | Role::Key
        | Role::Header
        | Role::Warning
        | Role::Running => Modifier::BOLD,
        Role::Text
        | Role::Label
        | Role::Value
        | Role::Success
        | Role::Info
        | Role::Popup
        | Role::Money
        | Role::Matte => Modifier::empty(),
    }
}
