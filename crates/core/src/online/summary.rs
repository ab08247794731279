//! The summary of many starts of one policy.

use super::simulate::Outcome;

/// The results of a policy over many starts. Each start counts alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The number of starts.
    pub starts: usize,
    /// The share of the oracle's saving that the policy achieved: its mean saving ratio over the oracle's. `None` if
    /// the oracle saves nothing.
    pub share_of_oracle_saving: Option<f64>,
    /// The mean share of the baseline that the policy saved, over the starts whose baseline is not zero.
    pub saving: Option<f64>,
    /// The mean share of the baseline that the oracle saves, over the same starts.
    pub oracle_saving: Option<f64>,
    /// The mean emissions of a start beyond the least possible, in g/kWh times slots.
    pub regret: f64,
    /// All emissions beyond the least possible, as a share of the least possible. `None` if that is zero.
    pub regret_ratio: Option<f64>,
    /// The mean number of pauses of a start.
    pub pauses: f64,
    /// The number of starts in which the policy emitted more than running at once.
    pub worse: usize,
    /// The most that the policy emitted beyond a run at once, of all starts, in g/kWh times slots; zero if it never
    /// emitted more.
    pub greatest_loss: f64,
}

impl Summary {
    /// The summary of the outcomes of all starts.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Summary {
        let sum = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>();
        let mean = |of: fn(&Outcome) -> Option<f64>| {
            let ratios = outcomes.iter().filter_map(of);
            let (sum, count) = ratios.fold((0.0, 0_usize), |(sum, n), ratio| (sum + ratio, n + 1));
            (count > 0).then(|| sum / count as f64)
        };
        let (saving, oracle_saving) = (mean(Outcome::saving), mean(Outcome::oracle_saving));
        let possible = oracle_saving.filter(|&possible| possible > 0.0);
        let (regret, least) = (sum(Outcome::regret), sum(|outcome| outcome.oracle));
        Summary {
            starts: outcomes.len(),
            share_of_oracle_saving: saving
                .zip(possible)
                .map(|(saving, possible)| saving / possible),
            saving,
            oracle_saving,
            regret: regret / outcomes.len().max(1) as f64,
            regret_ratio: (least > 0.0).then(|| regret / least),
            pauses: sum(|outcome| outcome.pauses as f64) / outcomes.len().max(1) as f64,
            worse: outcomes.iter().filter(|outcome| outcome.emissions > outcome.baseline).count(),
            greatest_loss: outcomes
                .iter()
                .map(|outcome| outcome.emissions - outcome.baseline)
                .fold(0.0, f64::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn outcome(baseline: f64, emissions: f64, oracle: f64, pauses: usize) -> Outcome {
        Outcome { emissions, baseline, oracle, pauses, ran: Vec::new() }
    }

    #[test]
    fn each_start_counts_alike() {
        let found = Summary::of(&[
            outcome(100.0, 60.0, 50.0, 1),
            outcome(1000.0, 1100.0, 800.0, 4),
            outcome(0.0, 5.0, 0.0, 0),
        ]);
        assert_eq!((found.starts, found.worse, found.greatest_loss), (3, 2, 100.0));
        let near = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-12;
        assert!(near(found.saving, (0.4 - 0.1) / 2.0) && near(found.oracle_saving, 0.35));
        assert!(
            near(found.share_of_oracle_saving, 0.15 / 0.35)
                && near(found.regret_ratio, 315.0 / 850.0)
        );
        assert_eq!((found.regret, found.pauses), (105.0, 5.0 / 3.0));
    }

    #[test]
    fn an_empty_summary_has_no_share() {
        let nothing = Summary::of(&[outcome(0.0, 0.0, 0.0, 0)]);
        assert_eq!(
            (nothing.share_of_oracle_saving, nothing.saving, nothing.regret_ratio),
            (None, None, None)
        );
        let nothing_to_save = Summary::of(&[outcome(5.0, 5.0, 5.0, 0)]);
        assert_eq!(
            (nothing_to_save.share_of_oracle_saving, nothing_to_save.saving),
            (None, Some(0.0))
        );
        assert_eq!(Summary::of(&[]).regret, 0.0);
    }
}
