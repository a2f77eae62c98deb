//! The lengths and colors that an element's values refer to.

use ::color::DynamicColor;

use super::{color, value::Units};

/// The edge of the view that a percentage refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PercentageAxis {
    X,
    Y,
    Other,
}

/// The sizes and the color that an element's values refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) em: f64,
    pub(super) rem: f64,
    pub(super) window: (f64, f64),
    /// The size of the nearest viewport, in its units.
    pub(super) view: (f64, f64),
    /// The text color.
    pub(super) current: DynamicColor,
}

impl Default for Scope {
    fn default() -> Self {
        Self { em: 16.0, rem: 16.0, window: (100.0, 100.0), view: (100.0, 100.0), current: color::black() }
    }
}

impl Scope {
    /// Returns units in which percentages refer to an edge of the view.
    pub(super) fn units(&self, axis: PercentageAxis) -> Units<'static> {
        let (width, height) = self.view;
        let whole = match axis {
            PercentageAxis::X => width,
            PercentageAxis::Y => height,
            PercentageAxis::Other => width.hypot(height) / std::f64::consts::SQRT_2,
        };
        Units { whole: Some(whole), ..self.plain() }
    }

    /// Returns units in which percentages stay percentages.
    pub(super) fn plain(&self) -> Units<'static> {
        Units { em: self.em, rem: self.rem, window: self.window, whole: None, names: &[] }
    }
}

/// The window that a drawing is shown in, for media queries.
#[derive(Clone, Copy)]
pub(super) struct MediaWindow {
    pub(super) width: f64,
    pub(super) height: f64,
}
