//! What is asked, as JSON, and its checks.

use gpu_carbon_core::job::{Job, JobError};
use gpu_carbon_core::schedule::{Milestone, PauseCosts};
use gpu_carbon_core::{Energy, Power, Pue, Signal, Span, Timestamp, UnitError, what_if};
use gpu_carbon_feeds::{one_line, rfc3339};
use serde::{Deserialize, Deserializer};

#[cfg(test)]
mod tests;

/// A question that is well formed, and not yet checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    job: JobFields,
    start: String,
    window_seconds: f64,
    #[serde(default = "no_overhead")]
    power_usage_effectiveness: f64,
    signal: Option<SignalField>,
    home_region: Option<String>,
    #[serde(default)]
    pause_costs: PauseCostFields,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct JobFields {
    duration_seconds: f64,
    energy_kilowatt_hours: Option<f64>,
    power_watts: Option<f64>,
    /// Offset in seconds, and the power in watts from there on.
    profile: Option<Vec<(f64, f64)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SignalField {
    Marginal,
    Average,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PauseCostFields {
    energy_kilowatt_hours: f64,
    time_seconds: f64,
    paused_power_watts: f64,
    least_run_seconds: f64,
    most_pauses: Option<usize>,
    milestones: Vec<MilestoneFields>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct MilestoneFields {
    work_seconds: f64,
    by: String,
}

/// What is wrong, and where: the path of the field, as `pause_costs.milestones[0].by`; `.` for the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// Where.
    pub field: String,
    /// What is wrong, for people.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> FieldError {
        let [field, message] =
            [field.into(), message.into()].map(|text| one_line::marked(&text, MAX_QUOTED_CHARS));
        FieldError { field, message }
    }
}

/// The longest field path or message, in characters: a request may hold any text, of any length.
const MAX_QUOTED_CHARS: usize = 300;

fn no_overhead() -> f64 {
    1.0
}

impl Request {
    /// Reads a question. Unknown names are errors, and so are missing ones; `power_usage_effectiveness`
    /// (1), `signal`, `home_region` (of the first region) and `pause_costs` (none) may be left out.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its field.
    ///
    /// ```
    /// use gpu_carbon_schema::Request;
    /// let asked = r#"{"job": {"duration_seconds": 3600, "power_watts": -1}, "start": "2020-06-01T00:00:00Z", "window_seconds": 0}"#;
    /// let error = Request::from_json(asked)?.validate().unwrap_err();
    /// assert_eq!(error.field, "job.power_watts");
    /// # Ok::<(), gpu_carbon_schema::FieldError>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Request, FieldError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let request = Request::from_deserializer(&mut deserializer)?;
        deserializer.end().map_err(|error| FieldError::new(".", error.to_string()))?;
        Ok(request)
    }

    /// As [`Request::from_json`], from what has been parsed already, such as an object of JavaScript's.
    ///
    /// # Errors
    ///
    /// As [`Request::from_json`].
    pub fn from_deserializer<'de>(fields: impl Deserializer<'de>) -> Result<Request, FieldError> {
        serde_path_to_error::deserialize(fields).map_err(|error| {
            // An unknown name may be empty, and its path with it: then it is the whole that is wrong.
            let path = Some(error.path().to_string()).filter(|path| !path.is_empty());
            FieldError::new(path.unwrap_or(".".to_owned()), error.inner().to_string())
        })
    }

    /// Checks it: the request that the core takes.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with its field.
    pub fn validate(&self) -> Result<what_if::Request, FieldError> {
        let (job, energy) = self.job.validate()?;
        let pue = Pue::from_number(self.power_usage_effectiveness);
        Ok(what_if::Request {
            energy: energy.unwrap_or_else(|| job.energy()),
            job,
            start: moment_of("start", &self.start)?,
            window: span_of("window_seconds", self.window_seconds)?,
            pause_costs: self.pause_costs.validate()?,
            pue: pue.map_err(|_| {
                let allowed = format!("must be {}", Pue::ALLOWED);
                FieldError::new("power_usage_effectiveness", allowed)
            })?,
            home: self.home_region.clone(),
            signal: self.signal.map(|signal| match signal {
                SignalField::Marginal => Signal::Marginal,
                SignalField::Average => Signal::Average,
            }),
        })
    }
}

