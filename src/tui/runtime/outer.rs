//! Facts about the terminal that arrive after startup: from tmux, when it was just attached to a terminal or moved to
//! another one, and from a terminal that was too busy to answer in time.

use std::time::Duration;

use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle};

use super::reload::Env;
use crate::{
    picture::{Answers, Heard, Outer, Protocol, TerminalFacts, Window, ask_tmux},
    tui::msg::Msg,
};

/// Pauses before each query, in milliseconds: a terminal that was just attached needs a moment to tell tmux its name.
const PAUSES: [u64; 6] = [50, 100, 200, 400, 800, 1600];

/// The inputs from which the terminal's capabilities are concluded.
pub(super) struct Surroundings {
    pub(super) env: Env,
    pub(super) heard: Heard,
    pub(super) forced: Option<Protocol>,
    asking: Option<JoinHandle<()>>,
}

impl Surroundings {
    pub(super) const fn new(env: Env, heard: Heard, forced: Option<Protocol>) -> Self {
        Self { env, heard, forced, asking: None }
    }

    /// Returns `true` if tmux may soon know more than it did.
    pub(super) fn may_learn(&self) -> bool {
        self.heard.outer.as_ref().is_some_and(Outer::may_learn)
    }

    /// Queries tmux in the background until it knows; an earlier query is aborted.
    pub(super) fn ask(&mut self, messages: &UnboundedSender<Msg>) {
        let (env, messages) = (self.env, messages.clone());
        let asking = tokio::spawn(async move {
            for pause in PAUSES {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                let asked = tokio::task::spawn_blocking(move || ask_tmux(&env, Duration::ZERO)).await;
                let Ok(Some(outer)) = asked else { return };
                if !outer.may_learn() {
                    // The receiver is gone only while the studio exits.
                    let _ = messages.send(Msg::TerminalAround(outer));
                    return;
                }
            }
        });
        if let Some(before) = self.asking.replace(asking) {
            before.abort();
        }
    }

    /// Returns the capabilities, given tmux's answer.
    pub(super) fn learn(&mut self, outer: Outer, window: Window) -> TerminalFacts {
        self.heard.outer = Some(outer);
        self.conclude(window)
    }

    /// Returns the capabilities, given a late answer of the terminal.
    pub(super) fn learn_late(&mut self, answer: &str, window: Window) -> TerminalFacts {
        self.heard.answers.add(Answers::read(answer.as_bytes()).0);
        self.conclude(window)
    }

    fn conclude(&self, window: Window) -> TerminalFacts {
        TerminalFacts::conclude(&self.env, &self.heard, window, self.forced)
    }
}
