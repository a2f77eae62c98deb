//! Hostile text, planted wherever text from outside is shown: none of it reaches a cell of the screen as it is.

use ratatui::{Terminal, backend::TestBackend};
use tintype_backends::{BackendError, ErrorKind};

use crate::{
    engine::{EngineEvent, JobEvent},
    library::{JobState, PromptRewrite, Query, Record},
    sanitize,
    tui::{
        fixtures::{failed, model, page, record},
        model::{Focus, LineInput, Model, Notice, Severity},
        msg::Msg,
        update::update,
        view::view,
    },
};

/// An escape sequence, a bell, a C1 control, a line break, a direction override, a hidden tag.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}31m\r\n\u{202e}gnp\u{2066}\u{feff}\u{e0041}y";

/// Draws at several sizes and checks every cell.
fn assert_harmless(model: &mut Model, what: &str) {
    for (columns, rows) in [(40, 12), (80, 24), (200, 60)] {
        update(model, Msg::Resize(columns, rows));
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| _ = view(model, frame)).unwrap();
        for cell in terminal.backend().buffer().content() {
            assert!(!cell.symbol().contains(sanitize::is_unsafe), "{what}, {columns}x{rows}: {:?}", cell.symbol());
        }
    }
}

fn planted() -> Record {
    Record {
        backend: HOSTILE.into(),
        kind: HOSTILE.into(),
        model: HOSTILE.into(),
        settings: [(HOSTILE.to_owned(), HOSTILE.into())].into(),
        effective: [(HOSTILE.to_owned(), HOSTILE.into())].into(),
        revised_prompt: Some(HOSTILE.into()),
        ids: tintype_backends::ProviderIds { request_id: Some(HOSTILE.into()), response_id: Some(HOSTILE.into()) },
        directed: Some(PromptRewrite { from: HOSTILE.into(), by: HOSTILE.into(), model: HOSTILE.into(), cost: None }),
        notes: vec![HOSTILE.into()],
        ..record(HOSTILE)
    }
}

fn planted_failure() -> Record {
    let error = BackendError::new(ErrorKind::Server, HOSTILE)
        .with_hint(HOSTILE)
        .with_request_id(Some(HOSTILE.into()))
        .with_successor(HOSTILE);
    Record { error: Some(error), ..failed(HOSTILE) }
}

/// Returns a studio with hostile text wherever it can be planted.
fn studio() -> Model {
    let mut model = model();
    let running = Record { state: JobState::Sent, images: Vec::new(), ..planted() };
    let job = running.id;
    let tell = |model: &mut Model, what| update(model, Msg::Engine(EngineEvent { job, what }));
    tell(&mut model, JobEvent::Started(Box::new(running.clone())));
    tell(&mut model, JobEvent::Status(HOSTILE.into()));
    tell(&mut model, JobEvent::Thought(HOSTILE.into()));
    update(&mut model, Msg::Page(Ok(page(vec![running, planted(), planted_failure()]))));
    update(&mut model, Msg::Paste(HOSTILE.into()));
    std::sync::Arc::make_mut(&mut model.config).theme_names = vec![HOSTILE.into()];
    model
}

#[test]
fn history_and_details_are_sanitized() {
    for row in 0..3 {
        let mut model = studio();
        model.focus = Focus::History;
        model.history.select(row);
        assert_harmless(&mut model, &format!("row {row}"));
        update(&mut model, Msg::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('i'))));
        assert_harmless(&mut model, &format!("details of row {row}"));
    }
}

#[test]
fn notices_and_searches_are_sanitized() {
    let mut model = studio();
    let notice = Notice::new(Severity::Error, HOSTILE).with_hint(Some(HOSTILE.to_owned()));
    update(&mut model, Msg::Notify(notice));
    assert_harmless(&mut model, "a notice");
    update(&mut model, Msg::Key(crossterm::event::KeyEvent::from(crossterm::event::KeyCode::F(12))));
    assert_harmless(&mut model, "the list of messages");
    model.popup = None;
    model.history.set_query(Query::new(HOSTILE));
    model.history.search = Some(LineInput::new(HOSTILE));
    assert_harmless(&mut model, "a search");
}

#[test]
fn popups_are_sanitized() {
    let ctrl = |c| {
        let code = crossterm::event::KeyCode::Char(c);
        Msg::Key(crossterm::event::KeyEvent::new(code, crossterm::event::KeyModifiers::CONTROL))
    };
    // Backends, models, themes, the palette.
    for key in ['b', 'o', 't', 'p'] {
        let mut model = studio();
        update(&mut model, ctrl(key));
        assert_harmless(&mut model, &format!("ctrl-{key}"));
    }
}
