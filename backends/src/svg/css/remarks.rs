//! Remarks about what is not drawn, each once and never many.

use super::super::error::shorten;

/// The most remarks of one drawing.
const MOST: usize = 20;

/// Remarks in the order in which they were made.
#[derive(Default)]
pub(super) struct Remarks(Vec<String>);

impl Remarks {
    /// Adds a remark unless it is there already.
    pub(super) fn add(&mut self, remark: String) {
        if self.0.len() < MOST && !self.0.contains(&remark) {
            self.0.push(remark);
        }
    }

    /// Adds the remark that a declaration is passed over.
    pub(super) fn unsupported(&mut self, name: &str, value: &str) {
        self.add(format!("CSS `{}` is not supported", shorten(&format!("{name}: {value}"))));
    }

    /// Everything that was added.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.0
    }
}
