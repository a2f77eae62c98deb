//! Snapshots of the screen at four sizes; and no size is too small.

mod finding;
mod gallery;
mod hostile;
mod references;
mod waiting;

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::{Terminal, backend::TestBackend};
use tintype_backends::Usd;

use super::view;
use crate::{
    library::{JobState, Labels, Query, Record},
    tui::{
        fixtures::{at, failed, model, page, record},
        model::{Focus, LineInput, Model, Notice, Severity},
        msg::Msg,
        update::update,
    },
};

/// Returns the screen at that size as text.
fn screen(model: &mut Model, columns: u16, rows: u16) -> String {
    update(model, Msg::Resize(columns, rows));
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| _ = view(model, frame)).unwrap();
    terminal.backend().to_string()
}

/// Returns a studio after a morning's work: a running job, images, a failure, a mark.
fn busy() -> Model {
    let mut model = model();
    let running =
        Record { state: JobState::Sent, images: Vec::new(), ..record("a lighthouse in a storm, oil on canvas") };
    let rows = vec![
        running.clone(),
        Record { created: at("11:58:00"), ..record("three cats under a full moon by the sea") },
        Record {
            created: at("11:40:00"),
            labels: Labels { favorite: true, ..Labels::default() },
            ..record("a red fox")
        },
        Record { created: at("09:15:00"), ..failed("a fight in a tavern") },
        Record { created: "2026-11-20T09:00:00Z".parse().unwrap(), ..record("東京の夜 neon\u{1b}[31m") },
        Record { created: "2025-03-01T09:00:00Z".parse().unwrap(), ..record("the first one") },
    ];
    model.now.since_start = Duration::from_secs(58);
    update(
        &mut model,
        Msg::Engine(crate::engine::EngineEvent {
            job: running.id,
            what: crate::engine::JobEvent::Started(Box::new(running)),
        }),
    );
    model.now.since_start = Duration::from_secs(60);
    update(&mut model, Msg::Page(Ok(page(rows))));
    model.spent.today.insert("brush".into(), Usd::from_dollars(0.31));
    model.spent.month.insert("brush".into(), Usd::from_dollars(4.2));
    model.spent.month.insert("pencil".into(), Usd::from_dollars(0.2));
    std::sync::Arc::make_mut(&mut model.config).daily = Some(Usd::from_dollars(10.0));
    let job = model.history.current().unwrap().id;
    if let Some(job) = model.jobs.get_mut(job) {
        job.on_event(crate::engine::JobEvent::Status("drawing the sea".into()));
        job.on_event(crate::engine::JobEvent::Percent(40.0));
    }
    model
}

#[test]
fn a_first_start_at_four_sizes() {
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut model = model();
        update(&mut model, Msg::Page(Ok(page(Vec::new()))));
        assert_snapshot!(format!("first_start_{columns}x{rows}"), screen(&mut model, columns, rows));
    }
}

#[test]
fn a_busy_studio_at_four_sizes() {
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut model = busy();
        assert_snapshot!(format!("busy_{columns}x{rows}"), screen(&mut model, columns, rows));
    }
}

#[test]
fn amounts_shrink_with_the_width() {
    let mut model = busy();
    let mut header = |columns| screen(&mut model, columns, 30).lines().next().unwrap().trim_matches('"').to_owned();
    assert!(header(160).ends_with("free · today $0.31 of $10.00 · month $4.40 (brush $4.20, pencil $0.20) "));
    assert!(header(80).ends_with("free · today $0.31 of $10.00 · month $4.40 "));
    assert!(header(64).ends_with("free · today $0.31 · month $4.40 "), "{}", header(64));
    assert!(header(40).ends_with("free "));
}

#[test]
fn unconfirmed_cost_is_not_shown_as_spent() {
    let mut model = busy();
    model.spent.today_unconfirmed = Usd::from_dollars(0.85);
    model.spent.month_unconfirmed = Usd::from_dollars(0.85);
    let mut header = |columns| screen(&mut model, columns, 30).lines().next().unwrap().trim_matches('"').to_owned();
    let (wide, narrow) = (header(200), header(80));
    assert!(wide.contains("today $0.31 + up to $0.85 unconfirmed of $10.00"), "{wide}");
    assert!(narrow.contains("today $0.31 + up to $0.85 unconfirmed"), "{narrow}");
    for columns in 1..200 {
        let header = header(columns);
        assert_eq!(header.contains("today"), header.contains("$0.85"), "{columns}: {header}");
        assert!(columns < 64 || header.contains("today $0.31 + "), "{columns}: {header}");
    }
}

