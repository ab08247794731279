//! The paper's figures and its table of hours: against golden pages, against one another, and as drawings.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::harness::{self, check_golden, rejected, succeed};

const BUNDLED: &str = "evaluate --intensity sgip-pge-2020";

fn rows(line: &str) -> Vec<Value> {
    harness::json(line)["rows"].as_array().unwrap().clone()
}

fn check(line: &str, file: &str) {
    check_golden(&succeed(line), file);
}

/// Returns the mean of a column over rows, weighted by their starts.
fn weighted(rows: &[Value], column: &str) -> f64 {
    let starts = |row: &Value| row["starts"].as_f64().unwrap();
    let all: f64 = rows.iter().map(starts).sum();
    rows.iter().map(|row| starts(row) * row[column].as_f64().unwrap_or(0.0)).sum::<f64>() / all
}

fn of_job(rows: &[Value], job: &str) -> Vec<Value> {
    rows.iter().filter(|row| row["job"] == job).cloned().collect()
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-12, "{found}, expected {expected}");
}

#[test]
fn the_bundled_series_matches_the_golden_pages() {
    for figure in 1..=4 {
        let line = format!("{BUNDLED} --figure {figure}");
        check(&line, &format!("figure-{figure}.txt"));
        check(&format!("{line} --format csv"), &format!("figure-{figure}.csv"));
        check(&format!("{line} --format svg"), &format!("figure-{figure}.svg"));
    }
    check(&format!("{BUNDLED} --table hours"), "hours.txt");
    check(&format!("{BUNDLED} --table hours --format csv"), "hours.csv");
    check(&format!("{BUNDLED} --table hours --time-zone Asia/Kolkata"), "hours-zone.txt");
    let csv = |zone: &str| succeed(&format!("{BUNDLED} --table hours --format csv {zone}"));
    assert_eq!(csv(""), csv("--time-zone Asia/Kolkata"));
    check(&format!("{BUNDLED} --table windows --windows 24h,100%"), "windows.txt");
}

/// The mean of a figure's months is the value of the year in the table.
#[test]
fn the_mean_of_the_months_is_that_of_the_year() {
    let savings = rows(&format!("{BUNDLED} --windows 24h,100%"));
    let mean = |job: &str, window: &str, column: &str| {
        let is_it =
            |row: &&Value| row["job"] == job && row["window"] == window && row["region"] == "mean";
        savings.iter().find(is_it).unwrap()[column].as_f64().unwrap()
    };
    for (figure, window, column) in
        [(3, "24h", "flexible_start_saving_ratio"), (4, "100%", "pause_and_resume_saving_ratio")]
    {
        let found = rows(&format!("{BUNDLED} --figure {figure}"));
        assert_eq!(found.len(), 2 * 12);
        for job in ["densenet_201", "transformer_6b"] {
            near(weighted(&of_job(&found, job), column), mean(job, window, column));
        }
    }
    let masses = rows(&format!("{BUNDLED} --figure 2"));
    let mean = |job: &str| of_job(&masses, job)[0]["mean_emissions_grams"].as_f64().unwrap();
    let months = rows(&format!("{BUNDLED} --figure 1"));
    near(weighted(&months, "mean_emissions_grams"), mean("bert_lm"));
    let hours = rows(&format!("{BUNDLED} --table hours"));
    assert_eq!((hours.len(), &hours[0]["hour_utc"]), (24, &json!(0)));
    near(hours[0]["mean_emissions_grams"].as_f64().unwrap(), mean("bert_finetune"));
}

