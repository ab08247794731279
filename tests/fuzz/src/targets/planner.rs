//! The exact planner, compared with every possible plan.

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "small numbers"
)]
#[path = "../../../../crates/core/tests/exact/case.rs"]
mod case;

use arbitrary::{Result, Unstructured};
use case::Case;

/// The input is a question, small enough for every plan to be tried.
pub(crate) fn run(input: &[u8]) {
    if let Ok(case) = case_of(&mut Unstructured::new(input)) {
        case.check();
    }
}

/// Minutes, grams, kilowatts and kilowatt-hours; the intensities come last, as many as are needed.
fn case_of(input: &mut Unstructured<'_>) -> Result<Case> {
    let whole: bool = input.arbitrary()?;
    let round = |minutes: usize| if whole { minutes.next_multiple_of(5) } else { minutes };
    let duration = round(input.int_in_range(1..=30)?);
    let mut powers = vec![(0, 1.0)];
    while powers.len() < 6 && input.arbitrary()? {
        let after = powers.last().map_or(0, |last: &(usize, f64)| last.0);
        let from = after + input.int_in_range(1..=10)?;
        if from < duration {
            powers.push((from, quarters(input, 20)?));
        }
    }
    let mut milestones = Vec::new();
    while milestones.len() < 3 && input.arbitrary()? {
        milestones.push((input.int_in_range(0..=31)?, input.int_in_range(0..=60)?));
    }
    Ok(Case {
        step: *input.choose(&[5, 5, 15, 60])?,
        start: input.int_in_range(0..=6)?,
        window: round(input.int_in_range(0..=35)?),
        duration,
        powers,
        energy: quarters(input, 8)? / 8.0,
        time: input.int_in_range(0..=12)?,
        paused_power: quarters(input, 8)? / 4.0,
        least_run: input.int_in_range(0..=40)?,
        most_pauses: if input.arbitrary()? { Some(input.int_in_range(0..=4)?) } else { None },
        milestones,
        values: (0..20).map(|_| Ok(10 * u32::from(input.arbitrary::<u8>()?))).collect::<Result<_>>()?,
    })
}

/// A number from zero to so many quarters.
fn quarters(input: &mut Unstructured<'_>, most: u8) -> Result<f64> {
    Ok(f64::from(input.int_in_range(0..=most)?) / 4.0)
}
