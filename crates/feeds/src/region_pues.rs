//! The power usage effectiveness of cloud regions by year, from a table that the user has, such as `Cloud_Region_Metadata.csv` of the
//! Green Software Foundation's Real Time Cloud project.
//!
//! No such table is bundled: no licence was found that grants the redistribution of that project's data.

use std::collections::BTreeMap;

use gpu_carbon_core::Pue;

use crate::one_line::marked;
use crate::regions::{CloudRegion, Provider};

/// The columns that are read; others may stand between them.
const COLUMNS: [&str; 4] = ["year", "cloud-provider", "cloud-region", "power-usage-effectiveness"];

/// The characters of a text that a message repeats at most.
const LONGEST_QUOTE: usize = 60;

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionPuesError {
    /// A column is missing.
    #[error("its first line has no column `{0}`: expected {columns}, among others", columns = COLUMNS.join(", "))]
    Column(&'static str),
    /// A value cannot be.
    #[error("line {line}, {column}: expected {allowed}, got `{found}`")]
    Value {
        /// The line, counted from 1.
        line: usize,
        /// The name of the column.
        column: &'static str,
        /// The allowed values.
        allowed: &'static str,
        /// The value.
        found: String,
    },
    /// A row has fewer fields than the first line.
    #[error("line {0} has fewer fields than the first line")]
    Short(usize),
}

/// A region, or a year of it, of which the table has no single value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPueError {
    /// The table has no row of the region.
    #[error("it has no row of {0}: give a number instead")]
    Region(String),
    /// The table has no row of the region in the year.
    #[error("it has no row of {region} in {year}: it has {years}")]
    Year {
        /// The region.
        region: String,
        /// The year that was asked for.
        year: u16,
        /// The years that it has, with a value or without.
        years: String,
    },
    /// The value is blank: the provider published none.
    #[error("its value of {region} in {year} is blank, which is not 0 and not 1: {way_out}")]
    Blank {
        /// The region.
        region: String,
        /// The year.
        year: u16,
        /// The value or the year to give instead.
        way_out: String,
    },
    /// Several rows of the region and year have different values.
    #[error("it has several values of {region} in {year}: give a number instead")]
    Several {
        /// The region.
        region: String,
        /// The year.
        year: u16,
    },
}

/// The power usage effectiveness of a region, and the year that it is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionPue {
    /// The mean over the data centres of the region and over the year.
    pub pue: Pue,
    /// The year.
    pub year: u16,
}

/// The values of a table by region and year; a blank is kept as one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RegionPues(BTreeMap<(Provider, String), Years>);

/// The values of a region by year; one that is blank is `None`.
type Years = BTreeMap<u16, Vec<Option<Pue>>>;

impl RegionPues {
    /// Reads a table, whose first line names its columns. Rows of other providers than those of the map of regions are skipped.
    ///
    /// # Errors
    ///
    /// When a column is missing, or a value is no year, or no power usage effectiveness.
    ///
    /// ```
    /// use gpu_carbon_feeds::{region_pues::RegionPues, regions};
    ///
    /// let table = "year,cloud-provider,cloud-region,power-usage-effectiveness\n2024,Amazon Web Services,eu-north-1,1.1\n";
    /// let found = RegionPues::read(table)?.of(&regions::find("aws:eu-north-1")?, None)?;
    /// assert_eq!((found.pue.as_number(), found.year), (1.1, 2024));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(text: &str) -> Result<RegionPues, RegionPuesError> {
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let header = lines.next().map(|(_, line)| fields(line)).unwrap_or_default();
        let place = |name: &'static str| {
            let found = header.iter().position(|column| column.trim() == name);
            found.ok_or(RegionPuesError::Column(name))
        };
        let [year, provider, region, pue] = COLUMNS;
        let places = [place(year)?, place(provider)?, place(region)?, place(pue)?];
        let mut pues = RegionPues::default();
        for (line, row) in lines {
            let row = fields(row);
            let [year, provider, region, pue] =
                places.map(|place| row.get(place).map(|it| it.trim()));
            let (Some(year), Some(provider), Some(region), Some(pue)) =
                (year, provider, region, pue)
            else {
                return Err(RegionPuesError::Short(line));
            };
            let Some(provider) = provider_titled(provider) else { continue };
            let wrong = |column, allowed, found: &str| {
                let found = marked(found, LONGEST_QUOTE);
                RegionPuesError::Value { line, column, allowed, found }
            };
            let year = year.parse().map_err(|_| wrong("year", "a year, such as 2024", year))?;
            let value = match pue {
                "" | "NA" => None,
                text => {
                    let number = text.parse().ok().and_then(|number| Pue::from_number(number).ok());
                    let [.., column] = COLUMNS;
                    Some(number.ok_or_else(|| wrong(column, Pue::ALLOWED, text))?)
                }
            };
            let years = pues.0.entry((provider, region.to_lowercase())).or_default();
            years.entry(year).or_default().push(value);
        }
        Ok(pues)
    }

    /// The value of a region in a year; in the newest year of the region without one.
    ///
    /// # Errors
    ///
    /// When the table has no row for it, a blank, or several values.
    pub fn of(&self, region: &CloudRegion, year: Option<u16>) -> Result<RegionPue, NoPueError> {
        let id = region.id();
        let years = self.0.get(&(region.provider, region.name.to_lowercase()));
        let Some((years, (&newest, _))) = years.and_then(|it| Some((it, it.last_key_value()?)))
        else {
            return Err(NoPueError::Region(id));
        };
        let year = year.unwrap_or(newest);
        let Some(values) = years.get(&year) else {
            let years: Vec<String> = years.keys().map(u16::to_string).collect();
            return Err(NoPueError::Year { region: id, year, years: years.join(", ") });
        };
        let mut known: Vec<Pue> = values.iter().copied().flatten().collect();
        known.sort_unstable();
        known.dedup();
        match known.as_slice() {
            [pue] => Ok(RegionPue { pue: *pue, year }),
            [] => {
                let known = years.iter().filter(|(_, values)| values.iter().any(Option::is_some));
                let known: Vec<String> = known.map(|(year, _)| year.to_string()).collect();
                let way_out = match known.is_empty() {
                    true => "give a number instead".to_owned(),
                    false => format!("give a number, or a year with a value: {}", known.join(", ")),
                };
                Err(NoPueError::Blank { region: id, year, way_out })
            }
            _ => Err(NoPueError::Several { region: id, year }),
        }
    }
}

