//! What concerns the studio as a whole: its window, its focus, its messages, its end.
//! Panes have their own modules.

use std::sync::Arc;

use super::notify::{count, notify};
use crate::engine::Registry;
use crate::theme::Theme;
use crate::tui::{
    action::{Action, KeyContext},
    effect::Effect,
    layout::{is_single_pane, settings_open},
    model::{Focus, Model, Notice, NoticeTopic, Screen, Severity, SpentTotals},
    msg::Reloaded,
};

/// The terminal has another size.
pub(super) fn resize(model: &mut Model, columns: u16, rows: u16) -> Vec<Effect> {
    model.terminal_size = (columns, rows);
    Vec::new()
}

/// Time has passed.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    model.notices.expire(model.now.since_start);
    Vec::new()
}

/// What was spent.
pub(super) fn spent(model: &mut Model, spent: SpentTotals) -> Vec<Effect> {
    model.spent = spent;
    Vec::new()
}

/// The backends guess better what they cost.
pub(super) fn learned(model: &mut Model, registry: Arc<Registry>) -> Vec<Effect> {
    model.registry = registry;
    model.update_estimate();
    Vec::new()
}

/// Draws everything afresh, the picture too.
pub(super) fn redraw(model: &mut Model) -> Vec<Effect> {
    model.preview.reset();
    if let Some(pane) = model.screen.as_mut().and_then(Screen::pane_mut) {
        pane.reset();
    }
    model.history.refresh();
    vec![Effect::Redraw]
}

/// Looked at again: inside tmux, images that another screen never got are sent to it.
pub(super) fn focused(model: &mut Model) -> Vec<Effect> {
    model.window_focused = true;
    if model.terminal.tmux { vec![Effect::Redraw] } else { Vec::new() }
}

/// The user looks elsewhere.
pub(super) fn unfocused(model: &mut Model) -> Vec<Effect> {
    model.window_focused = false;
    Vec::new()
}

/// Esc: the message first, then the image opened from a grid, the full window, then back to the prompt.
pub(super) fn dismiss(model: &mut Model) -> Vec<Effect> {
    let closes_image =
        |model: &mut Model| model.screen.is_none() && model.focus == Focus::Preview && model.close_opened_image();
    if model.notices.dismiss() || closes_image(model) {
        return Vec::new();
    }
    if model.screen.is_some() {
        model.leave_stage();
    } else if model.preview_maximized {
        model.leave_full_preview();
    } else if model.focus != Focus::History || !model.drop_search() {
        model.focus = Focus::Prompt;
    }
    Vec::new()
}

/// Leaves the pane as Esc does, but dismisses no message and drops no search.
pub(super) fn leave_pane(model: &mut Model) -> Vec<Effect> {
    if model.focus == Focus::Preview && model.close_opened_image() {
        return Vec::new();
    }
    if model.preview_maximized {
        model.leave_full_preview();
    } else {
        model.focus = Focus::Prompt;
    }
    Vec::new()
}

/// Goes round the panes that can be reached.
pub(super) fn focus_next(model: &mut Model, step: isize) -> Vec<Effect> {
    let shown = settings_open(model) || is_single_pane(model);
    let panes: Vec<Focus> =
        [(Focus::Prompt, true), (Focus::History, model.show_history), (Focus::Preview, true), (Focus::Settings, shown)]
            .into_iter()
            .filter_map(|(pane, reachable)| reachable.then_some(pane))
            .collect();
    let at = panes.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    model.focus = panes[(at as isize + step).rem_euclid(panes.len() as isize) as usize];
    model.preview_maximized = false;
    Vec::new()
}

/// Shows the settings and goes there, or hides them.
pub(super) fn toggle_settings(model: &mut Model) -> Vec<Effect> {
    model.preview_maximized = false;
    if model.focus == Focus::Settings {
        model.show_settings = Some(false);
        model.focus = Focus::Prompt;
    } else {
        model.show_settings = Some(true);
        model.focus = Focus::Settings;
    }
    Vec::new()
}

/// Shows or hides the history.
pub(super) fn toggle_history(model: &mut Model) -> Vec<Effect> {
    model.preview_maximized = false;
    let hidden = crate::tui::layout::layout(model).history.is_none();
    if model.show_history && hidden {
        // There was no room for it beside the settings: it takes their place.
        model.show_settings = Some(false);
        model.focus = Focus::History;
        return Vec::new();
    }
    model.show_history = !model.show_history;
    if !model.show_history && model.focus == Focus::History {
        model.focus = Focus::Prompt;
    }
    Vec::new()
}

