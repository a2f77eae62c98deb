//! The state of the mouse between two events: the last click, and where an image is held.

use std::time::Duration;

use ratatui::layout::Position;

/// Maximum time between the two clicks of a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// The state of the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    last_click: Option<(Position, Duration)>,
    /// Position at which the image was held last; `None` unless it is dragged.
    pub drag: Option<Position>,
}

impl Pointer {
    /// Takes in a click; returns `true` if it is the second one of a double click. A third one is a first one again.
    pub fn click(&mut self, at: Position, now: Duration) -> bool {
        let is_double =
            self.last_click.is_some_and(|(before, time)| before == at && now.saturating_sub(time) <= DOUBLE_CLICK);
        self.last_click = (!is_double).then_some((at, now));
        is_double
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_quick_clicks_at_one_place_are_a_double_click() {
        let mut pointer = Pointer::default();
        let mut click = |x, millis| pointer.click(Position::new(x, 4), Duration::from_millis(millis));
        assert!(!click(3, 0) && click(3, 399), "quick");
        assert!(!click(3, 500) && !click(3, 1000), "slow, and after a double click");
        assert!(!click(4, 1100), "elsewhere");
    }
}