/// The provider of a title in the table.
fn provider_titled(title: &str) -> Option<Provider> {
    match title {
        "Amazon Web Services" => Some(Provider::Aws),
        "Google Cloud" => Some(Provider::Gcp),
        "Microsoft Azure" => Some(Provider::Azure),
        _ => None,
    }
}

/// The fields of a line of CSV; one may be enclosed in double quotes, in which two stand for one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.trim_start_matches('\u{feff}').chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        let Some(field) = fields.last_mut() else { break };
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            letter => field.push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions::find;

    /// Rows in the form of the project's table: columns between, places with commas, other providers, blanks.
    const TABLE: &str = "\u{feff}year,cloud-provider,cloud-region,location,geolocation,power-usage-effectiveness,water\n\
        2025,Oracle Cloud Infrastructure,eu-frankfurt-1,\"Frankfurt, Germany\",\"50.1,8.6\",,\n\
        2024,Amazon Web Services,us-east-1,US East (N. Virginia),\"39.1057,-77.5544 \",1.15,0.12\n\
        2023,Amazon Web Services,us-east-1,US East (N. Virginia),\"39.1057,-77.5544 \",1.16,0.18\n\
        2024,Amazon Web Services,ap-east-1,Hong Kong,,,0.18\n\
        2023,Amazon Web Services,eu-west-2,London,,1.2,\n\
        2024,Amazon Web Services,eu-west-2,London,,,\n\
        2024,Google Cloud,europe-west4,Eemshaven,,1.07,\n\
        2023,Microsoft Azure,northeurope,Finland,,,\n\
        2023,Microsoft Azure,northeurope,Ireland,,1.19,\n\
        2022,Microsoft Azure,northeurope,Finland,,1.17,\n\
        2022,Microsoft Azure,northeurope,Ireland,,1.19,\n";

    fn found(id: &str, year: Option<u16>) -> Result<(f64, u16), String> {
        let table = RegionPues::read(TABLE).unwrap();
        let found = table.of(&find(id).unwrap(), year).map_err(|error| error.to_string())?;
        Ok((found.pue.as_number(), found.year))
    }

    #[test]
    fn a_region_has_the_value_of_a_year() {
        assert_eq!(found("aws:us-east-1", None), Ok((1.15, 2024)));
        assert_eq!(found("aws:us-east-1", Some(2023)), Ok((1.16, 2023)));
        assert_eq!(found("gcp:europe-west4", None), Ok((1.07, 2024)));
        assert_eq!(found("azure:northeurope", None), Ok((1.19, 2023)), "a blank beside a value");
    }

    #[test]
    fn a_blank_is_refused_and_never_a_number() {
        let error = |id, year| found(id, year).unwrap_err();
        assert_eq!(
            error("aws:ap-east-1", None),
            "its value of aws:ap-east-1 in 2024 is blank, which is not 0 and not 1: give a number instead"
        );
        assert!(error("aws:eu-west-2", None).ends_with("a year with a value: 2023"));
        assert!(error("azure:northeurope", Some(2022)).contains("several values"));
        assert!(error("aws:us-east-1", Some(2019)).ends_with("in 2019: it has 2023, 2024"));
        assert!(error("gcp:us-central1", None).contains("no row of gcp:us-central1"));
    }

    #[test]
    fn a_value_that_cannot_be_is_an_error_of_its_line() {
        let error = |row: &str| {
            let header = COLUMNS.join(",");
            RegionPues::read(&format!("{header}\n{row}\n")).unwrap_err().to_string()
        };
        for value in ["0", "0.9", "11", "-1", "NaN", "one"] {
            let error = error(&format!("2024,Google Cloud,us-central1,{value}"));
            assert_eq!(
                error,
                format!(
                    "line 2, power-usage-effectiveness: expected a number from 1 (no overhead) to 10, got `{value}`"
                )
            );
        }
        assert!(error("soon,Google Cloud,us-central1,1.1").contains("line 2, year"));
        assert_eq!(error("2024,Google Cloud"), "line 2 has fewer fields than the first line");
        let missing = RegionPues::read("year,cloud-provider,cloud-region\n").unwrap_err();
        assert!(missing.to_string().contains("no column `power-usage-effectiveness`"));
        assert_eq!(RegionPues::read(""), Err(RegionPuesError::Column("year")));
    }
}
