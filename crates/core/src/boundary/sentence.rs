//! A boundary in words.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Boundary, GPU_SHARE_HINT, Knowledge};

impl Boundary {
    /// A plain sentence for reports, without the full stop: what is in, by which method and number, and what is left out.
    /// Where only GPUs are in, it ends with [`GPU_SHARE_HINT`].
    #[must_use]
    pub fn sentence(self) -> String {
        if self.is_gpus_alone() && self.gpus == Knowledge::Measured {
            return format!(
                "GPUs alone, as their meters measure them; CPU, memory and the rest of the host are left out ({GPU_SHARE_HINT})"
            );
        }
        let parts = [
            ("GPUs", self.gpus),
            ("CPU", self.cpu),
            ("memory", self.memory),
            ("the rest of the host", self.rest),
        ];
        let (mut within, mut left_out) = (Vec::new(), Vec::new());
        for (name, known) in parts {
            match known {
                Knowledge::LeftOut => left_out.push(name.to_owned()),
                known => within.push(format!("{name} ({})", known.words())),
            }
        }
        let verb = if left_out.len() == 1 { "is" } else { "are" };
        match (within.is_empty(), left_out.is_empty()) {
            (_, true) => listed(&within),
            (true, false) => format!("nothing; {} {verb} left out", listed(&left_out)),
            (false, false) => {
                format!("{}; {} {verb} left out", listed(&within), listed(&left_out))
            }
        }
    }
}

/// Words as a list: a, b and c.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::{BoundaryChoice, Declaration};
    use crate::units::{Power, Ratio};

    #[test]
    fn a_sentence_says_what_is_in_and_what_is_left_out() {
        let watts =
            |watts| Knowledge::Declared(Declaration::Power(Power::from_watts(watts).unwrap()));
        let share = Ratio::from_number(0.345).unwrap();
        let (measured, left_out) = (Knowledge::Measured, Knowledge::LeftOut);
        let boundary = |cpu, memory, rest| Boundary { gpus: measured, cpu, memory, rest };
        let of = |cpu, memory, rest| boundary(cpu, memory, rest).sentence();
        assert_eq!(
            of(left_out, left_out, left_out),
            "GPUs alone, as their meters measure them; CPU, memory and the rest of the host are left out \
             (in the paper's test server, the GPU drew 74 % of the power of GPU, CPUs and memory together)"
        );
        assert_eq!(
            of(measured, Knowledge::InCpu, watts(120.0)),
            "GPUs (measured), CPU (measured), memory (within the CPU's meter) and the rest of the host (declared: 120 W)"
        );
        assert_eq!(
            of(
                Knowledge::InRest,
                Knowledge::InRest,
                Knowledge::Declared(Declaration::ShareOfGpus(share))
            ),
            "GPUs (measured), CPU (within the rest), memory (within the rest) and the rest of the host (declared: 0.345 J \
             for each joule of the GPUs)"
        );
        assert_eq!(
            of(Knowledge::Partly, left_out, left_out),
            "GPUs (measured) and CPU (measured in part: a meter does not answer); memory and the rest of the host are left out"
        );
        let none = Boundary { gpus: left_out, ..Boundary::GPUS };
        assert_eq!(
            none.sentence(),
            "nothing; GPUs, CPU, memory and the rest of the host are left out"
        );
        let host = boundary(measured, watts(60.0), left_out);
        assert_eq!(host.chosen(BoundaryChoice::Gpus), Boundary::GPUS);
        assert_eq!(host.chosen(BoundaryChoice::Host), host);
    }
}
