//! Further words under which the palette and the help find an action, since people type the word they know.

use super::action::Action;

/// Words per action, separated by spaces.
#[rustfmt::skip]
const WORDS: &[(Action, &str)] = &[
    (Action::Quit, "exit leave close end bye"),
    (Action::Help, "keys shortcuts bindings manual cheatsheet symbols legend"),
    (Action::Palette, "menu actions commands"),
    (Action::Messages, "log notices notifications errors warnings history"),
    (Action::SwitchBackend, "provider service account api openai offline"),
    (Action::SwitchModel, "engine price cost cheap fast"),
    (Action::SwitchTheme, "colors colours dark light appearance style palette skin"),
    (Action::FocusNext, "tab window panel"),
    (Action::ToggleSettings, "options preferences parameters size quality count configure recipe"),
    (Action::ToggleHistory, "sidebar list library panel"),
    (Action::ToggleFullPreview, "fullscreen maximize large big zoom enlarge view open"),
    (Action::SearchHistory, "find filter query"),
    (Action::Gallery, "grid thumbnails browse all images library batch"),
    (Action::Compare, "versus side models lanes batch grid vary variations"),
    (Action::Duel, "vote blind arena judge ab"),
    (Action::Results, "scores statistics ranking winner votes"),
    (Action::EditExternally, "editor vim nano write"),
    (Action::Unfinished, "pending recover interrupted jobs batch queue"),
    (Action::Cancel, "stop abort kill"),
    (Action::SendToSuccessor, "retired deprecated upgrade"),
    (Action::Dismiss, "escape clear message"),
    (Action::Suspend, "background shell pause"),
    (Action::Redraw, "refresh repaint clear screen"),
    (Action::Submit, "generate create make draw run"),
    (Action::EnhancePrompt, "improve rewrite better expand direct"),
    (Action::PasteImage, "clipboard"),
    (Action::AddReference, "attach upload file input import open picture"),
    (Action::SetMask, "inpaint region crop erase outpaint"),
    (Action::SetMarkup, "annotate draw"),
    (Action::ContinueFromResult, "iterate continue chain next change"),
    (Action::ClearReferences, "remove detach drop images"),
    (Action::Reuse, "recipe restore settings use"),
    (Action::Rerun, "vary variation again repeat retry regenerate seed"),
    (Action::RerunExactly, "repeat again reproduce deterministic"),
    (Action::EditImage, "change modify inpaint upscale remix"),
    (Action::AddImageAsReference, "attach input combine"),
    (Action::Mark, "favorite favourite star like"),
    (Action::RateFive, "rating stars best"),
    (Action::RateNone, "rating stars unrate"),
    (Action::Tag, "label keyword"),
    (Action::Collect, "collection album folder group"),
    (Action::SetTitle, "name rename caption"),
    (Action::Export, "save convert jpeg jpg png webp zip xmp resize crop download"),
    (Action::Lineage, "history parents children versions tree"),
    (Action::OpenImage, "view large fullscreen"),
    (Action::ToggleMarkedFilter, "favorites favourites stars"),
    (Action::Delete, "trash remove discard bin"),
    (Action::UndoDelete, "restore trash undelete recover"),
    (Action::CancelSelected, "stop abort"),
    (Action::CopyPath, "clipboard yank file error"),
    (Action::CopyImage, "clipboard yank picture"),
    (Action::OpenExternally, "viewer xdg print"),
    (Action::RevealInFolder, "directory finder files explorer"),
    (Action::Details, "info metadata properties seed lineage cost prompt"),
    (Action::TogglePreviousImage, "before after difference"),
    (Action::ToggleThumbnails, "previews"),
    (Action::ZoomIn, "magnify enlarge upscale"),
    (Action::ZoomOut, "shrink"),
    (Action::ZoomFill, "crop cover"),
    (Action::ZoomActual, "pixels original actual size"),
    (Action::FlipThrough, "toggle switch"),
];

/// Returns the further words of an action.
pub fn words(action: Action) -> impl Iterator<Item = &'static str> {
    WORDS.iter().filter(move |(of, _)| *of == action).flat_map(|(_, words)| words.split(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_listed_once_per_action() {
        let mut seen = std::collections::HashSet::new();
        assert!(WORDS.iter().all(|(action, _)| seen.insert(*action)));
        assert!(WORDS.iter().all(|(_, words)| words.split(' ').all(|word| !word.is_empty())));
    }
}
