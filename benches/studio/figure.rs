//! One line of a table of figures. Nothing is asserted, because a busy machine would make it flaky.

use std::time::Duration;

/// A measurement: its name, its target, and the result.
pub(crate) struct Figure {
    what: String,
    target: String,
    measured: String,
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, target: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), target: target.into(), measured: measured.into() }
    }

    pub(crate) fn of_times(what: impl Into<String>, target: impl Into<String>, times: &mut [Duration]) -> Self {
        times.sort_unstable();
        let at = |part: f64| milliseconds(times[((times.len() - 1) as f64 * part).round() as usize]);
        let measured = format!("median {}  p99 {}  max {}  of {}", at(0.5), at(0.99), at(1.0), times.len());
        Self::new(what, target, measured)
    }
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// Prints the figures as a table.
pub(crate) fn print(title: &str, figures: &[Figure]) {
    println!("\n{title:52} {:>16}   measured", "target");
    for Figure { what, target, measured } in figures {
        println!("{what:52} {target:>16}   {measured}");
    }
}
