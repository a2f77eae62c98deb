//! Every action of the studio, one row each: keymap, help, palette, hints and the README's table are derived from it.
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
    pub const ALL: [Self; 9] = [
        Self::Global,
        Self::Prompt,
        Self::History,
        Self::Preview,
        Self::Settings,
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
            Self::Compare => "Comparison",
            Self::Duel => "Duel",
            Self::Scores => "Scores",
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
    SearchHistory,
    Compare,
    Duel,
    Scores,
    EditExternally,
    Unfinished,
    Cancel,
    SendToSuccessor,
    Suspend,
    Redraw,
    Dismiss,
    Submit,
    Direct,
    PastePicture,
    AddReference,
    SetMask,
    SetMarkup,
    ClearReferences,
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
    Again,
    EditImage,
    AddImageAsReference,
    Mark,
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
    ScrollUp,
    ScrollDown,
    ScrollPageUp,
    ScrollPageDown,
    LeaveScreen,
    PopupToggle,
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
        Help            "help"             "show the keys"                          ["f1"]
        Palette         "palette"          "find anything that can be done"         ["ctrl-p"]
        SwitchBackend   "switch_backend"   "choose the backend for the next picture" ["ctrl-b"]
        SwitchModel     "switch_model"     "choose the model for the next picture"  ["ctrl-o"]
        SwitchTheme     "switch_theme"     "choose the colours"                     ["ctrl-t"]
        FocusNext       "focus_next"       "go to the next pane"                    ["tab"]
        FocusPrevious   "focus_previous"   "go to the previous pane"                ["backtab"]
        ToggleSettings  "toggle_settings"  "go to the settings, or hide them"          ["ctrl-s", "f2"]
        ToggleHistory   "toggle_history"   "show or hide the history"               ["f3"]
        ToggleFullPreview     "full_preview"     "show the picture in the whole window"   ["f4"]
        SearchHistory   "search_history"   "search the history"                     ["ctrl-r"]
        Compare         "compare"          "compare models on this prompt"          ["f6"]
        Duel            "duel"             "vote blindly on what was prepared"      ["f7"]
        Scores          "scores"           "show what the votes say"                ["f8"]
        EditExternally  "edit_externally"  "write the prompt in your editor"        ["ctrl-g"]
        Unfinished      "unfinished"       "fetch or give up unfinished jobs"       ["f9"]
        Cancel          "cancel"           "cancel the running job"                 ["ctrl-c"]
        SendToSuccessor       "successor"        "send a prompt to the model's successor" ["ctrl-n"]
        Dismiss         "dismiss"          "dismiss the message, leave the pane"    ["esc"]
        Suspend         "suspend"          "go to the shell; `fg` comes back"       ["ctrl-z"]
        Redraw          "redraw"           "draw the screen afresh"                 ["ctrl-l"]
        Quit            "quit"             "quit"                                   ["ctrl-q"]
    }
    Prompt {
        Submit          "submit"           "send the prompt"                        ["enter"]
        NewLine         "new_line"         "start a new line"                       ["alt-enter", "ctrl-j", "shift-enter"]
        Direct          "direct"           "have a model write it better"           ["alt-o"]
        PastePicture    "paste_picture"    "start from the picture on the clipboard" ["ctrl-v", "alt-v"]
        AddReference      "add_picture"      "start from a picture file"              ["alt-i"]
        SetMask         "mask"             "redraw only where a mask is transparent" ["alt-m"]
        SetMarkup       "markup"           "change what a markup points at"         ["alt-k"]
        ClearReferences    "drop_pictures"    "start from no picture"                  ["alt-x"]
        CursorUp        "cursor_up"        "line up, then the older prompt"         ["up"]
        CursorDown      "cursor_down"      "line down, then the newer prompt"       ["down"]
        PromptOlder     "prompt_older"     "older prompt"                           ["alt-up"]
        PromptNewer     "prompt_newer"     "newer prompt"                           ["alt-down"]
        PromptClear     "prompt_clear"     "clear the prompt"                       ["alt-c"]
        WordLeft        "word_left"        "word left"                              ["alt-b", "ctrl-left", "alt-left"]
        WordRight       "word_right"       "word right"                             ["alt-f", "ctrl-right", "alt-right"]
        LineStart       "line_start"       "start of the line"                      ["ctrl-a", "home"]
        LineEnd         "line_end"         "end of the line"                        ["ctrl-e", "end"]
        DeleteWord      "delete_word"      "delete the word before"                 ["ctrl-w", "alt-backspace"]
        DeleteWordRight "delete_word_right" "delete the word after"                 ["alt-d"]
        DeleteToStart   "delete_to_start"  "delete to the start of the line"        ["ctrl-u"]
        DeleteToEnd     "delete_to_end"    "delete to the end of the line"          ["ctrl-k"]
        PasteDeleted    "paste_deleted"    "put back what was deleted"              ["ctrl-y"]
        SelectAll       "select_all"       "mark everything"                        ["alt-a"]
        Undo            "undo"             "undo"                                   ["alt-u", "ctrl-/", "ctrl-7"]
        Redo            "redo"             "redo"                                   ["alt-r"]
    }
    History {
        SelectUp        "up"               "newer"                                  ["up", "k"]
        SelectDown      "down"             "older"                                  ["down", "j"]
        SelectPageUp    "page_up"          "a page newer"                           ["pageup", "ctrl-u"]
        SelectPageDown  "page_down"        "a page older"                           ["pagedown", "ctrl-d"]
        SelectFirst     "first"            "the newest"                             ["home", "g"]
        SelectLast      "last"             "the oldest"                             ["end", "shift-g"]
        Reuse           "reuse"            "take over its prompt and settings"      ["enter"]
        Again           "again"            "draw it once more"                      ["r"]
        EditImage       "edit_image"       "start from this picture"                ["e"]
        AddImageAsReference        "add_image"        "start from this picture too"            ["a"]
        ClearReferences    "drop_pictures"    "start from no picture"                  ["alt-x"]
        SearchHistory   "search"           "search"                                 ["/"]
        ToggleThumbnails "thumbnails"      "show or hide thumbnails"                ["t"]
        Mark            "mark"             "mark or unmark"                         ["m"]
        ToggleMarkedFilter      "only_marked"      "show only marked ones, or all"          ["shift-m"]
        Details         "details"          "show everything known about it"         ["i"]
        CopyPath        "copy_path"        "copy the file's path"                   ["y"]
        OpenExternally  "open"             "open in the system's viewer"            ["o"]
        CancelSelected  "cancel_selected"  "cancel this job"                        ["x"]
        Delete          "delete"           "move to the trash"                      ["d", "delete"]
        UndoDelete      "undo_delete"      "bring back what was deleted last"       ["u"]
        Help            "help"             "show the keys"                          ["?"]
    }
    Preview {
        ToggleFullPreview     "full"             "whole window, and back"                 ["enter", "f"]
        PreviousImage   "previous_image"   "previous picture of this job"           ["p", "["]
        NextImage       "next_image"       "next picture of this job"               ["n", "]"]
        NewerRecord     "newer"            "newer entry of the history"             ["pageup", "ctrl-up"]
        OlderRecord     "older"            "older entry of the history"             ["pagedown", "ctrl-down"]
        ZoomIn          "zoom_in"          "closer"                                 ["+", "="]
        ZoomOut         "zoom_out"         "farther"                                ["-"]
        ZoomFit         "zoom_fit"         "fit the pane"                           ["0"]
        ZoomActual      "zoom_actual"      "one pixel for one pixel"                ["1"]
        ZoomFill        "zoom_fill"        "fill the pane, or fit it"               ["z"]
        TogglePreviousImage      "flip"             "flip to the picture before, and back"   ["b"]
        CopyImage       "copy_image"       "copy the picture"                       ["c"]
        RevealInFolder  "reveal"           "open its folder"                        ["w"]
        PanLeft         "pan_left"         "look left"                              ["left", "h"]
        PanRight        "pan_right"        "look right"                             ["right", "l"]
        PanUp           "pan_up"           "look up"                                ["up", "k"]
        PanDown         "pan_down"         "look down"                              ["down", "j"]
        Details         "details"          "show everything known about it"         ["i"]
        CopyPath        "copy_path"        "copy the file's path"                   ["y"]
        OpenExternally  "open"             "open in the system's viewer"            ["o"]
        EditImage       "edit_image"       "start from this picture"                ["e"]
        AddImageAsReference        "add_image"        "start from this picture too"            ["a"]
        ClearReferences    "drop_pictures"    "start from no picture"                  ["alt-x"]
        Mark            "mark"             "mark or unmark"                         ["m"]
        Help            "help"             "show the keys"                          ["?"]
    }
    Settings {
        SettingUp       "up"               "setting above"                          ["up", "k"]
        SettingDown     "down"             "setting below"                          ["down", "j"]
        ValuePrevious   "previous_value"   "value before"                           ["left", "h"]
        ValueNext       "next_value"       "value after"                            ["right", "l", "space"]
        ValueEdit       "edit_value"       "type a value"                           ["enter"]
        ValueReset      "reset_value"      "back to the default"                    ["backspace", "delete"]
        Help            "help"             "show the keys"                          ["?"]
    }
    Compare {
        FlipThrough            "flip"             "one alone in place, then the next"      ["space"]
        UseFirst        "use_first"        "use the first one"                      ["1"]
        UseSecond       "use_second"       "use the second one"                     ["2"]
        UseThird        "use_third"        "use the third one"                      ["3"]
        UseFourth       "use_fourth"       "use the fourth one"                     ["4"]
        ZoomIn          "zoom_in"          "closer, all of them"                    ["+", "="]
        ZoomOut         "zoom_out"         "farther, all of them"                   ["-"]
        ZoomFit         "zoom_fit"         "whole pictures"                         ["0"]
        ZoomFill        "zoom_fill"        "fill the boxes, or fit them"            ["z"]
        PanLeft         "pan_left"         "look left, in all of them"              ["left", "h"]
        PanRight        "pan_right"        "look right, in all of them"             ["right", "l"]
        PanUp           "pan_up"           "look up, in all of them"                ["up", "k"]
        PanDown         "pan_down"         "look down, in all of them"              ["down", "j"]
        LeaveScreen      "leave"            "back to the panes"                      ["q"]
        Help            "help"             "show the keys"                          ["?"]
    }
    Duel {
        VoteLeft        "left"             "the left one"                           ["h", "1"]
        VoteTie         "tie"              "no difference that matters"             ["j", "2"]
        VoteBothBad     "both_bad"         "both bad"                               ["k", "3"]
        VoteRight       "right"            "the right one"                          ["l", "4"]
        VoteUndo        "undo"             "take the last answer back"              ["u", "backspace"]
        VoteNext        "next"             "cast the ballot, then the next pair"    ["enter"]
        FlipThrough            "flip"             "one alone in place, then the other"     ["space"]
        ZoomIn          "zoom_in"          "closer, both of them"                   ["+", "="]
        ZoomOut         "zoom_out"         "farther, both of them"                  ["-"]
        ZoomFit         "zoom_fit"         "whole pictures"                         ["0"]
        PanLeft         "pan_left"         "look left, in both"                     ["left"]
        PanRight        "pan_right"        "look right, in both"                    ["right"]
        PanUp           "pan_up"           "look up, in both"                       ["up"]
        PanDown         "pan_down"         "look down, in both"                     ["down"]
        LeaveScreen      "leave"            "back to the panes"                      ["q"]
        Help            "help"             "show the keys"                          ["?"]
    }
    Scores {
        ScrollUp        "up"               "up"                                     ["up", "k"]
        ScrollDown      "down"             "down"                                   ["down", "j"]
        ScrollPageUp    "page_up"          "a page up"                              ["pageup"]
        ScrollPageDown  "page_down"        "a page down"                            ["pagedown", "space"]
        LeaveScreen      "leave"            "back to the panes"                      ["q"]
        Help            "help"             "show the keys"                          ["?"]
    }
    Popup {
        PopupUp         "up"               "up"                                     ["up", "ctrl-p"]
        PopupDown       "down"             "down"                                   ["down", "ctrl-n"]
        PopupPageUp     "page_up"          "a page up"                              ["pageup"]
        PopupPageDown   "page_down"        "a page down"                            ["pagedown"]
        PopupChoose     "choose"           "choose"                                 ["enter"]
        PopupToggle     "toggle"           "choose this lane, or let it go"         ["space"]
        Duel            "duel"             "begin a blind duel between these"       ["f7"]
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
