//! Growth of a value over time.

/// Values over time, in seconds.
#[derive(Debug, Clone, Default)]
pub struct Trend(Vec<(f64, f64)>);

impl Trend {
    /// Adds a value.
    pub fn push(&mut self, seconds: f64, value: f64) {
        self.0.push((seconds, value));
    }

    /// The first value.
    #[must_use]
    pub fn first(&self) -> Option<f64> {
        Some(self.0.first()?.1)
    }

    /// The last value.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        Some(self.0.last()?.1)
    }

    /// The greatest value.
    #[must_use]
    pub fn greatest(&self) -> Option<f64> {
        self.0.iter().map(|(_, value)| *value).reduce(f64::max)
    }

    /// Growth of the value over the whole time, by the line that fits best, so that one value that stands out at an end does
    /// not decide. `None` for fewer than two times.
    #[must_use]
    pub fn growth(&self) -> Option<f64> {
        let count = self.0.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| self.0.iter().map(of).sum::<f64>() / count;
        let (time, value) = (mean(|point| point.0), mean(|point| point.1));
        let square: f64 = self.0.iter().map(|point| (point.0 - time).powi(2)).sum();
        let product: f64 = self.0.iter().map(|point| (point.0 - time) * (point.1 - value)).sum();
        let span = self.0.last()?.0 - self.0.first()?.0;
        (square > 0.0).then(|| product / square * span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(points: impl IntoIterator<Item = (f64, f64)>) -> Trend {
        let mut trend = Trend::default();
        points.into_iter().for_each(|(seconds, value)| trend.push(seconds, value));
        trend
    }

    #[test]
    fn growth_is_that_of_the_best_line() {
        let line = trend((0..10).map(|second| (f64::from(second), 5.0 + 2.0 * f64::from(second))));
        assert!((line.growth().unwrap() - 18.0).abs() < 1e-9);
        let swings = trend((0..100).map(|second| (f64::from(second), f64::from(second % 2))));
        assert!(swings.growth().unwrap().abs() < 0.05);
        assert_eq!(trend([(0.0, 1.0)]).growth(), None);
        assert_eq!(trend([]).growth(), None);
    }

    #[test]
    fn the_first_the_last_and_the_greatest_value_are_returned() {
        let trend = trend([(0.0, 2.0), (1.0, 7.0), (2.0, 3.0)]);
        assert_eq!(
            (trend.first(), trend.greatest(), trend.last()),
            (Some(2.0), Some(7.0), Some(3.0))
        );
    }
}
