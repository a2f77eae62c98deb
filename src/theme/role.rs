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

    /// Its name in a theme file.
    pub const fn name(self) -> &'static str {
        self.described().0
    }

    /// What it is, a few words.
    pub const fn about(self) -> &'static str {
        self.described().1
    }

    /// The role whose style it takes where a theme says nothing of it.
    pub const fn falls_back_on(self) -> Option<Self> {
        self.described().2
    }

    /// The role of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// Whether nothing but its look sets it apart from what is around it.
    pub(super) const fn stands_out(self) -> bool {
        matches!(self, Self::Selection | Self::SelectionUnfocused | Self::Cursor | Self::Marked)
    }

    const fn described(self) -> (&'static str, &'static str, Option<Self>) {
        match self {
            Self::Text => ("text", "plain text on the screen's background; also the background of everything", None),
            Self::Muted => ("muted", "text that may be overlooked: ages, units, empty states", Some(Self::Text)),
            Self::Accent => {
                ("accent", "what shall be noticed first: the current model, the focused thing", Some(Self::Text))
            }
            Self::Title => ("title", "titles of panes and popups", Some(Self::Accent)),
            Self::Border => ("border", "the border of a pane", Some(Self::Muted)),
            Self::BorderFocused => ("border_focused", "the border of the pane that has the focus", Some(Self::Accent)),
            Self::Selection => ("selection", "the selected line where the focus is", Some(Self::Text)),
            Self::SelectionUnfocused => {
                ("selection_unfocused", "the selected line where the focus is not", Some(Self::Text))
            }
            Self::Cursor => ("cursor", "the text cursor", Some(Self::Text)),
            Self::Placeholder => ("placeholder", "text that stands in for what is not typed yet", Some(Self::Muted)),
            Self::Marked => ("marked", "a marked stretch of text in the editor", Some(Self::Selection)),
            Self::Match => ("match", "the part of a line that matches a search", Some(Self::Accent)),
            Self::Key => ("key", "a key in hints and help", Some(Self::Accent)),
            Self::Hint => ("hint", "what a key does", Some(Self::Muted)),
            Self::Header => ("header", "the header line", Some(Self::Text)),
            Self::Label => ("label", "names of settings", Some(Self::Muted)),
            Self::Value => ("value", "values of settings", Some(Self::Text)),
            Self::ValueChanged => ("value_changed", "a value that differs from its default", Some(Self::Accent)),
            Self::Success => ("success", "something went well", Some(Self::Accent)),
            Self::Warning => ("warning", "something deserves a look", Some(Self::Accent)),
            Self::Error => ("error", "something failed", Some(Self::Accent)),
            Self::Info => ("info", "something is worth knowing", Some(Self::Accent)),
            Self::Running => ("running", "something is being done: spinners, progress", Some(Self::Accent)),
            Self::Gauge => ("gauge", "the filled part of a gauge", Some(Self::Accent)),
            Self::GaugeTrack => ("gauge_track", "the empty part of a gauge", Some(Self::Muted)),
            Self::Popup => ("popup", "text and background of a popup", Some(Self::Text)),
            Self::PopupBorder => ("popup_border", "the border of a popup", Some(Self::BorderFocused)),
            Self::Scrollbar => ("scrollbar", "the handle of a scroll bar", Some(Self::Border)),
            Self::Money => ("money", "amounts of money", Some(Self::Value)),
            Self::Matte => ("matte", "what stands behind a picture", Some(Self::Text)),
        }
    }
}
