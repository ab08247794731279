//! The JSON of a request, and its validation.

use gpu_carbon_core::boundary::HostShare;
use gpu_carbon_core::job::{Job, JobError};
use gpu_carbon_core::schedule::{Milestone, PauseCosts};
use gpu_carbon_core::{Energy, Power, Pue, Signal, Span, Timestamp, UnitError, what_if};
use gpu_carbon_feeds::rfc3339;
use serde::{Deserialize, Deserializer};

use crate::field_error::FieldError;
use host_share::HostShareField;

mod host_share;
#[cfg(test)]
mod tests;

/// A request that is well formed, and whose values are not yet validated.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    job: JobFields,
    start: String,
    window_seconds: f64,
    #[serde(default = "default_pue")]
    power_usage_effectiveness: f64,
    host_share: Option<HostShareField>,
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
    /// Pairs of an offset in seconds, and the power in watts from that offset on.
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

fn default_pue() -> f64 {
    1.0
}

impl Request {
    /// Parses a request. Unknown names are errors, and so are missing ones; `power_usage_effectiveness` (default 1), `host_share`
    /// (default: the GPUs alone), `signal`, `home_region` (default: the first region) and `pause_costs` (default: none) may be left
    /// out.
    ///
    /// # Errors
    ///
    /// The first error, with its field.
    ///
    /// ```
    /// use gpu_carbon_schema::Request;
    /// let json = r#"{"job": {"duration_seconds": 3600, "power_watts": -1}, "start": "2020-06-01T00:00:00Z", "window_seconds": 0}"#;
    /// let error = Request::from_json(json)?.validate().unwrap_err();
    /// assert_eq!(error.field, "job.power_watts");
    /// # Ok::<(), gpu_carbon_schema::FieldError>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Request, FieldError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let request = Request::from_deserializer(&mut deserializer)?;
        deserializer.end().map_err(|error| FieldError::new(".", error.to_string()))?;
        Ok(request)
    }

    /// Reads a request as [`Request::from_json`] does, from a deserializer of another form, such as a JavaScript object.
    ///
    /// # Errors
    ///
    /// The same as those of [`Request::from_json`].
    pub fn from_deserializer<'de>(fields: impl Deserializer<'de>) -> Result<Request, FieldError> {
        serde_path_to_error::deserialize(fields).map_err(|error| {
            // The path of an unknown name that is empty is empty too: the error is then one of the whole request.
            let path = Some(error.path().to_string()).filter(|path| !path.is_empty());
            FieldError::new(path.unwrap_or(".".to_owned()), error.inner().to_string())
        })
    }

    /// Validates the values, and returns the request for the core.
    ///
    /// # Errors
    ///
    /// The first value out of range, with its field.
    pub fn validate(&self) -> Result<what_if::Request, FieldError> {
        let (job, energy) = self.job.validate()?;
        let pue = Pue::from_number(self.power_usage_effectiveness);
        let request = what_if::Request {
            energy: energy.unwrap_or_else(|| job.energy()),
            job,
            start: timestamp_of("start", &self.start)?,
            window: span_of("window_seconds", self.window_seconds)?,
            pause_costs: self.pause_costs.validate()?,
            pue: pue.map_err(|_| {
                let allowed = format!("must be {}", Pue::ALLOWED);
                FieldError::new("power_usage_effectiveness", allowed)
            })?,
            host_share: HostShare::GPUS_ONLY,
            home: self.home_region.clone(),
            signal: self.signal.map(|signal| match signal {
                SignalField::Marginal => Signal::Marginal,
                SignalField::Average => Signal::Average,
            }),
        };
        let host_share = match self.host_share {
            None => HostShare::GPUS_ONLY,
            Some(HostShareField::Paper) => HostShare::PAPER,
            Some(HostShareField::Percent(percent)) => HostShare::own(percent)
                .map_err(|error| FieldError::new("host_share", error.to_string()))?,
        };
        Ok(request.with_host_share(host_share))
    }
}

impl JobFields {
    /// The job, and its energy where the request gives the energy.
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
                by: timestamp_of(&field("by"), &milestone.by)?,
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

fn timestamp_of(field: &str, text: &str) -> Result<Timestamp, FieldError> {
    rfc3339::parse(text).map_err(|error| {
        let short: String = text.chars().take(40).collect();
        FieldError::new(field, format!("must be {error}, got `{short}`"))
    })
}

fn quantity<Q>(field: &str, quantity: Result<Q, UnitError>) -> Result<Q, FieldError> {
    quantity.map_err(|error| FieldError::new(field, error.to_string()))
}
