//! The savings for tables: CSV, a row for each job, window and region, with no rounding.

use super::answer::{Answer, Row};
use gpu_carbon_schema::csv::quoted;

const HEADER: &str = "job,window,region,starts,flexible_start_saving_ratio,pause_and_resume_saving_ratio,\
    pauses_per_hour,year,starts_at,signal,duration_seconds,energy_kilowatt_hours,source\n";

/// What is undefined is an empty field.
pub(super) fn write(answer: &Answer<'_>) -> String {
    HEADER.to_owned() + &answer.rows().map(|row| line(answer, &row)).collect::<String>()
}

fn line(answer: &Answer<'_>, row: &Row<'_>) -> String {
    let (request, savings) = (answer.request, row.savings);
    let fields = [
        quoted(&row.job.name),
        quoted(row.window),
        quoted(row.region()),
        savings.starts.to_string(),
        number(savings.flexible_start_saving_ratio),
        number(savings.pause_and_resume_saving_ratio),
        number(savings.pauses_per_hour),
        request.year.to_string(),
        request.starts.name().to_owned(),
        request.signal.name().to_owned(),
        row.job.duration.as_seconds().to_string(),
        row.job.energy.as_kilowatt_hours().to_string(),
        row.region.map(|region| quoted(&region.source)).unwrap_or_default(),
    ];
    fields.join(",") + "\n"
}

fn number(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
