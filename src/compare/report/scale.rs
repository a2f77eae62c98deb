//! Axes: the mapping from numbers to coordinates, and the positions of ticks.

/// An axis from `from` to `to`, mapped to the coordinates from `start` to `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
    logarithmic: bool,
}

impl Scale {
    /// Creates a linear axis from zero to slightly more than `most`.
    pub(super) fn linear(most: f64, start: f64, end: f64) -> Self {
        let most = if most > 0.0 { most * 1.08 } else { 1.0 };
        Self { from: 0.0, to: most, start, end, logarithmic: false }
    }

    /// Creates an axis for these numbers, logarithmic if they differ by more than a factor of 20.
    pub(super) fn for_values(numbers: &[f64], start: f64, end: f64) -> Self {
        let most = numbers.iter().copied().fold(0.0, f64::max);
        let least = numbers.iter().copied().filter(|number| *number > 0.0).fold(f64::INFINITY, f64::min);
        if most <= 20.0 * least {
            return Self::linear(most, start, end);
        }
        Self { from: least / 1.25, to: most * 1.25, start, end, logarithmic: true }
    }

    /// Returns the coordinate of a number.
    pub(super) fn at(&self, number: f64) -> f64 {
        let part = if self.logarithmic {
            (number.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (number - self.from) / (self.to - self.from)
        };
        self.start + part * (self.end - self.start)
    }

    /// Returns round numbers along the axis for about three to seven ticks.
    pub(super) fn ticks(&self) -> Vec<f64> {
        if self.logarithmic { self.round_by_decade() } else { self.round_evenly() }
    }

    fn round_evenly(&self) -> Vec<f64> {
        let rough = (self.to - self.from) / 5.0;
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * decade).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        (0..8).map(|n| f64::from(n) * step).filter(|tick| *tick <= self.to).collect()
    }

    fn round_by_decade(&self) -> Vec<f64> {
        let decades = self.from.log10().floor() as i32..=self.to.log10().ceil() as i32;
        let digits: &[f64] = if decades.clone().count() > 4 { &[1.0] } else { &[1.0, 3.0] };
        let all = decades.flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)));
        all.filter(|tick| (self.from..=self.to).contains(tick)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        let near = Scale::for_values(&[2.0, 7.5], 40.0, 440.0);
        let written =
            |scale: &Scale| scale.ticks().iter().map(|tick| format!("{tick:.3}")).collect::<Vec<_>>().join(" ");
        assert_eq!(written(&near), "0.000 2.000 4.000 6.000 8.000");
        assert_eq!(written(&Scale::linear(0.04, 0.0, 100.0)), "0.000 0.010 0.020 0.030 0.040");
        let far = Scale::for_values(&[0.2, 45.0], 40.0, 440.0);
        assert_eq!(written(&far), "0.300 1.000 3.000 10.000 30.000");
        for scale in [near, far] {
            assert!(scale.ticks().iter().all(|tick| (40.0..=440.0).contains(&scale.at(*tick))));
        }
        assert!(far.at(0.2) > 40.0 && far.at(45.0) < 440.0);
    }

    #[test]
    fn no_values_and_zero_still_have_an_axis() {
        for scale in [Scale::for_values(&[], 0.0, 100.0), Scale::for_values(&[0.0], 0.0, 100.0)] {
            assert!(scale.at(0.0).is_finite() && !scale.ticks().is_empty());
        }
    }
}
