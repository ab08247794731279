//! Counters that never fall, of parts whose amounts may: at any time they add up to the counter of the whole.
//!
//! A revised intensity makes the emissions of a GPU and of its workloads less. A counter of Prometheus must not fall, so that of
//! the GPU stands until its emissions are above it again. If each workload's counter did so by itself, one that works would be
//! counted on while the GPU's counter still stands, and the workloads would add up to more than the GPU.

use crate::sum::Sum;

/// One part of a whole, in the unit of the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CountedPart {
    /// The amount as it is known now.
    pub amount: f64,
    /// The counter.
    pub counter: f64,
}

/// The relative difference up to which two amounts are the same amount, rounded differently.
const ROUNDING: f64 = 1e-12;

/// Raises the counters of the parts, so that they add up to the counter of the whole. No counter falls. Those whose amounts are
/// above their counters divide what the whole was raised by, in the ratio of what they lack; once the counter of the whole is the
/// sum of the amounts, each counter is its amount.
///
/// Returns what is left where the whole was raised by more than the parts lack: it belongs to none of them. Where the counters
/// add up to more than the whole from the start, they stay until it has reached them.
pub fn raise(parts: &mut [CountedPart], whole: f64) -> f64 {
    let lack = |part: &CountedPart| (part.amount - part.counter).max(0.0);
    let room = {
        let mut room = Sum::default();
        room.add(whole);
        parts.iter().for_each(|part| room.add(-part.counter));
        room.value()
    };
    let mut lacked = Sum::default();
    parts.iter().for_each(|part| lacked.add(lack(part)));
    let lacked = lacked.value();
    let rounding = ROUNDING * whole.abs();
    if room >= lacked - rounding {
        for part in parts {
            part.counter = part.counter.max(part.amount);
        }
        let left = room - lacked;
        return if left > rounding { left } else { 0.0 };
    }
    if room > 0.0 {
        for part in parts {
            part.counter += lack(part) * (room / lacked);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::{CountedPart, raise};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn part(amount: f64, counter: f64) -> CountedPart {
        CountedPart { amount, counter }
    }

    #[test]
    fn a_part_that_goes_on_waits_for_the_whole() {
        // 100 g each were counted. A revision takes 10 g from each; then the second emits 15 g.
        let mut parts = [part(90.0, 100.0), part(105.0, 100.0)];
        assert_eq!(raise(&mut parts, 200.0), 0.0);
        assert_eq!(
            parts,
            [part(90.0, 100.0), part(105.0, 100.0)],
            "the whole is 195 g, and stands"
        );
        parts[1].amount = 115.0;
        assert_eq!(raise(&mut parts, 205.0), 0.0);
        assert_eq!(parts, [part(90.0, 100.0), part(115.0, 105.0)]);
        parts[0].amount = 101.0;
        assert_eq!(raise(&mut parts, 216.0), 0.0);
        assert_eq!(parts, [part(101.0, 101.0), part(115.0, 115.0)], "all is counted again");
    }

    #[test]
    fn what_no_part_lacks_is_left() {
        let mut parts = [part(5.0, 1.0), part(2.0, 3.0)];
        assert_eq!(raise(&mut parts, 10.0), 2.0);
        assert_eq!(parts, [part(5.0, 5.0), part(2.0, 3.0)]);
        let mut too_much = [part(5.0, 6.0), part(2.0, 3.0)];
        assert_eq!(raise(&mut too_much, 8.0), 0.0);
        assert_eq!(too_much, [part(5.0, 6.0), part(2.0, 3.0)]);
        assert_eq!(raise(&mut [], 8.0), 8.0);
    }

    proptest! {
        #[test]
        fn counters_never_fall_and_add_up_to_the_counter_of_the_whole(
            changes in prop::collection::vec((0..4_usize, -50.0..100.0_f64), 1..200)
        ) {
            let mut parts = [CountedPart::default(); 4];
            let mut whole = 0.0_f64;
            for (index, change) in changes {
                parts[index].amount = (parts[index].amount + change).max(0.0);
                let before: Vec<f64> = parts.iter().map(|part| part.counter).collect();
                let sum: f64 = parts.iter().map(|part| part.amount).sum();
                let grown = sum > whole;
                whole = whole.max(sum);
                prop_assert_eq!(raise(&mut parts, whole), 0.0);
                let counted: f64 = parts.iter().map(|part| part.counter).sum();
                prop_assert!((counted - whole).abs() <= 1e-9 * whole, "{} of {}", counted, whole);
                for (part, before) in parts.iter().zip(before) {
                    prop_assert!(part.counter >= before, "{:?} after {}", part, before);
                    let most = part.amount.max(before) * (1.0 + 1e-12);
                    prop_assert!(part.counter <= most, "{:?}", part);
                    prop_assert!(grown || part.counter <= before * (1.0 + 1e-9) + 1e-9, "{:?}", part);
                }
            }
        }
    }
}
