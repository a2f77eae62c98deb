//! Facts about the terminal that arrive after startup: from tmux, when it was just attached to a terminal or moved to
//! another one, and from a terminal that was too busy to answer in time.

use std::time::Duration;

use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle};

use super::load_config::EnvLookup;
use crate::{
    picture::{
        DisplayCapabilities, DisplayOverride, OuterTerminal, ProbeResult, TerminalResponses, TerminalWindow, query_tmux,
    },
    tui::msg::Msg,
};

/// Pauses before each query, in milliseconds: a terminal that was just attached needs a moment to tell tmux its name.
const QUERY_DELAYS_MS: [u64; 6] = [50, 100, 200, 400, 800, 1600];

/// The inputs from which the terminal's capabilities are concluded.
pub(super) struct TerminalDetection {
    pub(super) env: EnvLookup,
    pub(super) probe: ProbeResult,
    pub(super) requested: DisplayOverride,
    asking: Option<JoinHandle<()>>,
}

impl TerminalDetection {
    pub(super) const fn new(env: EnvLookup, probe: ProbeResult, requested: DisplayOverride) -> Self {
        Self { env, probe, requested, asking: None }
    }

    /// Returns `true` if tmux may soon know more than it did.
    pub(super) fn may_be_outdated(&self) -> bool {
        self.probe.outer.as_ref().is_some_and(OuterTerminal::may_be_outdated)
    }

    /// Queries tmux in the background until it knows; an earlier query is aborted.
    pub(super) fn query_tmux(&mut self, messages: &UnboundedSender<Msg>) {
        let (env, messages) = (self.env, messages.clone());
        let asking = tokio::spawn(async move {
            for pause in QUERY_DELAYS_MS {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                let asked = tokio::task::spawn_blocking(move || query_tmux(&env, Duration::ZERO)).await;
                let Ok(Some(outer)) = asked else { return };
                if !outer.may_be_outdated() {
                    // The receiver is gone only while the studio exits.
                    let _ = messages.send(Msg::OuterTerminal(outer));
                    return;
                }
            }
        });
        if let Some(before) = self.asking.replace(asking) {
            before.abort();
        }
    }

    /// Returns the capabilities, given tmux's answer.
    pub(super) fn apply_outer(&mut self, outer: OuterTerminal, window: TerminalWindow) -> DisplayCapabilities {
        self.probe.outer = Some(outer);
        self.conclude(window)
    }

    /// Returns the capabilities, given a late answer of the terminal.
    pub(super) fn with_late_answer(&mut self, answer: &str, window: TerminalWindow) -> DisplayCapabilities {
        self.probe.answers.merge(TerminalResponses::read(answer.as_bytes()).0);
        self.conclude(window)
    }

    /// Returns the capabilities with what the config requests; the rest is detected.
    pub(super) fn force(&mut self, requested: DisplayOverride, window: TerminalWindow) -> DisplayCapabilities {
        self.requested = requested;
        self.conclude(window)
    }

    fn conclude(&self, window: TerminalWindow) -> DisplayCapabilities {
        DisplayCapabilities::from_probe(&self.env, &self.probe, window, self.requested)
    }
}