/// Ends, after a word of warning while jobs run.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    if !model.jobs.is_empty() && !model.quit_warned {
        model.quit_warned = true;
        let text = format!("{} still running", count(model.jobs.len(), "image is", "images are"));
        let hint = model.key_hint(KeyContext::Global, Action::Quit, "again to cancel and quit");
        return notify(model, Notice::new(Severity::Warning, text).with_hint(hint).about(NoticeTopic::Quit));
    }
    terminate(model)
}

/// Ends at once; what was typed is remembered.
pub(super) fn terminate(model: &mut Model) -> Vec<Effect> {
    model.quitting = true;
    vec![Effect::SaveSession(model.session())]
}

/// A changed config: running jobs keep what they have, everything else follows.
pub(super) fn reloaded(model: &mut Model, result: Result<Box<Reloaded>, Notice>) -> Vec<Effect> {
    let reloaded = match result {
        Ok(reloaded) => *reloaded,
        Err(notice) => {
            model.notices.clear(NoticeTopic::Config);
            return notify(model, notice.about(NoticeTopic::Config));
        }
    };
    let gone = reloaded.registry.get(&model.next_job.backend).is_none();
    let default_changed =
        model.registry.default().unwrap_or_default() != reloaded.registry.default().unwrap_or_default();
    if gone || default_changed {
        model.next_job.backend = reloaded.registry.default().unwrap_or_default().to_owned();
    }
    model.registry = reloaded.registry;
    let before = std::mem::replace(&mut model.config, Arc::clone(&reloaded.config));
    if before.theme != model.config.theme {
        // The file changed last, so it wins over earlier choices.
        (model.chosen_theme, model.theme_override) = (None, None);
    }
    if before.preview.thumbnails != model.config.preview.thumbnails {
        model.thumbnails.visible = model.config.preview.thumbnails;
    }
    if before.preview != model.config.preview {
        forget_images(model);
    }
    let theme = model.theme_in_use().to_owned();
    model.update_estimate();
    model.notices.clear(NoticeTopic::Config);
    let done = Notice::new(Severity::Success, "Config reloaded");
    notify(model, reloaded.config_error.map_or(done, |fault| fault.about(NoticeTopic::Config)));
    vec![Effect::UseConfig(reloaded.config), Effect::UseTheme(theme)]
}

/// A backend that had to be asked is known now: its knobs appear, and choices it does not have are dropped.
pub(super) fn met(model: &mut Model, registry: Arc<Registry>) -> Vec<Effect> {
    let undecided = model.next_job.backend == model.registry.default().unwrap_or_default();
    model.registry = registry;
    if undecided {
        // What `auto` means may depend on it.
        model.next_job.backend = model.registry.default().unwrap_or_default().to_owned();
    }
    model.drop_missing_models();
    model.update_estimate();
    Vec::new()
}

/// A theme that was asked for.
pub(super) fn theme_loaded(model: &mut Model, result: Result<Theme, Notice>) -> Vec<Effect> {
    model.notices.clear(NoticeTopic::Theme);
    match result {
        Ok(theme) => use_theme(model, theme),
        Err(notice) => return notify(model, notice.about(NoticeTopic::Theme)),
    }
    Vec::new()
}

fn use_theme(model: &mut Model, theme: Theme) {
    let grounds = |theme: &Theme| (theme.image_background(), theme.screen_background());
    let same_grounds = grounds(&model.theme) == grounds(&theme);
    model.theme = theme;
    // The background of images is the theme's. Without another one, the image stays while themes are previewed.
    if !same_grounds {
        forget_images(model);
    }
}

