//! Snapshots of what is found and read: messages, help, lists to choose from, hints.

use insta::assert_snapshot;

use super::{busy, screen};
use crate::{
    theme::Themes,
    tui::{
        fixtures::at,
        model::{Focus, Model, Notice, Severity},
        msg::Msg,
        update::{
            tests::{press, type_in},
            update,
        },
    },
};

/// Returns a studio that shows nothing animated.
fn quiet() -> Model {
    let mut model = busy();
    model.history.select(1);
    model
}

fn with_themes() -> Model {
    let mut model = quiet();
    let config = std::sync::Arc::make_mut(&mut model.config);
    config.themes = Themes::built_in();
    config.theme_names = config.themes.names().into_iter().map(ToOwned::to_owned).collect();
    config.theme = "tintype".into();
    model
}

#[test]
fn help_in_columns() {
    for (columns, rows) in [(120, 40), (200, 60)] {
        let mut model = quiet();
        model.focus = Focus::History;
        press(&mut model, &["f1"]);
        assert_snapshot!(format!("help_{columns}x{rows}"), screen(&mut model, columns, rows));
    }
}

#[test]
fn help_filtered_by_typing() {
    let mut model = quiet();
    press(&mut model, &["f1"]);
    type_in(&mut model, "trash");
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn list_of_messages() {
    let mut model = quiet();
    let notices = [
        ("11:40:00", Notice::new(Severity::Success, "Copied /images/a-red-fox.png")),
        (
            "11:58:00",
            Notice::new(Severity::Warning, "`brush` takes no mask").with_hint(Some("Ctrl+B to choose another backend")),
        ),
        (
            "12:00:00",
            Notice::new(
                Severity::Error,
                "the server had an error while it was processing your request, which is a sentence that goes on",
            )
            .with_hint(Some("retry in a minute")),
        ),
    ];
    for (time, notice) in notices {
        model.now.at = at(time);
        update(&mut model, Msg::Notify(notice));
    }
    press(&mut model, &["f12"]);
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn themes_with_swatches_and_models_with_prices() {
    let mut model = with_themes();
    press(&mut model, &["ctrl-t"]);
    assert_snapshot!("themes_120x40", screen(&mut model, 120, 40));
    let mut model = with_themes();
    model.next_job.backend = "brush".into();
    press(&mut model, &["ctrl-o"]);
    assert_snapshot!("models_120x40", screen(&mut model, 120, 40));
}

#[test]
fn palette_finds_by_other_words() {
    let mut model = quiet();
    press(&mut model, &["ctrl-p"]);
    type_in(&mut model, "colours");
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn message_in_the_full_window_covers_one_line() {
    let mut model = quiet();
    press(&mut model, &["f4"]);
    update(&mut model, Msg::Notify(Notice::new(Severity::Success, "Copied /images/a-red-fox.png")));
    let screen = screen(&mut model, 80, 24);
    let last: Vec<&str> = screen.lines().rev().take(2).collect();
    assert!(last[0].contains("F1 keys") && last[1].starts_with("\" Copied /images/a-red-fox.png"), "{screen}");
}

#[test]
fn hints_name_the_verbs_of_each_pane() {
    for (focus, name) in [(Focus::History, "history"), (Focus::Preview, "preview"), (Focus::Prompt, "prompt")] {
        let mut model = quiet();
        model.focus = focus;
        let hints: Vec<String> = [80, 120, 200]
            .map(|columns| {
                screen(&mut model, columns, 40).lines().last().unwrap().trim_matches('"').trim_end().to_owned()
            })
            .into();
        assert_snapshot!(format!("hints_{name}"), hints.join("\n"));
    }
}
