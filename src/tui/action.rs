//! Every action of the studio, one row each: keymap, help, palette, hints and the book's table are derived from it.
//! `update` carries the actions out.

use serde::{Deserialize, Serialize};

/// The context in which a key is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyContext {
    /// Everywhere, unless a popup is open or the context itself binds the key.
    Global,
    /// In the prompt editor.
    Prompt,
    /// In the history pane.
    History,
    /// In the preview.
    Preview,
    /// In the settings pane.
    Settings,
    /// In the gallery.
    Gallery,
    /// In a comparison side by side.
    Compare,
    /// In a blind duel.
    Duel,
    /// On the page with the results of the votes.
    Scores,
    /// In a popup.
    Popup,
}

impl KeyContext {
    /// Every context, in the order of the help.
    pub const ALL: [Self; 10] = [
        Self::Global,
        Self::Prompt,
        Self::History,
        Self::Preview,
        Self::Settings,
        Self::Gallery,
        Self::Compare,
        Self::Duel,
        Self::Scores,
        Self::Popup,
    ];

    /// Returns its name in the config: `[keys.history]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Prompt => "prompt",
            Self::History => "history",
            Self::Preview => "preview",
            Self::Settings => "settings",
            Self::Gallery => "gallery",
            Self::Compare => "compare",
            Self::Duel => "duel",
            Self::Scores => "scores",
            Self::Popup => "popup",
        }
    }

    /// Returns its heading in the help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Prompt => "Prompt",
            Self::History => "History",
            Self::Preview => "Preview",
            Self::Settings => "Settings",
            Self::Gallery => "Gallery",
            Self::Compare => "Comparison",
            Self::Duel => "Blind vote",
            Self::Scores => "Results",
            Self::Popup => "Popups",
        }
    }
}

/// An action of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Quit,
    Help,
    Palette,
    SwitchBackend,
    SwitchModel,
    SwitchTheme,
    FocusNext,
    FocusPrevious,
    ToggleSettings,
    ToggleHistory,
    ToggleFullPreview,
    OpenImage,
    SearchHistory,
    Gallery,
    Compare,
    Duel,
    Results,
    EditExternally,
    Unfinished,
    Messages,
    Cancel,
    SendToSuccessor,
    Suspend,
    Redraw,
    Dismiss,
    Submit,
    EnhancePrompt,
    PasteImage,
    AddReference,
    SetMask,
    SetMarkup,
    ClearReferences,
    ContinueFromResult,
    NewLine,
    PromptOlder,
    PromptNewer,
    PromptClear,
    CursorUp,
    CursorDown,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    DeleteWord,
    DeleteWordRight,
    DeleteToStart,
    DeleteToEnd,
    PasteDeleted,
    SelectAll,
    Undo,
    Redo,
    SelectUp,
    SelectDown,
    SelectPageUp,
    SelectPageDown,
    SelectFirst,
    SelectLast,
    Reuse,
    Rerun,
    RerunExactly,
    EditImage,
    AddImageAsReference,
    Mark,
    RateNone,
    RateOne,
    RateTwo,
    RateThree,
    RateFour,
    RateFive,
    Tag,
    Collect,
    SetTitle,
    Export,
    Lineage,
    ToggleMarkedFilter,
    Delete,
    UndoDelete,
    CancelSelected,
    CopyPath,
    OpenExternally,
    Details,
    PreviousImage,
    NextImage,
    NewerRecord,
    OlderRecord,
    ZoomIn,
    ZoomOut,
    ZoomFit,
    ZoomActual,
    ZoomFill,
    TogglePreviousImage,
    ToggleThumbnails,
    CopyImage,
    RevealInFolder,
    PanLeft,
    PanRight,
    PanUp,
    PanDown,
    SettingUp,
    SettingDown,
    ValuePrevious,
    ValueNext,
    ValueEdit,
    ValueReset,
    FlipThrough,
    UseFirst,
    UseSecond,
    UseThird,
    UseFourth,
    VoteLeft,
    VoteTie,
    VoteBothBad,
    VoteRight,
    VoteUndo,
    VoteNext,
    CellLeft,
    CellRight,
    CellUp,
    CellDown,
    CellPageUp,
    CellPageDown,
    OpenCell,
    SelectJob,
    SelectRange,
    SelectAllJobs,
    NextSort,
    LargerCells,
    SmallerCells,
    ScrollUp,
    ScrollDown,
    ScrollPageUp,
    ScrollPageDown,
    LeavePane,
    LeaveScreen,
    PopupToggle,
    PopupComplete,
    PopupUp,
    PopupDown,
    PopupPageUp,
    PopupPageDown,
    PopupChoose,
    PopupClose,
}

