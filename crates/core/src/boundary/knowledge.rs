//! The origin of the energy of one part of a host.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::format as text;
use crate::units::{Power, Ratio};

/// The origin of the energy of one part of a host.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Knowledge {
    /// Meters measure it.
    Measured,
    /// Meters measure it, of which one does not answer.
    Partly,
    /// The operator declares it.
    Declared(Declaration),
    /// The meters of the GPUs measure it, too.
    InGpus,
    /// The meter of the processors measures it, too.
    InCpu,
    /// The figure of the rest contains it.
    InRest,
    /// Nothing is known, and nothing is counted.
    #[default]
    LeftOut,
}

/// The number that an operator declares in place of a meter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Declaration {
    /// A constant power.
    Power(Power),
    /// The joules for each joule of the GPUs.
    ShareOfGpus(Ratio),
}

impl Knowledge {
    /// The name of every origin.
    pub const NAMES: [&str; 7] =
        ["measured", "partly", "declared", "in_gpus", "in_cpu", "in_rest", "left_out"];

    /// The name in labels and files, such as `measured` or `left_out`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Knowledge::Measured => "measured",
            Knowledge::Partly => "partly",
            Knowledge::Declared(_) => "declared",
            Knowledge::InGpus => "in_gpus",
            Knowledge::InCpu => "in_cpu",
            Knowledge::InRest => "in_rest",
            Knowledge::LeftOut => "left_out",
        }
    }

    /// The origin with a name. `declaration` is the number of one that is declared, and ignored for another one. `None` for any
    /// other text, and for `declared` without a number.
    #[must_use]
    pub fn named(name: &str, declaration: Option<Declaration>) -> Option<Knowledge> {
        Some(match name {
            "measured" => Knowledge::Measured,
            "partly" => Knowledge::Partly,
            "declared" => Knowledge::Declared(declaration?),
            "in_gpus" => Knowledge::InGpus,
            "in_cpu" => Knowledge::InCpu,
            "in_rest" => Knowledge::InRest,
            "left_out" => Knowledge::LeftOut,
            _ => return None,
        })
    }

    /// The origin in words, with the number of one that is declared.
    #[must_use]
    pub fn words(self) -> String {
        let words = match self {
            Knowledge::Measured => "measured",
            Knowledge::Partly => "measured in part: a meter does not answer",
            Knowledge::Declared(Declaration::Power(power)) => {
                return format!("declared: {}", text::power(power));
            }
            Knowledge::Declared(Declaration::ShareOfGpus(share)) => {
                return format!("declared: {} J for each joule of the GPUs", share.as_number());
            }
            Knowledge::InGpus => "within the GPUs' meters",
            Knowledge::InCpu => "within the CPU's meter",
            Knowledge::InRest => "within the rest",
            Knowledge::LeftOut => "left out",
        };
        words.to_owned()
    }

    /// The declared number, if there is one.
    #[must_use]
    pub const fn declaration(self) -> Option<Declaration> {
        match self {
            Knowledge::Declared(declaration) => Some(declaration),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_has_one_name() {
        let number = Some(Declaration::ShareOfGpus(Ratio::ONE));
        for name in Knowledge::NAMES {
            let known = Knowledge::named(name, number).unwrap();
            assert_eq!((known.name(), known.declaration().is_some()), (name, name == "declared"));
        }
        assert_eq!(Knowledge::named("declared", None), None, "no number is guessed");
        assert_eq!(Knowledge::named("Measured", number), None);
    }
}
