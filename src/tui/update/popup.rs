//! What lies over the panes: opening, typing, moving, choosing, closing.
//! What a choice does stands in the module of what was chosen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tintype_backends::{Model as DrawingModel, Readiness, Usd};

use crate::tui::{
    action::{ACTIONS, Action, KeyContext},
    action_words,
    effect::Effect,
    key_help, message_log,
    model::{HelpView, Model, Picker, PickerItem, PickerKind, PickerValue, Popup, Scroll},
};
use crate::{engine::Draft, id::Id, library::Lineage, theme::Theme};

/// Whether the open popup wants that action; a list that filters wants letters as text.
pub(super) fn takes(model: &Model, action: Action, key: KeyEvent) -> bool {
    let types = has_input(model) || matches!(model.popup, Some(Popup::Help(_)));
    let letter =
        matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    action == Action::Quit || !(types && letter)
}

/// Whether letters are text in the open popup.
pub(super) const fn has_input(model: &Model) -> bool {
    matches!(model.popup, Some(Popup::Palette(_) | Popup::Switch(..) | Popup::Text(_) | Popup::File(_)))
}

/// Moves the selection, or scrolls.
pub(super) fn move_by(model: &mut Model, rows: i32) -> Vec<Effect> {
    with_theme_preview(model, |model| move_or_scroll(model, rows))
}

/// Selects a match of a list by its index.
pub(super) fn select(model: &mut Model, row: usize) -> Vec<Effect> {
    with_theme_preview(model, |model| match &mut model.popup {
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.selected = row,
        Some(Popup::Lanes(picker)) => picker.selected = row,
        Some(Popup::File(picker)) => picker.selected = row,
        _ => {}
    })
}

fn move_or_scroll(model: &mut Model, rows: i32) {
    let end = scroll_end(model);
    match &mut model.popup {
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.move_by(rows as isize),
        Some(Popup::Help(HelpView { scroll, .. }) | Popup::Messages(scroll) | Popup::Details(_, scroll)) => {
            scroll.scroll_by(rows);
            scroll.0 = scroll.0.min(end);
        }
        Some(Popup::Proposal(proposal)) => proposal.scroll.scroll_by(rows),
        Some(Popup::Lanes(picker)) => picker.move_by(rows as isize),
        Some(Popup::File(picker)) => picker.move_by(rows as isize),
        Some(Popup::Text(_)) | None => {}
    }
}

/// The last position to which the open text can be scrolled; the view limits the others.
fn scroll_end(model: &Model) -> u16 {
    let size = model.terminal_size.into();
    match &model.popup {
        Some(Popup::Help(view)) => key_help::page(model, view, size).max_scroll(),
        Some(Popup::Messages(_)) => message_log::page(model, size).max_scroll(),
        _ => u16::MAX,
    }
}

/// A key that no action of the popup wants.
pub(super) fn typed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    with_theme_preview(model, |model| type_key(model, key))
}

fn type_key(model: &mut Model, key: KeyEvent) {
    let end = scroll_end(model);
    match &mut model.popup {
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.handle_key(key),
        Some(Popup::Text(field)) => field.handle_key(key),
        Some(Popup::File(editor)) => editor.handle_key(key),
        Some(Popup::Help(view)) => match key.code {
            KeyCode::Home => view.scroll = Scroll(0),
            KeyCode::End => view.scroll = Scroll(end),
            KeyCode::Char('/') if !view.filtering => view.filtering = true,
            KeyCode::Char(' ') if !view.filtering => view.scroll = Scroll(view.scroll.0.saturating_add(10).min(end)),
            KeyCode::Char('q' | '?') if !view.filtering => model.popup = None,
            _ => view.handle_key(key),
        },
        Some(Popup::Messages(scroll) | Popup::Details(_, scroll)) => match key.code {
            KeyCode::Char('j') => *scroll = Scroll(scroll.0.saturating_add(1).min(end)),
            KeyCode::Char('k') => scroll.scroll_by(-1),
            KeyCode::Char(' ') => *scroll = Scroll(scroll.0.saturating_add(10).min(end)),
            KeyCode::Home => *scroll = Scroll(0),
            KeyCode::End => *scroll = Scroll(end),
            KeyCode::Char('q' | '?' | 'i') => model.popup = None,
            _ => {}
        },
        Some(Popup::Lanes(picker)) => match key.code {
            KeyCode::Char('j') => picker.move_by(1),
            KeyCode::Char('k') => picker.move_by(-1),
            KeyCode::Char('q') => model.popup = None,
            _ => {}
        },
        Some(Popup::Proposal(_)) | None => {}
    }
}