/// One row of the table of actions.
#[derive(Clone, Copy, Debug)]
pub struct ActionRow {
    pub action: Action,
    /// Name in the config, as in `[keys.prompt] submit = "enter"`.
    pub name: &'static str,
    /// Description in a few words, lower case, without a period.
    pub doc: &'static str,
    pub context: KeyContext,
    /// Default keys, which the config can replace or unbind.
    pub keys: &'static [&'static str],
}

macro_rules! rows {
    ($($context:ident { $($action:ident $name:literal $doc:literal [$($key:literal),*])* })*) => {
        &[$($(ActionRow {
            action: Action::$action, name: $name, doc: $doc, context: KeyContext::$context, keys: &[$($key),*],
        }),*),*]
    };
}

/// The table of all actions.
#[rustfmt::skip]
pub const ACTIONS: &[ActionRow] = rows! {
    Global {
        Help            "help"             "show keys"                              ["f1"]
        Palette         "palette"          "search commands"                        ["ctrl-p"]
        SwitchBackend   "switch_backend"   "switch backend"                          ["ctrl-b"]
        SwitchModel     "switch_model"     "switch model"                           ["ctrl-o"]
        SwitchTheme     "switch_theme"     "switch theme"                           ["ctrl-t"]
        FocusNext       "focus_next"       "next pane"                              ["tab"]
        FocusPrevious   "focus_previous"   "previous pane"                          ["backtab"]
        ToggleSettings  "toggle_settings"  "focus or hide settings"                    ["ctrl-s", "f2"]
        ToggleHistory   "toggle_history"   "show or hide history"                   ["f3"]
        ToggleFullPreview     "full_preview"     "toggle full-window preview"             ["f4"]
        SearchHistory   "search_history"   "search history"                         ["ctrl-r"]
        Gallery         "gallery"          "open gallery"                           ["f5"]
        Compare         "compare"          "compare models on this prompt"          ["f6"]
        Duel            "duel"             "start a blind vote"                     ["f7"]
        Results         "scores"           "show results"                           ["f8"]
        EditExternally  "edit_externally"  "edit prompt in your editor"             ["ctrl-g"]
        Unfinished      "unfinished"       "resume or discard unfinished jobs"      ["f9"]
        Messages        "messages"         "show past messages"                     ["f12", "alt-l"]
        Cancel          "cancel"           "cancel the running job"                 ["ctrl-c"]
        SendToSuccessor       "successor"        "send prompt to the successor model"     ["ctrl-n"]
        Dismiss         "dismiss"          "dismiss message or leave pane"          ["esc"]
        Suspend         "suspend"          "suspend; `fg` resumes"                  ["ctrl-z"]
        Redraw          "redraw"           "redraw screen"                          ["ctrl-l"]
        Quit            "quit"             "quit"                                   ["ctrl-q"]
    }
    Prompt {
        Submit          "submit"           "send prompt"                            ["enter"]
        NewLine         "new_line"         "insert newline"                         ["alt-enter", "ctrl-j", "shift-enter"]
        EnhancePrompt   "direct"           "enhance prompt"                         ["alt-o"]
        PasteImage      "paste_picture"    "paste image as reference"                ["ctrl-v", "alt-v"]
        AddReference      "add_picture"      "add reference image"                    ["alt-i"]
        SetMask         "mask"             "add mask"                                ["alt-m"]
        SetMarkup       "markup"           "add markup"                             ["alt-k"]
        ClearReferences    "drop_pictures"    "clear references"                       ["alt-x"]
        ContinueFromResult "continue_from_result" "edit the latest result"             ["alt-e"]
        CursorUp        "cursor_up"        "line up, then older prompt"             ["up"]
        CursorDown      "cursor_down"      "line down, then newer prompt"           ["down"]
        PromptOlder     "prompt_older"     "older prompt"                           ["alt-up"]
        PromptNewer     "prompt_newer"     "newer prompt"                           ["alt-down"]
        PromptClear     "prompt_clear"     "clear prompt"                           ["alt-c"]
        WordLeft        "word_left"        "word left"                              ["alt-b", "ctrl-left", "alt-left"]
        WordRight       "word_right"       "word right"                             ["alt-f", "ctrl-right", "alt-right"]
        LineStart       "line_start"       "start of line"                          ["ctrl-a", "home"]
        LineEnd         "line_end"         "end of line"                            ["ctrl-e", "end"]
        DeleteWord      "delete_word"      "delete previous word"                   ["ctrl-w", "alt-backspace"]
        DeleteWordRight "delete_word_right" "delete next word"                      ["alt-d"]
        DeleteToStart   "delete_to_start"  "delete to start of line"                ["ctrl-u"]
        DeleteToEnd     "delete_to_end"    "delete to end of line"                  ["ctrl-k"]
        PasteDeleted    "paste_deleted"    "paste deleted text"                     ["ctrl-y"]
        SelectAll       "select_all"       "select all"                             ["alt-a"]
        Undo            "undo"             "undo"                                   ["alt-u", "ctrl-/", "ctrl-7"]
        Redo            "redo"             "redo"                                   ["alt-r"]
    }
    History {
        SelectUp        "up"               "newer"                                  ["up", "k"]
        SelectDown      "down"             "older"                                  ["down", "j"]
        SelectPageUp    "page_up"          "one page newer"                         ["pageup", "ctrl-u"]
        SelectPageDown  "page_down"        "one page older"                         ["pagedown", "ctrl-d"]
        SelectFirst     "first"            "newest"                                 ["home", "g"]
        SelectLast      "last"             "oldest"                                 ["end", "shift-g"]
        ToggleFullPreview     "view"             "view large"                             ["enter", "f"]
        Reuse           "reuse"            "reuse prompt and settings"              ["s", "ctrl-enter"]
        Rerun           "again"            "rerun with a new seed"                  ["r"]
        RerunExactly    "repeat"           "rerun with the same seed"               ["shift-r"]
        EditImage       "edit_image"       "edit this image"                        ["e"]
        AddImageAsReference        "add_image"        "add as reference"                       ["a"]
        ClearReferences    "drop_pictures"    "clear references"                       ["alt-x"]
        SearchHistory   "search"           "search"                                 ["/"]
        ToggleThumbnails "thumbnails"      "show or hide thumbnails"                ["t"]
        Mark            "mark"             "add to or remove from favorites"        ["m"]
        ToggleMarkedFilter      "only_marked"      "show only favorites, or all"            ["shift-m"]
        RateFive        "rate_five"          "rate 5"                                 ["5"]
        RateFour        "rate_four"          "rate 4"                                 ["4"]
        RateThree       "rate_three"          "rate 3"                                 ["3"]
        RateTwo         "rate_two"          "rate 2"                                 ["2"]
        RateOne         "rate_one"          "rate 1"                                 ["1"]
        RateNone        "unrate"           "remove rating"                          ["0"]
        Tag             "tag"              "tag"                                    ["#"]
        Collect         "collect"          "add to a collection"                    ["shift-c"]
        SetTitle        "title"            "set title"                              ["shift-t"]
        Export          "export"           "export"                                 ["shift-x"]
        Lineage         "lineage"          "show edits as a tree"                   ["shift-l"]
        Details         "details"          "show details"                           ["i"]
        CopyPath        "copy_path"        "copy file path"                         ["y"]
        OpenExternally  "open"             "open in system viewer"                  ["o"]
        CancelSelected  "cancel_selected"  "cancel this job"                        ["x"]
        Delete          "delete"           "move to trash"                          ["d", "delete"]
        UndoDelete      "undo_delete"      "undo delete"                            ["u"]
        PreviousImage   "previous_image"   "previous image of this job"             ["p", "["]
        NextImage       "next_image"       "next image of this job"                 ["n", "]"]
        TogglePreviousImage      "flip"             "toggle previous image"                  ["b"]
        ZoomFill        "zoom_fill"        "fill or fit pane"                       ["z"]
        CopyImage       "copy_image"       "copy image"                             ["c"]
        RevealInFolder  "reveal"           "open containing folder"                 ["w"]
        LeavePane       "leave"            "back to the prompt"                     ["q"]
        Help            "help"             "show keys"                              ["?"]
    }
    Preview {
        OpenImage       "open_image"       "open image, then full window"           ["enter"]
        ToggleFullPreview     "full"             "toggle full window"                     ["f"]
        PreviousImage   "previous_image"   "previous image of this job"             ["p", "["]
        NextImage       "next_image"       "next image of this job"                 ["n", "]"]
        NewerRecord     "newer"            "newer history entry"                    ["pageup", "ctrl-up"]
        OlderRecord     "older"            "older history entry"                    ["pagedown", "ctrl-down"]
        ZoomIn          "zoom_in"          "zoom in"                                ["+", "="]
        ZoomOut         "zoom_out"         "zoom out"                               ["-"]
        ZoomFit         "zoom_fit"         "fit to pane"                            ["0"]
        ZoomActual      "zoom_actual"      "zoom to 100%"                           ["1"]
        ZoomFill        "zoom_fill"        "fill or fit pane"                       ["z"]
        TogglePreviousImage      "flip"             "toggle previous image"                  ["b"]
        CopyImage       "copy_image"       "copy image"                             ["c"]
        RevealInFolder  "reveal"           "open containing folder"                 ["w"]
        PanLeft         "pan_left"         "pan left"                               ["left", "h"]
        PanRight        "pan_right"        "pan right"                              ["right", "l"]
        PanUp           "pan_up"           "pan up"                                 ["up", "k"]
        PanDown         "pan_down"         "pan down"                               ["down", "j"]
        Details         "details"          "show details"                           ["i"]
        CopyPath        "copy_path"        "copy file path"                         ["y"]
        OpenExternally  "open"             "open in system viewer"                  ["o"]
        EditImage       "edit_image"       "edit this image"                        ["e"]
        AddImageAsReference        "add_image"        "add as reference"                       ["a"]
        ClearReferences    "drop_pictures"    "clear references"                       ["alt-x"]
        Mark            "mark"             "add to or remove from favorites"        ["m"]
        Reuse           "reuse"            "reuse prompt and settings"              ["s", "ctrl-enter"]
        Rerun           "again"            "rerun with a new seed"                  ["r"]
        RerunExactly    "repeat"           "rerun with the same seed"               ["shift-r"]
        Tag             "tag"              "tag"                                    ["#"]
        Collect         "collect"          "add to a collection"                    ["shift-c"]
        SetTitle        "title"            "set title"                              ["shift-t"]
        Export          "export"           "export"                                 ["shift-x"]
        Lineage         "lineage"          "show edits as a tree"                   ["shift-l"]
        CancelSelected  "cancel_selected"  "cancel this job"                        ["x"]
        Delete          "delete"           "move to trash"                          ["d", "delete"]
        UndoDelete      "undo_delete"      "undo delete"                            ["u"]
        SearchHistory   "search"           "search"                                 ["/"]
        LeavePane       "leave"            "leave full window or pane"              ["q"]
        Help            "help"             "show keys"                              ["?"]
    }
    Settings {
        SettingUp       "up"               "previous setting"                       ["up", "k"]
        SettingDown     "down"             "next setting"                           ["down", "j"]
        ValuePrevious   "previous_value"   "previous value"                         ["left", "h"]
        ValueNext       "next_value"       "next value"                             ["right", "l", "space"]
        ValueEdit       "edit_value"       "enter a value"                          ["enter"]
        ValueReset      "reset_value"      "reset to default"                       ["backspace", "delete"]
        LeavePane       "leave"            "back to the prompt"                     ["q"]
        Help            "help"             "show keys"                              ["?"]
    }
    Gallery {
        CellLeft        "left"             "left"                                   ["left", "h"]
        CellRight       "right"            "right"                                  ["right", "l"]
        CellUp          "up"               "up"                                     ["up", "k"]
        CellDown        "down"             "down"                                   ["down", "j"]
        CellPageUp      "page_up"          "page up"                                ["pageup", "ctrl-u"]
        CellPageDown    "page_down"        "page down"                              ["pagedown", "ctrl-d"]
        SelectFirst     "first"            "first"                                  ["home", "g"]
        SelectLast      "last"             "last"                                   ["end", "shift-g"]
        OpenCell        "open"             "open image"                             ["enter"]
        SelectJob       "select"           "select or deselect"                     ["space"]
        SelectRange     "range"            "start or end a range"                   ["v"]
        SelectAllJobs   "all"              "select all, or none"                    ["*", "ctrl-a"]
        RateFive        "rate_five"          "rate 5"                                 ["5"]
        RateFour        "rate_four"          "rate 4"                                 ["4"]
        RateThree       "rate_three"          "rate 3"                                 ["3"]
        RateTwo         "rate_two"          "rate 2"                                 ["2"]
        RateOne         "rate_one"          "rate 1"                                 ["1"]
        RateNone        "unrate"           "remove rating"                          ["0"]
        Mark            "favorite"         "add to or remove from favorites"        ["m"]
        ToggleMarkedFilter      "only_favorites"      "show only favorites, or all"            ["shift-m"]
        Tag             "tag"              "tag"                                    ["t"]
        Collect         "collect"          "add to a collection"                    ["c"]
        SetTitle        "title"            "set title"                              ["shift-t"]
        Delete          "delete"           "move to trash"                          ["d", "delete"]
        UndoDelete      "undo_delete"      "undo delete"                            ["u"]
        Export          "export"           "export"                                 ["x"]
        EditImage       "edit_image"       "edit this image"                        ["e"]
        AddImageAsReference        "add_image"        "add as reference"                       ["a"]
        SearchHistory   "search"           "search"                                 ["/"]
        NextSort        "sort"             "sort by the next criterion"             ["s"]
        Lineage         "lineage"          "show edits as a tree"                   ["shift-l"]
        LargerCells     "larger"           "larger cells"                           ["+", "="]
        SmallerCells    "smaller"          "smaller cells"                          ["-"]
        Details         "details"          "show details"                           ["i"]
        CopyPath        "copy_path"        "copy file path"                         ["y"]
        OpenExternally  "open_externally"  "open in system viewer"                  ["o"]
        LeaveScreen     "leave"            "clear selection, then leave"            ["esc", "q", "f5"]
        Help            "help"             "show keys"                              ["?"]
    }
    Compare {
        FlipThrough            "flip"             "flip through"                           ["space"]
        UseFirst        "use_first"        "use the first one"                      ["1"]
        UseSecond       "use_second"       "use the second one"                     ["2"]
        UseThird        "use_third"        "use the third one"                      ["3"]
        UseFourth       "use_fourth"       "use the fourth one"                     ["4"]
        ZoomIn          "zoom_in"          "zoom in on all"                         ["+", "="]
        ZoomOut         "zoom_out"         "zoom out on all"                        ["-"]
        ZoomFit         "zoom_fit"         "show whole images"                      ["0"]
        ZoomFill        "zoom_fill"        "fill or fit all"                        ["z"]
        PanLeft         "pan_left"         "pan all left"                           ["left", "h"]
        PanRight        "pan_right"        "pan all right"                          ["right", "l"]
        PanUp           "pan_up"           "pan all up"                             ["up", "k"]
        PanDown         "pan_down"         "pan all down"                           ["down", "j"]
        LeaveScreen     "leave"            "leave comparison"                       ["q"]
        Help            "help"             "show keys"                              ["?"]
    }
    Duel {
        VoteLeft        "left"             "left is better"                         ["h", "1"]
        VoteTie         "tie"              "no meaningful difference"               ["j", "2"]
        VoteBothBad     "both_bad"         "both bad"                               ["k", "3"]
        VoteRight       "right"            "right is better"                        ["l", "4"]
        VoteUndo        "undo"             "undo last answer"                       ["u", "backspace"]
        VoteNext        "next"             "submit, then next pair"                 ["enter"]
        FlipThrough            "flip"             "flip between the two"                   ["space"]
        ZoomIn          "zoom_in"          "zoom in on both"                        ["+", "="]
        ZoomOut         "zoom_out"         "zoom out on both"                       ["-"]
        ZoomFit         "zoom_fit"         "show whole images"                      ["0"]
        PanLeft         "pan_left"         "pan both left"                          ["left"]
        PanRight        "pan_right"        "pan both right"                         ["right"]
        PanUp           "pan_up"           "pan both up"                            ["up"]
        PanDown         "pan_down"         "pan both down"                          ["down"]
        LeaveScreen     "leave"            "leave blind vote"                       ["q"]
        Help            "help"             "show keys"                              ["?"]
    }
    Scores {
        ScrollUp        "up"               "up"                                     ["up", "k"]
        ScrollDown      "down"             "down"                                   ["down", "j"]
        ScrollPageUp    "page_up"          "page up"                                ["pageup"]
        ScrollPageDown  "page_down"        "page down"                              ["pagedown", "space"]
        LeaveScreen     "leave"            "leave results"                          ["q"]
        Help            "help"             "show keys"                              ["?"]
    }
    Popup {
        PopupUp         "up"               "up"                                     ["up", "ctrl-p"]
        PopupDown       "down"             "down"                                   ["down", "ctrl-n"]
        PopupPageUp     "page_up"          "page up"                                ["pageup"]
        PopupPageDown   "page_down"        "page down"                              ["pagedown"]
        PopupChoose     "choose"           "choose"                                 ["enter"]
        PopupToggle     "toggle"           "select or deselect lane"                ["space"]
        PopupComplete   "complete"         "complete the file path"                 ["tab"]
        Duel            "duel"             "start a blind vote"                     ["f7"]
        PopupClose      "close"            "close"                                  ["esc", "f1"]
        Quit            "quit"             "quit"                                   ["ctrl-q"]
    }
};

