//! Remarks on what is not drawn, deduplicated and limited in number.

use super::super::error::shorten;

/// The maximum number of remarks per drawing.
const MAX_REMARKS: usize = 20;

/// Remarks in the order in which they were added.
#[derive(Default)]
pub(super) struct Remarks(Vec<String>);

impl Remarks {
    /// Adds a remark unless it is there already.
    pub(super) fn add(&mut self, remark: String) {
        if self.0.len() < MAX_REMARKS && !self.0.contains(&remark) {
            self.0.push(remark);
        }
    }

    /// Adds a remark that a declaration is ignored.
    pub(super) fn unsupported(&mut self, name: &str, value: &str) {
        self.add(format!("CSS `{}` is not supported", shorten(&format!("{name}: {value}"))));
    }

    /// Returns all remarks, one per line.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.0
    }
}