/// Closes the popup without a choice; the help loses its filter first, and the theme in use comes back.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    if let Some(Popup::Help(view)) = &mut model.popup
        && view.clear_filter()
    {
        return Vec::new();
    }
    dismiss(model)
}

/// Closes the popup without a choice, whatever was typed into it.
pub(super) fn dismiss(model: &mut Model) -> Vec<Effect> {
    match model.popup.take() {
        Some(Popup::Switch(PickerKind::Theme, _)) => vec![Effect::UseTheme(model.theme_in_use().to_owned())],
        _ => Vec::new(),
    }
}

/// Changes the popup; if another theme is selected then, it is shown.
fn with_theme_preview(model: &mut Model, change: impl FnOnce(&mut Model)) -> Vec<Effect> {
    let before = selected_theme(model).map(ToOwned::to_owned);
    change(model);
    let after = selected_theme(model).filter(|name| before.as_deref() != Some(name));
    after.map(|name| Effect::UseTheme(name.to_owned())).into_iter().collect()
}

fn selected_theme(model: &Model) -> Option<&str> {
    match &model.popup {
        Some(Popup::Switch(PickerKind::Theme, list)) => match &list.current()?.id {
            PickerValue::Name(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Text was pasted into the popup's input.
pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    with_theme_preview(model, |model| paste(model, text))
}

fn paste(model: &mut Model, text: &str) {
    match &mut model.popup {
        Some(Popup::Help(view)) => view.handle_paste(text),
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.handle_paste(text),
        Some(Popup::Text(field)) => field.handle_paste(text),
        Some(Popup::File(editor)) => editor.handle_paste(text),
        _ => {}
    }
}

/// Shows the keys.
pub(super) fn help(model: &mut Model) -> Vec<Effect> {
    model.popup = Some(Popup::Help(HelpView::default()));
    Vec::new()
}

/// Shows the past messages; those that are open have been read then.
pub(super) fn messages(model: &mut Model) -> Vec<Effect> {
    model.notices.dismiss();
    model.popup = Some(Popup::Messages(Scroll::default()));
    Vec::new()
}

/// Shows everything known about the selected job.
pub(super) fn details(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.history.current().map(|record| record.id) else { return Vec::new() };
    model.popup = Some(Popup::Details(id, Scroll::default()));
    vec![Effect::LoadLineage(id)]
}

/// What the shown job was made from, and what was made from it.
pub(super) fn lineage(model: &mut Model, id: Id, lineage: Lineage) -> Vec<Effect> {
    model.lineage = Some((id, lineage));
    Vec::new()
}

/// Shows everything that can be done from here.
pub(super) fn palette(model: &mut Model) -> Vec<Effect> {
    let mut seen = std::collections::HashSet::new();
    let useful = ACTIONS.iter().filter(|row| row.context != KeyContext::Popup && row.action != Action::Palette);
    let items = useful.filter(|row| seen.insert(row.action)).map(|row| PickerItem {
        id: PickerValue::Action(row.action),
        label: row.doc.to_owned(),
        description: if row.context == KeyContext::Global { String::new() } else { row.context.name().to_owned() },
        aside: model.config.keymap.label(row.context, row.action, model.terminal.enhanced_keys).unwrap_or_default(),
        keywords: action_words::words(row.action).fold(row.name.to_owned(), |all, word| format!("{all} {word}")),
        current: false,
    });
    let items = items.collect();
    model.popup = Some(Popup::Palette(Picker::new(items)));
    Vec::new()
}

/// Offers the backends.
pub(super) fn switch_backend(model: &mut Model) -> Vec<Effect> {
    let item = |name: &str| {
        let can = model.registry.get(name)?.capabilities();
        let aside = match &can.readiness {
            Readiness::Ready if can.offline => "free, offline".to_owned(),
            Readiness::Ready => match model.spent.month_of(name) {
                Usd::ZERO => "ready".to_owned(),
                spent => format!("{spent} this month"),
            },
            Readiness::Asking => "connecting…".to_owned(),
            Readiness::Missing { what, .. } | Readiness::Unavailable { what, .. } => what.clone(),
        };
        let current = name == model.next_job.backend;
        Some(PickerItem {
            id: PickerValue::Name(name.to_owned()),
            label: name.to_owned(),
            description: can.about.to_string(),
            aside,
            keywords: String::new(),
            current,
        })
    };
    let items = model.registry.names().filter_map(item).collect();
    model.popup = Some(Popup::Switch(PickerKind::Backend, Picker::new(items)));
    Vec::new()
}

/// Offers the models of the chosen backend.
pub(super) fn switch_model(model: &mut Model) -> Vec<Effect> {
    let today = model.now.at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d").to_string();
    let models = model.capabilities().map(|can| can.models.as_slice()).unwrap_or_default();
    let items = models.iter().map(|item| PickerItem {
        id: PickerValue::Name(item.id.clone()),
        label: item.id.clone(),
        description: match life(model, &item.id, &today) {
            Some(life) => format!("{life} · {}", item.about),
            None => item.about.to_string(),
        },
        aside: price_and_speed(model, item),
        keywords: String::new(),
        current: item.id == model.model_id(),
    });
    let items = items.collect();
    model.popup = Some(Popup::Switch(PickerKind::Model, Picker::new(items)));
    Vec::new()
}

/// Returns how long a model is offered, if that is limited.
fn life(model: &Model, id: &str, today: &str) -> Option<String> {
    let life = model.life(&model.next_job.backend, id)?;
    let day = life.shutdown.as_deref()?;
    Some(if life.is_over(today) { format!("retired {day}") } else { format!("until {day}") })
}

/// Returns the price of one image with the settings that the model takes, and how long one usually takes.
fn price_and_speed(model: &Model, item: &DrawingModel) -> String {
    let backend = &model.next_job.backend;
    let mut settings = model.next_job.settings.get(backend).cloned().unwrap_or_default();
    settings.retain(|name, value| item.param(name).is_some_and(|param| param.check(value).is_ok()));
    let (backend, id) = (Some(backend.clone()), Some(item.id.clone()));
    let draft = Draft { prompt: "a".to_owned(), backend, model: id, settings, count: 1, ..Draft::default() };
    let Ok(plan) = model.registry.plan(&draft) else { return String::new() };
    let price = match (plan.estimate.usd, plan.estimate.upper_bound()) {
        (Some(Usd::ZERO), _) => "free".to_owned(),
        (Some(usd), _) => usd.to_string(),
        (None, Some(upper)) => format!("up to {upper}"),
        (None, None) => "price unknown".to_owned(),
    };
    plan.usual_duration.map_or_else(|| price.clone(), |usual| format!("{:.0} s · {price}", usual.as_secs_f64()))
}

/// Returns the brightness of a theme's background, as a tag.
fn brightness(theme: &Theme) -> &'static str {
    if theme.has_terminal_background() {
        return "terminal";
    }
    if theme.is_dark() { "dark" } else { "light" }
}

/// Offers the themes.
pub(super) fn switch_theme(model: &mut Model) -> Vec<Effect> {
    let in_use = model.theme_in_use();
    let item = |name: &String| {
        let theme = model.config.themes.get(name);
        let (about, tag) = match &theme {
            Ok(theme) => (theme.about().to_owned(), brightness(theme)),
            Err(_) => ("cannot be read".to_owned(), ""),
        };
        PickerItem {
            id: PickerValue::Name(name.clone()),
            label: name.clone(),
            description: about,
            aside: tag.to_owned(),
            keywords: tag.to_owned(),
            current: name == in_use,
        }
    };
    let items = model.config.theme_names.iter().map(item).collect();
    model.popup = Some(Popup::Switch(PickerKind::Theme, Picker::new(items)));
    Vec::new()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::tui::{
        fixtures::record,
        model::{Notice, Severity},
        msg::Msg,
        update::{
            tests::{press, studio, type_in},
            update,
        },
    };

    fn with_themes() -> Model {
        let mut model = studio(vec![record("a fox")]);
        let config = std::sync::Arc::make_mut(&mut model.config);
        config.themes = crate::theme::Themes::built_in();
        config.theme_names = config.themes.names().into_iter().map(ToOwned::to_owned).collect();
        config.theme = "tintype".into();
        model
    }

    fn themes(effects: &[Effect]) -> Vec<&str> {
        effects
            .iter()
            .filter_map(|effect| if let Effect::UseTheme(name) = effect { Some(name.as_str()) } else { None })
            .collect()
    }

    fn help(model: &Model) -> &HelpView {
        match &model.popup {
            Some(Popup::Help(view)) => view,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn palette_finds_actions_by_the_words_people_type() {
        let expected = [
            ("export", Action::Export),
            ("vary", Action::Rerun),
            ("upscale", Action::EditImage),
            ("crop", Action::Export),
            ("tag", Action::Tag),
            ("batch", Action::Compare),
            ("recipe", Action::Reuse),
            ("mask", Action::SetMask),
            ("colors", Action::SwitchTheme),
            ("colours", Action::SwitchTheme),
            ("exit", Action::Quit),
            ("quit", Action::Quit),
            ("trash", Action::Delete),
            ("options", Action::ToggleSettings),
            ("settings", Action::ToggleSettings),
            ("clipboard", Action::CopyImage),
            ("log", Action::Messages),
            ("messages", Action::Messages),
            ("copy clip", Action::CopyImage),
        ];
        for (typed, action) in expected {
            let mut model = studio(Vec::new());
            press(&mut model, &["ctrl-p"]);
            type_in(&mut model, typed);
            let Some(Popup::Palette(list)) = &model.popup else { panic!("{:?}", model.popup) };
            let found: Vec<_> = list.matches.iter().take(8).map(|at| &list.items[*at].id).collect();
            assert!(found.contains(&&PickerValue::Action(action)), "{typed}: {found:?}");
        }
    }

    #[test]
    fn moving_in_the_list_of_themes_shows_each_and_esc_restores_the_old_one() {
        let mut model = with_themes();
        press(&mut model, &["ctrl-t"]);
        let names = model.config.theme_names.clone();
        let at = names.iter().position(|name| name == "tintype").unwrap();
        assert_eq!(themes(&press(&mut model, &["up", "up"])), [names[at - 1].as_str(), names[at - 2].as_str()]);
        assert_eq!(themes(&type_in(&mut model, "dracula")).last(), Some(&"dracula"));
        assert_eq!(themes(&press(&mut model, &["esc"])), ["tintype"]);
        assert_eq!((model.popup.is_none(), model.chosen_theme.clone()), (true, None));
    }

    #[test]
    fn enter_keeps_the_previewed_theme() {
        let mut model = with_themes();
        press(&mut model, &["ctrl-t"]);
        type_in(&mut model, "dracula");
        assert_eq!(themes(&press(&mut model, &["enter"])), ["dracula"]);
        assert_eq!(model.chosen_theme.as_deref(), Some("dracula"));
    }

    #[test]
    fn themes_are_listed_as_light_or_dark() {
        let mut model = with_themes();
        press(&mut model, &["ctrl-t"]);
        let Some(Popup::Switch(_, list)) = &model.popup else { panic!("{:?}", model.popup) };
        let tag = |name: &str| list.items.iter().find(|item| item.label == name).unwrap().aside.clone();
        assert_eq!([tag("daylight"), tag("tintype"), tag("terminal")], ["light", "dark", "terminal"]);
        type_in(&mut model, "light");
        let Some(Popup::Switch(_, list)) = &model.popup else { panic!("{:?}", model.popup) };
        assert!(list.matches.iter().any(|at| list.items[*at].label == "daylight"));
    }

    #[test]
    fn models_are_listed_with_price_and_end() {
        let mut model = studio(Vec::new());
        model.next_job.backend = "brush".into();
        press(&mut model, &["ctrl-o"]);
        let Some(Popup::Switch(_, list)) = &model.popup else { panic!("{:?}", model.popup) };
        assert_eq!(list.items[0].aside, "$0.042");
        assert!(list.items[1].description.starts_with("retired 2026-10-23 · "), "{}", list.items[1].description);
    }

    #[test]
    fn typing_filters_the_help_and_esc_clears_the_filter_first() {
        let mut model = studio(Vec::new());
        press(&mut model, &["f1"]);
        type_in(&mut model, "theme");
        assert_eq!(help(&model).input.text(), "theme");
        press(&mut model, &["backspace", "esc"]);
        assert_eq!(help(&model).input.text(), "");
        press(&mut model, &["esc"]);
        assert!(model.popup.is_none());
    }

    #[test]
    fn a_slash_makes_every_letter_a_part_of_the_filter() {
        let mut model = studio(Vec::new());
        press(&mut model, &["f1"]);
        type_in(&mut model, "/quit now");
        assert_eq!(help(&model).input.text(), "quit now");
        press(&mut model, &["esc"]);
        type_in(&mut model, "q");
        assert!(model.popup.is_none());
    }

    #[test]
    fn help_scrolls_to_its_end_and_back() {
        let mut model = studio(Vec::new());
        press(&mut model, &["f1", "end"]);
        let end = help(&model).scroll.0;
        assert!(end > 20, "{end}");
        press(&mut model, &["pagedown"]);
        assert_eq!(help(&model).scroll.0, end);
        press(&mut model, &["pageup"]);
        assert_eq!(help(&model).scroll.0, end - 10);
        press(&mut model, &["home"]);
        assert_eq!(help(&model).scroll.0, 0);
    }

    #[test]
    fn list_of_messages_dismisses_them_and_keeps_them() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Notify(Notice::new(Severity::Error, "lost")));
        press(&mut model, &["f12"]);
        assert!(matches!(model.popup, Some(Popup::Messages(_))) && model.notices.current().is_none());
        assert_eq!(model.notices.log().len(), 1);
        press(&mut model, &["q"]);
        assert!(model.popup.is_none());
    }
}
