//! GPUs by model, with the power of their boards.
//!
//! The table is `data/gpus.json`, which the calculator reads, too: board power in W from the makers' datasheets, each row
//! with its source and year.

use gpu_carbon_core::Power;
use serde::Deserialize;

use crate::nearest_names::nearest_names;
use crate::one_line::marked;

/// A GPU model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GpuModel {
    /// The identifier: `h100-sxm`.
    pub id: String,
    /// The name: `H100 SXM`.
    pub name: String,
    /// The greatest power of the board, in W.
    watts: f64,
    /// The datasheet, with its year.
    pub source: String,
}

/// The table as the file has it.
#[derive(Deserialize)]
struct Table {
    models: Vec<GpuModel>,
}

impl GpuModel {
    /// The greatest power of the board.
    #[must_use]
    pub fn board_power(&self) -> Power {
        Power::from_watts(self.watts).unwrap_or_default()
    }
}

/// Every model, newest first within its group.
#[must_use]
pub fn models() -> Vec<GpuModel> {
    let table: Result<Table, _> = serde_json::from_str(include_str!("../data/gpus.json"));
    table.map(|table| table.models).unwrap_or_default()
}

/// A number of GPUs of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Gpus {
    /// The number, 1 or more.
    pub count: u32,
    /// The model.
    pub model: GpuModel,
}

/// The greatest number of GPUs of a job.
const MOST_GPUS: u32 = 1_000_000;

/// The characters of a model's name that a message repeats at most.
const LONGEST_QUOTE: usize = 60;

/// A text that names no GPUs; the message says what is known instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GpusError {
    /// The text has another form.
    #[error("expected the number and the model of the GPUs, 1 to {MOST_GPUS}, such as 8xH100")]
    Form,
    /// No model has the name.
    #[error("no GPU model is named `{name}`: did you mean {nearest}?")]
    Model {
        /// The name.
        name: String,
        /// The models that come nearest, in words.
        nearest: String,
    },
}

impl Gpus {
    /// Reads `8xH100`, `8 x h100-sxm` or `A100 SXM 80 GB` for one; a model's name may be shortened, and the first model of
    /// the table that begins with it is meant.
    ///
    /// # Errors
    ///
    /// When the number is 0 or too large, or no model has the name.
    ///
    /// ```
    /// use gpu_carbon_feeds::hardware::Gpus;
    ///
    /// let gpus = Gpus::parse("8xH100")?;
    /// assert_eq!((gpus.count, gpus.model.name.as_str()), (8, "H100 SXM"));
    /// assert_eq!(gpus.board_power().as_watts(), 5600.0);
    /// # Ok::<(), gpu_carbon_feeds::hardware::GpusError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Gpus, GpusError> {
        let (count, name) = match text.split_once(['x', 'X', '×']) {
            // A name may begin with an x: then no number stands before it.
            Some((count, name))
                if count.trim().bytes().all(|it| it.is_ascii_digit())
                    && (!count.trim().is_empty() || name.trim().is_empty()) =>
            {
                (count.trim().parse().map_err(|_| GpusError::Form)?, name)
            }
            _ => (1, text),
        };
        let wanted = simplified(name);
        if !(1..=MOST_GPUS).contains(&count) || wanted.is_empty() {
            return Err(GpusError::Form);
        }
        let models = models();
        let named = |model: &&GpuModel| {
            simplified(&model.name) == wanted || simplified(&model.id) == wanted
        };
        let shortened = |model: &&GpuModel| {
            simplified(&model.name).starts_with(&wanted)
                || simplified(&model.id).starts_with(&wanted)
        };
        let found = models.iter().find(named).or_else(|| models.iter().find(shortened)).cloned();
        let model = found.ok_or_else(|| unknown(name, &wanted, &models))?;
        Ok(Gpus { count, model })
    }

    /// The greatest power of all boards together.
    #[must_use]
    pub fn board_power(&self) -> Power {
        let watts = self.model.board_power().as_watts() * f64::from(self.count);
        Power::from_watts(watts).unwrap_or_default()
    }
}

/// The letters and digits of a name, in lower case.
fn simplified(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

fn unknown(name: &str, wanted: &str, models: &[GpuModel]) -> GpusError {
    let names = models.iter().map(|model| model.name.as_str());
    let nearest = nearest_names(wanted, names, simplified);
    GpusError::Model { name: marked(name.trim(), LONGEST_QUOTE), nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_found_by_its_id_and_its_name() {
        let models = models();
        assert!(models.len() > 40, "{}", models.len());
        for model in models {
            for text in [model.id.clone(), model.name.clone(), format!("16 x {}", model.name)] {
                assert_eq!(Gpus::parse(&text).unwrap().model, model, "{text}");
            }
            assert!(model.board_power().as_watts() > 0.0, "{}", model.id);
        }
    }

    #[test]
    fn a_text_that_names_no_gpus_is_refused_with_what_is_known() {
        for text in ["", "8x", "0xH100", "1000001xH100", "99999999999xH100", "x"] {
            assert_eq!(Gpus::parse(text), Err(GpusError::Form), "{text}");
        }
        let said = Gpus::parse("8xH1000").unwrap_err().to_string();
        assert!(said.starts_with("no GPU model is named `H1000`: did you mean H100"), "{said}");
    }
}
