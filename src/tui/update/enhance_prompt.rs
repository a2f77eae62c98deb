//! A director for the prompt: asking one, and taking or dropping what comes back.
//! Who is asked, and what it may cost, is the engine's business.

use super::{named_images::ask_first, notify::notify};
use crate::{
    engine::EnhancedPrompt,
    tui::{
        effect::Effect,
        model::{Focus, Model, Notice, PendingSubmission, Popup, Proposal, Severity},
    },
};

/// Asks for a better prompt.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    if model.prompt.is_blank() {
        let notice = Notice::new(Severity::Info, "No prompt to enhance");
        return notify(model, notice.with_hint(Some("describe an image first")));
    }
    if model.enhancing {
        return Vec::new();
    }
    ask_first(model, PendingSubmission::EnhancedPrompt).unwrap_or_else(|| send(model))
}

/// Asks, whatever the prompt names.
pub(super) fn send(model: &mut Model) -> Vec<Effect> {
    model.enhancing = true;
    notify(model, Notice::new(Severity::Info, "Enhancing prompt…"));
    vec![Effect::RewritePrompt(model.draft())]
}

/// An answer came; it is shown beside what was typed.
pub(super) fn answered(model: &mut Model, result: Result<EnhancedPrompt, Notice>) -> Vec<Effect> {
    model.enhancing = false;
    match result {
        Ok(direction) => model.popup = Some(Popup::Proposal(Box::new(Proposal::new(direction)))),
        Err(notice) => return notify(model, notice),
    }
    vec![Effect::LoadSpent]
}

/// Takes the new prompt into the editor, where it can be changed further.
pub(super) fn accept(model: &mut Model, proposal: Proposal) -> Vec<Effect> {
    model.prompt.replace(&proposal.direction.prompt);
    model.next_job.directed = Some(proposal.direction.directed);
    model.focus = Focus::Prompt;
    model.update_estimate();
    Vec::new()
}
