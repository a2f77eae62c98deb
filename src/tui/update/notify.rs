//! The end of an update that leaves a message and nothing to do.

use crate::tui::{
    effect::Effect,
    model::{Model, Notice},
};

/// A number with its noun: `1 image`, `3 images`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Shows a message to the user, with no effects to follow.
pub(super) fn notify(model: &mut Model, notice: Notice) -> Vec<Effect> {
    model.notify(notice);
    Vec::new()
}