/// Two regions of two values: one high by day, one by night. By hand, for 1 kWh in an hour.
#[test]
fn day_and_night_differ_by_the_hour() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, day, night) in [("sun.csv", 100, 300), ("wind.csv", 250, 50)] {
        let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
        let first = chrono::DateTime::parse_from_rfc3339("2021-01-01T00:00:00Z").unwrap();
        for half in 0..730 {
            let at = first + chrono::TimeDelta::hours(12 * half);
            let value = if half % 2 == 0 { night } else { day };
            writeln!(text, "{},{value}", at.to_rfc3339()).unwrap();
        }
        std::fs::write(path(name), text).unwrap();
    }
    std::fs::write(path("jobs"), "name,hours,kilowatt_hours\nan hour,1,1\n").unwrap();
    let line = format!(
        "evaluate --intensity {} --jobs {}",
        folder.path().display(),
        path("jobs").display()
    );
    for starts in ["paper", "every"] {
        let found = rows(&format!("{line} --table hours --starts {starts}"));
        let mean = |region: &str, hour: u64| {
            let is_it = |row: &&Value| row["region"] == region && row["hour_utc"] == hour;
            found.iter().find(is_it).unwrap()["mean_emissions_grams"].as_f64().unwrap()
        };
        for (region, night, day) in
            [("sun", 300.0, 100.0), ("wind", 50.0, 250.0), ("mean", 175.0, 175.0)]
        {
            for hour in 0..12 {
                near(mean(region, hour), night);
                near(mean(region, hour + 12), day);
            }
        }
        let days = if starts == "paper" { 60 } else { 365 };
        assert_eq!(found.iter().filter(|row| row["starts"] == days).count(), 48, "{starts}");
    }
    let months = rows(&format!("{line} --figure 1 --starts every"));
    let starts: u64 = months.iter().map(|row| row["starts"].as_u64().unwrap()).sum();
    assert_eq!((months.len(), starts), (24, 2 * 365 * 288));
    let masses = &rows(&format!("{line} --figure 2"))[0];
    let grams = |column: &str| masses[format!("{column}_emissions_grams")].as_f64().unwrap();
    let found = ["least", "lower_quartile", "median", "mean", "upper_quartile", "most"].map(grams);
    [50.0, 50.0, 50.0, 175.0, 300.0, 300.0]
        .into_iter()
        .zip(found)
        .for_each(|(expected, found)| near(found, expected));
}

#[test]
fn a_drawing_has_a_description_and_names_its_regions() {
    let folder = tempfile::tempdir().unwrap();
    let series = |name: &str, grams: u32| {
        let rows: String =
            (1..=12).map(|month| format!("2021-{month:02}-01T00:00:00Z,{grams}\n")).collect();
        let text = format!(
            "# unit: g/kWh\ntimestamp_utc,gco2_per_kwh\n2020-12-31T00:00:00Z,1\n{rows}2022-01-01T00:00:00Z,1\n"
        );
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    // The step is 31 days, so that no month is a gap.
    series("a <b> & c.csv", 200);
    series("zero.csv", 0);
    for figure in 1..=4 {
        let line = format!(
            "evaluate --intensity {} --year 2021 --figure {figure} --format svg",
            folder.path().display()
        );
        let drawn = succeed(&line);
        let document = roxmltree::Document::parse(&drawn).unwrap();
        let root = document.root_element();
        assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
        let text = |name: &str| {
            let node = root.children().find(|node| node.tag_name().name() == name).unwrap();
            node.text().unwrap().to_owned()
        };
        assert!(text("title").ends_with("2021") && text("desc").len() > 100, "{drawn}");
        let names = root.descendants().filter(|node| node.has_tag_name("text"));
        let has_name = names.filter_map(|node| node.text()).any(|text| text == "a <b> & c");
        assert_eq!(has_name, figure != 2, "{drawn}");
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }
}

#[test]
fn formats_and_figures_that_do_not_fit_are_rejected() {
    for (line, expected) in [
        (
            "--format svg",
            "--format svg draws a figure: give --figure 1, 2, 3 or 4, or another format",
        ),
        (
            "--table hours --format svg",
            "--format svg draws a figure: give --figure 1, 2, 3 or 4, or another format",
        ),
        ("--figure 5", "invalid value '5' for '--figure <FIGURE>' [possible values: 1, 2, 3, 4]"),
        (
            "--figure 3 --windows 6h",
            "the argument '--figure <FIGURE>' cannot be used with '--windows <WINDOW,...>'",
        ),
        (
            "--figure 3 --table hours",
            "the argument '--figure <FIGURE>' cannot be used with '--table <TABLE>'",
        ),
    ] {
        rejected(&format!("{BUNDLED} {line}"), expected);
    }
}