impl JobFields {
    /// The job, and its energy where that is what was given.
    fn validate(&self) -> Result<(Job, Option<Energy>), FieldError> {
        let field = "job.duration_seconds";
        let duration = span_of(field, self.duration_seconds)?;
        let job_error = |field: &'static str| {
            move |error: JobError| match error {
                JobError::NoTime => FieldError::new("job.duration_seconds", error.to_string()),
                other => FieldError::new(field, other.to_string()),
            }
        };
        match (self.energy_kilowatt_hours, self.power_watts, &self.profile) {
            (Some(energy), None, None) => {
                let field = "job.energy_kilowatt_hours";
                let energy = quantity(field, Energy::from_kilowatt_hours(energy))?;
                Ok((Job::of_energy(duration, energy).map_err(job_error(field))?, Some(energy)))
            }
            (None, Some(power), None) => {
                let field = "job.power_watts";
                let power = quantity(field, Power::from_watts(power))?;
                Ok((Job::of_power(duration, power).map_err(job_error(field))?, None))
            }
            (None, None, Some(rows)) => {
                let row = |(index, &(offset, watts)): (usize, &(f64, f64))| {
                    let offset = span_of(&format!("job.profile[{index}][0]"), offset)?;
                    let field = format!("job.profile[{index}][1]");
                    Ok((offset, quantity(&field, Power::from_watts(watts))?))
                };
                let profile = rows.iter().enumerate().map(row).collect::<Result<_, _>>()?;
                let job = Job::of_profile(duration, profile).map_err(job_error("job.profile"))?;
                Ok((job, None))
            }
            _ => Err(FieldError::new(
                "job",
                "must have exactly one of energy_kilowatt_hours, power_watts and profile",
            )),
        }
    }
}

impl PauseCostFields {
    fn validate(&self) -> Result<PauseCosts, FieldError> {
        let energy = Energy::from_kilowatt_hours(self.energy_kilowatt_hours);
        let paused_power = Power::from_watts(self.paused_power_watts);
        let milestone = |(index, milestone): (usize, &MilestoneFields)| {
            let field = |name: &str| format!("pause_costs.milestones[{index}].{name}");
            Ok(Milestone {
                work: span_of(&field("work_seconds"), milestone.work_seconds)?,
                by: moment_of(&field("by"), &milestone.by)?,
            })
        };
        let milestones = self.milestones.iter().enumerate().map(milestone);
        Ok(PauseCosts {
            energy: quantity("pause_costs.energy_kilowatt_hours", energy)?,
            time: span_of("pause_costs.time_seconds", self.time_seconds)?,
            paused_power: quantity("pause_costs.paused_power_watts", paused_power)?,
            least_run: span_of("pause_costs.least_run_seconds", self.least_run_seconds)?,
            most_pauses: self.most_pauses,
            milestones: milestones.collect::<Result<_, _>>()?,
        })
    }
}

fn span_of(field: &str, seconds: f64) -> Result<Span, FieldError> {
    Span::from_seconds_f64(seconds).ok_or_else(|| {
        FieldError::new(field, format!("must be a number of seconds, zero or more, got {seconds}"))
    })
}

fn moment_of(field: &str, text: &str) -> Result<Timestamp, FieldError> {
    rfc3339::parse(text).map_err(|error| {
        let short: String = text.chars().take(40).collect();
        FieldError::new(field, format!("must be {error}, got `{short}`"))
    })
}

fn quantity<Q>(field: &str, quantity: Result<Q, UnitError>) -> Result<Q, FieldError> {
    quantity.map_err(|error| FieldError::new(field, error.to_string()))
}