/// Returns the row of `name` in `context`.
pub fn row(context: KeyContext, name: &str) -> Option<&'static ActionRow> {
    ACTIONS.iter().find(|row| row.context == context && row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_within_a_context_and_snake_case() {
        let mut seen = std::collections::HashSet::new();
        for row in ACTIONS {
            assert!(seen.insert((row.context, row.name)), "{} twice in {}", row.name, row.context.name());
            assert!(row.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", row.name);
        }
    }

    #[test]
    fn every_doc_is_a_phrase_without_a_full_stop() {
        for row in ACTIONS {
            assert!(!row.doc.ends_with('.') && !row.doc.is_empty(), "{}", row.name);
            assert!(row.doc.chars().next().is_some_and(char::is_lowercase), "{}", row.doc);
        }
    }

    #[test]
    fn the_keys_that_scripts_rely_on_are_fixed() {
        let keys = |context, name| row(context, name).unwrap().keys;
        assert_eq!(keys(KeyContext::Global, "quit"), ["ctrl-q"]);
        assert_eq!(keys(KeyContext::Prompt, "submit"), ["enter"]);
        assert!(keys(KeyContext::Popup, "close").contains(&"esc"));
        assert_eq!(keys(KeyContext::Global, "help"), ["f1"]);
        assert_eq!(keys(KeyContext::Global, "palette"), ["ctrl-p"]);
        assert_eq!(keys(KeyContext::Global, "switch_backend"), ["ctrl-b"]);
        assert_eq!(keys(KeyContext::Global, "focus_next"), ["tab"]);
    }
}
