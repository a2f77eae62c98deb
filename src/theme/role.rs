//! The meanings a colour can have in the studio. A view names a role, never a colour.
//! Which colour a role has is said by a theme, not here.

/// What a piece of the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Plain text on the screen's background; also the background of everything.
    Text,
    /// Text that may be overlooked: ages, units, empty states.
    Muted,
    /// What shall be noticed first: the current model, the focused thing.
    Accent,
    /// Titles of panes and popups.
    Title,
    /// The border of a pane.
    Border,
    /// The border of the pane that has the focus.
    BorderFocused,
    /// The selected line where the focus is.
    Selection,
    /// The selected line where the focus is not.
    SelectionUnfocused,
    /// The text cursor.
    Cursor,
    /// Text that stands in for what is not typed yet.
    Placeholder,
    /// A marked stretch of text in the editor.
    Marked,
    /// The part of a line that matches a search.
    Match,
    /// A key in hints and help.
    Key,
    /// What a key does.
    Hint,
    /// The header line.
    Header,
    /// Names of settings.
    Label,
    /// Values of settings.
    Value,
    /// A value that differs from its default.
    ValueChanged,
    /// Something went well.
    Success,
    /// Something deserves a look.
    Warning,
    /// Something failed.
    Error,
    /// Something is worth knowing.
    Info,
    /// Something is being done: spinners, progress.
    Running,
    /// The filled part of a gauge.
    Gauge,
    /// The empty part of a gauge.
    GaugeTrack,
    /// Text and background of a popup.
    Popup,
    /// The border of a popup.
    PopupBorder,
    /// The handle of a scroll bar.
    Scrollbar,
    /// Amounts of money.
    Money,
    /// What stands behind a picture.
    Matte,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Title,
        Self::Border,
        Self::BorderFocused,
        Self::Selection,
        Self::SelectionUnfocused,
        Self::Cursor,
        Self::Placeholder,
        Self::Marked,
        Self::Match,
        Self::Key,
        Self::Hint,
        Self::Header,
        Self::Label,
        Self::Value,
        Self::ValueChanged,
        Self::Success,
        Self::Warning,
        Self::Error,
        Self::Info,
        Self::Running,
        Self::Gauge,
        Self::GaugeTrack,
        Self::Popup,
        Self::PopupBorder,
        Self::Scrollbar,
        Self::Money,
        Self::Matte,
    ];
}
