//! The functional unit: that of which a score is the emissions.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::method::Method;
use super::persona::Persona;

/// A functional unit that the standard names, or that is usual beside those (SCI for AI, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKind {
    /// A token of a language model, prompt or answer.
    Token,
    /// A request. The standard's table, which is indicative, does not have it.
    Request,
    /// A generated image.
    Image,
    /// A second of generated video or of audio.
    Second,
    /// An answer of a classical model.
    Inference,
    /// A workflow that an agent carried out.
    Workflow,
    /// A floating-point operation of training.
    Flop,
    /// A token of the training data.
    TrainingToken,
    /// A parameter of the model.
    Parameter,
}

/// The part of the units that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counting {
    /// All of them.
    Gross,
    /// Those that are useful: utilized operations, tokens without duplicates, active parameters.
    Effective,
}

/// An amount of functional units (R), and the amount for which a score is written.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionalUnit {
    /// The kind; `None` for a unit of one's own.
    pub kind: Option<UnitKind>,
    /// The name of one unit, such as token.
    pub name: String,
    /// The name of several, such as tokens.
    pub plural: String,
    /// R: the number of units in the timespan, above 0.
    pub count: f64,
    /// The number of units for which the score is written, such as 1e6, above 0.
    pub scale: f64,
    /// The part of the units that counts.
    pub counting: Counting,
    /// The reason for this unit.
    pub rationale: String,
    /// The origin of the count.
    pub source: String,
    /// The way in which the count was found.
    pub method: Method,
}

impl UnitKind {
    /// Every kind.
    pub const ALL: [UnitKind; 9] = [
        UnitKind::Token,
        UnitKind::Request,
        UnitKind::Image,
        UnitKind::Second,
        UnitKind::Inference,
        UnitKind::Workflow,
        UnitKind::Flop,
        UnitKind::TrainingToken,
        UnitKind::Parameter,
    ];

    /// The name of one unit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            UnitKind::Token => "token",
            UnitKind::Request => "request",
            UnitKind::Image => "image",
            UnitKind::Second => "second",
            UnitKind::Inference => "inference",
            UnitKind::Workflow => "workflow",
            UnitKind::Flop => "FLOP",
            UnitKind::TrainingToken => "training token",
            UnitKind::Parameter => "parameter",
        }
    }

    /// The persona whose score the unit is for. The three units of providers are a closed list (section 8.2).
    #[must_use]
    pub const fn persona(self) -> Persona {
        match self {
            UnitKind::Flop | UnitKind::TrainingToken | UnitKind::Parameter => Persona::Provider,
            _ => Persona::Consumer,
        }
    }

    /// The number of units for which a score is usually written, so that it is neither tiny nor huge.
    #[must_use]
    pub const fn scale(self) -> f64 {
        match self {
            UnitKind::Token | UnitKind::TrainingToken => 1e6,
            UnitKind::Flop => 1e15,
            UnitKind::Parameter => 1e9,
            _ => 1.0,
        }
    }

    /// The reason for the unit, as the standard has it.
    #[must_use]
    pub const fn rationale(self) -> &'static str {
        match self {
            UnitKind::Token => {
                "Tokens are the unit of language models by which consumers pay (SCI for AI, 8.1)."
            }
            UnitKind::Request => {
                "A request is what a client sends; the table of SCI for AI, 8.1, is indicative and does not have it."
            }
            UnitKind::Image => "Images are the unit of image generation (SCI for AI, 8.1).",
            UnitKind::Second => "Seconds are the unit of video and audio (SCI for AI, 8.1).",
            UnitKind::Inference => "Inferences are the unit of classical models (SCI for AI, 8.1).",
            UnitKind::Workflow => "An executed workflow is the unit of agents (SCI for AI, 8.1).",
            UnitKind::Flop => {
                "Floating-point operations are one of the provider's three units (SCI for AI, 8.2)."
            }
            UnitKind::TrainingToken => {
                "Training tokens are one of the provider's three units (SCI for AI, 8.2)."
            }
            UnitKind::Parameter => {
                "Parameters are one of the provider's three units (SCI for AI, 8.2)."
            }
        }
    }
}

impl Counting {
    /// The name in flags and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Counting::Gross => "gross",
            Counting::Effective => "effective",
        }
    }
}

impl FunctionalUnit {
    /// A gross count of units of a kind, with the usual scale and the standard's rationale.
    #[must_use]
    pub fn of(kind: UnitKind, count: f64, source: String, method: Method) -> FunctionalUnit {
        FunctionalUnit {
            kind: Some(kind),
            name: kind.name().to_owned(),
            plural: format!("{}s", kind.name()),
            count,
            scale: kind.scale(),
            counting: Counting::Gross,
            rationale: kind.rationale().to_owned(),
            source,
            method,
        }
    }

    /// The amount for which the score is written: `token`, or `1e6 tokens`.
    #[must_use]
    pub fn denominator(&self) -> String {
        #[allow(clippy::float_cmp, reason = "one is written without a number, and nothing else")]
        if self.scale == 1.0 {
            self.name.clone()
        } else {
            format!("{:e} {}", self.scale, self.plural)
        }
    }

    /// An amount of grams for the scale; `None` where the count is not above 0 and finite: a score for nothing delivered does not
    /// exist.
    #[must_use]
    pub fn per_scale(&self, amount: f64) -> Option<f64> {
        let allowed = |number: f64| number.is_finite() && number > 0.0;
        (allowed(self.count) && allowed(self.scale)).then(|| amount / (self.count / self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(kind: UnitKind, count: f64) -> FunctionalUnit {
        FunctionalUnit::of(kind, count, "a test".to_owned(), Method::Declared)
    }

    #[test]
    fn the_scale_is_written_out() {
        let text = |kind| unit(kind, 1.0).denominator();
        assert_eq!(text(UnitKind::Token), "1e6 tokens");
        assert_eq!(text(UnitKind::Request), "request");
        assert_eq!(text(UnitKind::Parameter), "1e9 parameters");
        assert_eq!(text(UnitKind::Flop), "1e15 FLOPs");
    }

    #[test]
    fn nothing_delivered_has_no_score() {
        for count in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(unit(UnitKind::Token, count).per_scale(1.0), None);
        }
        assert_eq!(unit(UnitKind::Token, 2e6).per_scale(1.0), Some(0.5));
    }
}
