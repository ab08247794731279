//! Findings of a download besides values: points that were left out, warnings of the service, generation of unknown fuel.

use std::collections::BTreeSet;

use gpu_carbon_feeds::ServiceResponse;

/// The findings of all answers.
#[derive(Debug, Default)]
pub(super) struct Findings {
    skips_bad: bool,
    skipped: usize,
    /// The number of answers with bad points alone.
    bad_periods: usize,
    notices: BTreeSet<String>,
    /// The number of answers with values.
    answers: u32,
    /// The sum of the shares of unknown fuel over these answers.
    unknown_shares: f64,
}

impl Findings {
    /// No findings yet, of a download that leaves bad points out or not.
    pub(super) fn new(skips_bad: bool) -> Findings {
        Findings { skips_bad, ..Findings::default() }
    }

    /// Returns true where bad points are left out.
    pub(super) fn skips_bad(&self) -> bool {
        self.skips_bad
    }

    /// Adds an answer that had bad points alone.
    pub(super) fn add_bad_period(&mut self) {
        self.bad_periods += 1;
    }

    /// Adds those of an answer.
    pub(super) fn add(&mut self, answer: &ServiceResponse) {
        self.skipped += answer.skipped;
        self.notices.extend(answer.notices.iter().cloned());
        self.answers += 1;
        self.unknown_shares += answer.unknown_share;
    }

    /// Returns them as lines for people; nothing where there is none.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        if self.skipped > 0 {
            lines += &format!("{} bad points were left out: they are gaps\n", self.skipped);
        }
        if self.bad_periods > 0 {
            lines += &format!(
                "{} answers had bad points alone: their periods are gaps\n",
                self.bad_periods
            );
        }
        let unknown = 100.0 * self.unknown_shares / f64::from(self.answers.max(1));
        if unknown >= 0.05 {
            lines +=
                &format!("{unknown:.1} % of the generation is of unknown fuel, and is left out\n");
        }
        for notice in &self.notices {
            lines += &format!("the service warns: {notice}\n");
        }
        lines
    }
}
