//! `gpu-carbon plan --pue region`: the power usage effectiveness of a cloud region, from a table of the user's.

use std::fs;

use serde_json::Value;

use crate::harness::{Outcome, gpu_carbon};

const TABLE: &str = "year,cloud-provider,cloud-region,location,power-usage-effectiveness\n\
    2024,Amazon Web Services,us-west-1,\"California, US\",1.18\n\
    2023,Amazon Web Services,us-west-1,\"California, US\",1.17\n\
    2024,Amazon Web Services,us-west-2,Oregon,\n";

fn plan(table: &str, line: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pues.csv");
    fs::write(&path, table).unwrap();
    let job = "plan --offline --start 2026-12-01T12:00:00Z --duration 6h --power 1kW";
    let line = format!("{job} {}", line.replace("FILE", path.to_str().unwrap()));
    gpu_carbon(line.split_whitespace())
}

#[test]
fn the_value_of_the_region_and_year_multiplies_the_emissions() {
    let baseline = |line: &str| {
        let outcome = plan(TABLE, &format!("{line} --format json"));
        assert_eq!(outcome.status, Some(0), "{line}: {}", outcome.err);
        let answer: Value = serde_json::from_str(&outcome.out).unwrap();
        let csv = plan(TABLE, &format!("{line} --format csv")).out;
        (answer, csv)
    };
    for (more, pue, year) in [("", 1.18, "2024"), ("--pue-year 2023", 1.17, "2023")] {
        let line = format!("--region aws:us-west-1 --pue region --pue-data FILE {more}");
        let (answer, csv) = baseline(&line);
        assert_eq!(answer["power_usage_effectiveness"], pue, "{answer}");
        let source = answer["power_usage_effectiveness_source"].as_str().unwrap();
        assert!(source.starts_with(&format!("aws:us-west-1 in {year}, by ")), "{source}");
        assert!(csv.contains(&format!("PUE of aws:us-west-1 in {year}")), "{csv}");
        let text = plan(TABLE, &line).out;
        assert!(
            text.contains(&format!("PUE {pue}"))
                && text.contains("The PUE is that of aws:us-west-1"),
            "{text}"
        );
        let (by_number, _) = baseline(&format!("--region aws:us-west-1 --pue {pue}"));
        assert_eq!(by_number["regions"], answer["regions"]);
        assert!(by_number["power_usage_effectiveness_source"].is_null());
    }
}

#[test]
fn a_blank_is_refused() {
    for (line, words) in [
        (
            "--region aws:us-west-2 --pue region --pue-data FILE",
            "aws:us-west-2 in 2024 is blank, which is not 0 and not 1",
        ),
        (
            "--region aws:us-west-1 --pue region --pue-data FILE --pue-year 2020",
            "it has 2023, 2024",
        ),
        ("--region aws:eu-north-1 --pue region --pue-data FILE", "no row of aws:eu-north-1"),
        ("--region aws:us-west-1 --pue region", "give one by --pue-data"),
        ("--region aws:us-west-1 aws:us-west-2 --pue region --pue-data FILE", "needs one --region"),
        ("--provider aws --pue region --pue-data FILE", "needs one --region"),
        ("--region aws:us-west-1 --pue 1.2 --pue-data FILE", "with --pue region only"),
        ("--region aws:us-west-1 --pue zone", "or region"),
    ] {
        let outcome = plan(TABLE, line);
        assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{line}");
        assert!(outcome.err.contains(words), "{line}: {}", outcome.err);
    }
    let outcome =
        plan(&TABLE.replace("1.18", "0"), "--region aws:us-west-1 --pue region --pue-data FILE");
    assert!(outcome.err.contains("line 2, power-usage-effectiveness"), "{}", outcome.err);
}