#[test]
fn failure_is_explained_in_the_preview() {
    let mut model = busy();
    model.focus = Focus::History;
    model.history.select(3);
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn search_shows_the_typed_text() {
    let mut model = busy();
    model.focus = Focus::History;
    let found = model.history.row(2).unwrap().clone();
    model.history.set_query(Query::new("fox"));
    model.history.search = Some(LineInput::new("fox"));
    let query = model.history.query.clone();
    update(&mut model, Msg::Page(Ok(crate::library::Page { query, ..page(vec![found]) })));
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn help_starts_with_the_current_pane_and_wraps() {
    for (focus, columns) in [(Focus::History, 80), (Focus::Settings, 40)] {
        let mut model = busy();
        model.focus = focus;
        let title = model.context_under_popup().title();
        update(&mut model, Msg::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::F(1))));
        let screen = screen(&mut model, columns, 24);
        let first = screen.lines().filter(|line| !line.contains("╭ Keys") && line.contains("│ ")).nth(2).unwrap();
        assert!(first.contains(title), "{first}");
        let words: String = screen.replace(['│', '┃', '"', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        let doc = if columns == 80 { "reuse prompt and settings" } else { "reset to default" };
        assert!(words.contains(doc), "{screen}");
    }
}

#[test]
fn hint_stays_visible_with_long_errors() {
    let mut model = busy();
    let long = "the server had an error while it was processing your request ".repeat(12);
    let notice = Notice::new(Severity::Error, long).with_hint(Some("send it again in a minute"));
    model.notify(notice);
    assert!(screen(&mut model, 80, 24).contains("hint: send it again in a minute"));
}

#[test]
fn notes_precede_other_facts() {
    let mut model = model();
    let note = "none of these words are known: drawn as a pattern".to_owned();
    let noted = Record { notes: vec![note.clone()], ..record("zzqx blorb") };
    update(&mut model, Msg::Page(Ok(page(vec![noted]))));
    assert!(screen(&mut model, 160, 30).contains(&note));
    let narrow = screen(&mut model, 60, 24);
    let line = narrow.lines().find(|line| line.contains("none of these")).unwrap();
    assert!(line.contains('…') && line.contains("free"), "and the cost stays: {line}");
}

#[test]
fn empty_search_result_does_not_show_the_welcome() {
    let mut model = busy();
    update(&mut model, Msg::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Tab)));
    model.ask_history(Query::new("zzzz"));
    let query = model.history.query.clone();
    update(&mut model, Msg::Page(Ok(crate::library::Page { query, ..page(Vec::new()) })));
    let text = screen(&mut model, 120, 30);
    assert!(text.contains("No image matches") && !text.contains("Type what you want to see"), "{text}");
}

#[test]
fn details_break_between_words() {
    let mut model = model();
    let prompt = "a cinematic view of a lake reflecting the mountains in the evening while birds cross the sky slowly";
    update(&mut model, Msg::Page(Ok(page(vec![record(prompt)]))));
    model.focus = Focus::History;
    update(&mut model, Msg::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('i'))));
    let text = screen(&mut model, 60, 30);
    assert!(prompt.split(' ').all(|word| text.contains(word)), "{text}");
}

#[test]
fn labels_of_settings_are_whole_and_help_is_complete_beside_a_large_image() {
    let mut model = model();
    model.focus = Focus::Settings;
    model.settings.selected = 2;
    let text = screen(&mut model, 120, 36);
    for label in ["backend", "model", "size", "style", "seed"] {
        assert!(text.contains(&format!(" {label} ")), "{label}: {text}");
    }
    let settings: Vec<&str> = text.lines().filter_map(|line| line.rsplit("││").next()).collect();
    let words = settings.join(" ").replace(['│', '"'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    assert!(words.join(" ").contains("width and height: one of 1024x1024, 1536x1024"), "{text}");
}

#[test]
fn popups_at_eighty_columns() {
    let key = |code| Msg::Key(crossterm::event::KeyEvent::from(code));
    let ctrl = |c| {
        Msg::Key(crossterm::event::KeyEvent::new(
            crossterm::event::KeyCode::Char(c),
            crossterm::event::KeyModifiers::CONTROL,
        ))
    };
    let popups = [
        ("help", key(crossterm::event::KeyCode::F(1))),
        ("palette", ctrl('p')),
        ("backends", ctrl('b')),
        ("models", ctrl('o')),
        ("themes", ctrl('t')),
    ];
    for (name, open) in popups {
        let mut model = busy();
        let config = std::sync::Arc::make_mut(&mut model.config);
        config.themes = crate::theme::Themes::built_in();
        config.theme_names = vec!["daylight".into(), "tintype".into()];
        update(&mut model, open);
        assert_snapshot!(format!("popup_{name}"), screen(&mut model, 80, 24));
    }
}

#[test]
fn an_error_takes_the_lines_it_needs() {
    let mut model = busy();
    let error =
        Notice::new(Severity::Error, "this would bring the day to $10.31, over its limit of $10.00; nothing was sent");
    update(
        &mut model,
        Msg::Notify(error.with_hint(Some("raise `daily` under [budget] in the config, or wait until midnight"))),
    );
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn escapes_in_a_prompt_do_not_reach_the_terminal() {
    let text = screen(&mut busy(), 160, 24);
    assert!(!text.contains('\u{1b}'));
    assert!(text.contains("neon␛[31m"), "{text}");
}

#[test]
fn no_size_is_too_small() {
    let mut model = busy();
    for focus in [Focus::Prompt, Focus::History, Focus::Preview, Focus::Settings] {
        model.focus = focus;
        for columns in (1..40).step_by(3) {
            for rows in 1..14 {
                screen(&mut model, columns, rows);
            }
        }
    }
    for message in ["f1", "ctrl-p", "i"] {
        let mut model = busy();
        model.focus = Focus::History;
        let key = crokey::parse(message).unwrap();
        update(&mut model, Msg::Key(key.into()));
        for (columns, rows) in [(1, 1), (2, 2), (3, 1), (10, 3), (40, 2)] {
            screen(&mut model, columns, rows);
        }
    }
}