fn forget_images(model: &mut Model) {
    model.preview.reset();
    if let Some(pane) = model.screen.as_mut().and_then(Screen::pane_mut) {
        pane.reset();
    }
    model.thumbnails.reset();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{CompareConfig, PreviewConfig},
        tui::{fixtures, live_config::LiveConfig, model::SavedSession, msg::Msg, update::update},
    };

    #[test]
    fn a_backend_that_is_known_now_brings_its_knobs_and_keeps_what_was_chosen_for_it() {
        let mut model = fixtures::model();
        model.registry = fixtures::registry_asking();
        let models = [("pencil", "pencil-old"), ("brush", "gone")];
        let models = models.map(|(backend, model)| (backend.to_owned(), model.to_owned())).into();
        model.restore(SavedSession { models, ..SavedSession::default() });
        let before = model.setting_rows().len();
        assert_eq!(model.next_job.models.keys().collect::<Vec<_>>(), ["pencil"]);
        met(&mut model, fixtures::registry());
        assert!(model.setting_rows().len() > before);
        assert_eq!((model.next_job.backend.as_str(), model.model_id()), ("pencil", "pencil-old"));
    }

    #[test]
    fn error_about_a_theme_ends_when_another_one_is_loaded() {
        let mut model = fixtures::model();
        let theme = |name: &str| crate::theme::Themes::built_in().get(name).unwrap();
        update(&mut model, Msg::ThemeLoaded(Err(Notice::new(Severity::Error, "there is no theme `dracla`"))));
        assert_eq!(model.notices.current().unwrap().text, "there is no theme `dracla`");
        update(&mut model, Msg::ThemeLoaded(Ok(theme("dracula"))));
        assert_eq!((model.notices.current(), model.theme.name()), (None, "dracula"));
    }

    fn reload(theme: &str) -> Msg {
        reload_with(LiveConfig { theme: theme.to_owned(), theme_pinned: true, ..LiveConfig::default() })
    }

    fn reload_with(config: LiveConfig) -> Msg {
        let config = Arc::new(config);
        Msg::Reloaded(Ok(Box::new(Reloaded { registry: fixtures::registry(), config, config_error: None })))
    }

    #[test]
    fn reload_replaces_every_setting_for_the_model_and_the_effects() {
        let mut model = fixtures::model();
        let (driver, glyphs) = ("sixel".into(), "auto".into());
        let preview = PreviewConfig { thumbnails: true, checkerboard: true, driver, glyphs };
        let compare = CompareConfig { mirrored: 50, ..CompareConfig::default() };
        let config = LiveConfig { preview, compare, theme_names: vec!["mine".into()], ..LiveConfig::default() };
        let effects = update(&mut model, reload_with(config));
        let Effect::UseConfig(used) = &effects[0] else { panic!("{effects:?}") };
        assert!(Arc::ptr_eq(used, &model.config) && used.compare.mirrored == 50 && model.thumbnails.visible);
        model.thumbnails.visible = false;
        let same = LiveConfig::clone(&model.config);
        update(&mut model, reload_with(same));
        assert!(!model.thumbnails.visible, "an unchanged setting does not override a key");
    }

    #[test]
    fn a_mended_config_leaves_no_word_of_what_was_wrong() {
        let mut model = fixtures::model();
        for wrong in ["config.toml:1:1: unknown key `a`", "config.toml:2:1: unknown key `b`"] {
            update(&mut model, Msg::Reloaded(Err(Notice::new(Severity::Error, wrong))));
            assert_eq!((model.notices.current().unwrap().text.as_str(), model.notices.hidden_count()), (wrong, 0));
        }
        update(&mut model, reload("nord"));
        assert_eq!(
            (model.notices.current().unwrap().text.as_str(), model.notices.hidden_count()),
            ("Config reloaded", 0)
        );
        model.notices.expire(std::time::Duration::from_secs(600));
        assert_eq!(model.notices.current(), None);
    }

    #[test]
    fn the_theme_named_last_is_used_and_a_flag_is_not_remembered() {
        let mut model = fixtures::model();
        Arc::make_mut(&mut model.config).theme = "nord".into();
        model.theme_override = Some("dracula".into());
        let used = |name: &str| Effect::UseTheme(name.into());
        assert!(update(&mut model, reload("nord")).contains(&used("dracula")), "its file may be another now");
        assert_eq!(model.session().theme, None);
        assert!(update(&mut model, reload("gruvbox-dark")).contains(&used("gruvbox-dark")));
        model.chosen_theme = Some("tintype".into());
        assert!(update(&mut model, reload("gruvbox-dark")).contains(&used("tintype")));
        assert!(update(&mut model, reload("nord")).contains(&used("nord")));
        assert_eq!(model.session().theme, None);
    }

    #[test]
    fn a_model_that_turns_out_not_to_be_there_is_forgotten() {
        let mut model = fixtures::model();
        model.registry = fixtures::registry_asking();
        let models = [("pencil".to_owned(), "pencil-9".to_owned())].into();
        model.restore(SavedSession { models, ..SavedSession::default() });
        met(&mut model, fixtures::registry());
        assert_eq!(model.model_id(), "pencil");
    }

    #[test]
    fn the_history_takes_the_place_of_the_settings_where_there_is_no_room_for_both() {
        let mut model = fixtures::model();
        model.terminal_size = (80, 24);
        toggle_settings(&mut model);
        assert!(crate::tui::layout::layout(&model).history.is_none());
        toggle_history(&mut model);
        let areas = crate::tui::layout::layout(&model);
        assert!(areas.history.is_some() && areas.settings.is_none() && model.focus == Focus::History);
        toggle_history(&mut model);
        assert!(crate::tui::layout::layout(&model).history.is_none() && model.focus == Focus::Prompt);
    }
}
