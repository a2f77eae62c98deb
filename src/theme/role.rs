//! Semantic roles of colors in the studio. Views refer to a role, and a theme maps it to a color.

/// Meaning of a screen element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Plain text; its background is that of the whole screen.
    Text,
    /// Text of minor importance: ages, units, empty states.
    Muted,
    /// Most important element: the current model, the focused item.
    Accent,
    /// Titles of panes and popups.
    Title,
    /// The border of a pane.
    Border,
    /// The border of the pane that has the focus.
    BorderFocused,
    /// The selected line in the focused pane.
    Selection,
    /// The selected line in a pane without focus.
    SelectionUnfocused,
    /// The text cursor.
    Cursor,
    /// Placeholder for text that has not been typed yet.
    Placeholder,
    /// Selected text in the editor.
    Marked,
    /// The part of a line that matches a search.
    Match,
    /// A key in hints and help.
    Key,
    /// Description of a key's action.
    Hint,
    /// The header line.
    Header,
    /// Names of settings.
    Label,
    /// Values of settings.
    Value,
    /// A value that differs from its default.
    ValueChanged,
    /// Success of an operation.
    Success,
    /// Warning that deserves attention.
    Warning,
    /// Error or failed operation.
    Error,
    /// Useful information.
    Info,
    /// Work in progress: spinners, progress bars.
    Running,
    /// The filled part of a gauge.
    Gauge,
    /// The empty part of a gauge.
    GaugeTrack,
    /// Text and background of a popup.
    Popup,
    /// The border of a popup.
    PopupBorder,
    /// The handle of a scrollbar.
    Scrollbar,
    /// Amounts of money.
    Money,
    /// The background behind an image.
    Matte,
}

impl Role {
    /// All roles.
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

    /// Returns the name in theme files.
    pub const fn name(self) -> &'static str {
        self.description().0
    }

    /// Returns a short description.
    pub const fn about(self) -> &'static str {
        self.description().1
    }

    /// Returns the role whose style is used if a theme does not define this one.
    pub const fn fallback(self) -> Option<Self> {
        self.description().2
    }

    /// Returns the role with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// Returns whether only its style distinguishes the role from its surroundings.
    pub(super) const fn must_stand_out(self) -> bool {
        matches!(self, Self::Selection | Self::SelectionUnfocused | Self::Cursor | Self::Marked)
    }

    const fn description(self) -> (&'static str, &'static str, Option<Self>) {
        match self {
            Self::Text => ("text", "plain text, and the background of the screen", None),
            Self::Muted => ("muted", "secondary text: ages, units, empty states", Some(Self::Text)),
            Self::Accent => ("accent", "emphasis: the current model, the focused element", Some(Self::Text)),
            Self::Title => ("title", "titles of panes and popups", Some(Self::Accent)),
            Self::Border => ("border", "the border of a pane", Some(Self::Muted)),
            Self::BorderFocused => ("border_focused", "the border of the pane that has the focus", Some(Self::Accent)),
            Self::Selection => ("selection", "the selected line in the focused pane", Some(Self::Text)),
            Self::SelectionUnfocused => {
                ("selection_unfocused", "the selected line in a pane without the focus", Some(Self::Text))
            }
            Self::Cursor => ("cursor", "the text cursor", Some(Self::Text)),
            Self::Placeholder => ("placeholder", "placeholder text in an empty field", Some(Self::Muted)),
            Self::Marked => ("marked", "selected text in the editor", Some(Self::Selection)),
            Self::Match => ("match", "the part of a line that matches a search", Some(Self::Accent)),
            Self::Key => ("key", "a key in hints and help", Some(Self::Accent)),
            Self::Hint => ("hint", "the description of a key", Some(Self::Muted)),
            Self::Header => ("header", "the header line", Some(Self::Text)),
            Self::Label => ("label", "names of settings", Some(Self::Muted)),
            Self::Value => ("value", "values of settings", Some(Self::Text)),
            Self::ValueChanged => ("value_changed", "a value that differs from its default", Some(Self::Accent)),
            Self::Success => ("success", "success", Some(Self::Accent)),
            Self::Warning => ("warning", "warnings", Some(Self::Accent)),
            Self::Error => ("error", "errors", Some(Self::Accent)),
            Self::Info => ("info", "information", Some(Self::Accent)),
            Self::Running => ("running", "activity: spinners, progress", Some(Self::Accent)),
            Self::Gauge => ("gauge", "the filled part of a gauge", Some(Self::Accent)),
            Self::GaugeTrack => ("gauge_track", "the empty part of a gauge", Some(Self::Muted)),
            Self::Popup => ("popup", "text and background of a popup", Some(Self::Text)),
            Self::PopupBorder => ("popup_border", "the border of a popup", Some(Self::BorderFocused)),
            Self::Scrollbar => ("scrollbar", "the handle of a scroll bar", Some(Self::Border)),
            Self::Money => ("money", "amounts of money", Some(Self::Value)),
            Self::Matte => ("matte", "the area behind an image", Some(Self::Text)),
        }
    }
}
