//! The times of `gpu-carbon plan`: now, local times, deadlines, and the line that starts the job.

use gpu_carbon_feeds::rfc3339;

use crate::harness::{json, rejected, run, succeed};

const JOB: &str = "--duration 2h --power 1kW";

#[test]
fn a_local_time_is_read_in_the_time_zone() {
    let line = format!("plan --intensity sgip-pge-2020 {JOB} --window 3h");
    let utc = json(&format!("{line} --start 2020-06-01T16:00:00Z"));
    for same in [
        "--start 2020-06-01T09:00 --time-zone America/Los_Angeles",
        "--start 2020-06-01T16:00",
        "--start 2020-06-01T18:00:00+02:00 --time-zone Asia/Tokyo",
    ] {
        assert_eq!(json(&format!("{line} {same}")), utc, "{same}");
    }
    let date = json(&format!("{line} --start 2020-06-02 --time-zone Asia/Tokyo"));
    assert_eq!(date["regions"][0]["baseline"]["start"], "2020-06-01T15:00:00Z");
    rejected(
        &format!("{line} --start 2020-03-08T02:30 --time-zone America/Los_Angeles"),
        "--start: 2020-03-08T02:30 does not exist in America/Los_Angeles, where clocks are put forward then: \
         give 2020-03-08T01:30:00-08:00 or 2020-03-08T03:30:00-07:00",
    );
    rejected(
        &format!(
            "{line} --start 2020-06-01 --milestone 1h@2020-11-01T01:30 --time-zone America/Los_Angeles"
        ),
        "--milestone: 2020-11-01T01:30 comes twice in America/Los_Angeles, where clocks are put back then: \
         give 2020-11-01T01:30:00-07:00 or 2020-11-01T01:30:00-08:00",
    );
}

#[test]
fn a_deadline_is_the_end_of_the_window() {
    let line = format!("plan --intensity sgip-pge-2020 {JOB} --start 2020-06-01T00:00:00Z");
    let by_window = json(&format!("{line} --window 3h"));
    assert_eq!(json(&format!("{line} --finish-by 2020-06-01T05:00:00Z")), by_window);
    let local = "--finish-by 2020-06-01T07:00 --time-zone Europe/Berlin";
    assert_eq!(json(&format!("{line} {local}")), by_window);
    let only = json(&format!("{line} --finish-by 2020-06-01T02:00:00Z"));
    assert_eq!(only["window_seconds"], 0);
    rejected(
        &format!("{line} --finish-by 2020-06-01T01:59:59Z"),
        "--finish-by: a job of 2h that starts at 2020-06-01 00:00 ends at 2020-06-01 02:00, which is later than \
         2020-06-01 01:59:59: give a later --finish-by, an earlier --start or a shorter --duration",
    );
    rejected(
        &format!("{line} --finish-by 2020-06-01T05:00:00Z --window 1h"),
        "the argument '--finish-by <TIME>' cannot be used with '--window <TIME>'",
    );
}

/// With --window end, the latest run ends with the series, and with several series with the one that ends first.
#[test]
fn a_window_reaches_to_the_end_of_the_data() {
    let line = format!("plan --intensity sgip-pge-2020 {JOB} --window end");
    let found = json(&format!("{line} --start 2020-12-31T12:00:00Z"));
    assert_eq!(found["window_seconds"], 10 * 3600);
    let found = json(&format!("{line} --start 2020-12-31T12:01:00Z"));
    assert_eq!(found["window_seconds"], 10 * 3600 - 300, "whole steps of five minutes");
    let late = run(&format!("{line} --start 2020-12-31T23:00:00Z"));
    assert_eq!(late.status, Some(2));
    assert!(late.err.contains("the series covers"), "{}", late.err);
}

#[test]
fn the_present_is_the_default_start() {
    let outcome = run(&format!("plan --intensity sgip-pge-2020 {JOB}"));
    assert_eq!(outcome.status, Some(2), "2020 does not cover the present");
    assert!(outcome.err.contains("another --start"), "{}", outcome.err);
    let found = json("plan --region aws:us-west-1 --duration 2h --power 1kW --offline");
    let [now, start] =
        ["now", "start"].map(|field| rfc3339::parse(found[field].as_str().unwrap()).unwrap());
    assert!(now <= start && start.duration_since(now).as_seconds() < 300.0);
    assert_eq!(start.as_unix_micros() % 300_000_000, 0);
}

/// The line for each scheduler, and the time that `date` makes of it in another zone.
#[test]
fn a_line_starts_the_job_at_its_best_start() {
    let line = "plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --duration 2h --power 1kW --window 24h";
    let best = json(line)["regions"][0]["flexible_start"]["start"].as_str().unwrap().to_owned();
    for scheduler in ["sbatch", "at"] {
        let text = succeed(&format!("{line} --output {scheduler} -- train.sh --epochs 3"));
        let (comment, command) = text.trim_end().split_once('\n').unwrap();
        assert!(comment.starts_with("# 2020-06-01") && comment.contains("saves"), "{comment}");
        assert!(command.contains(&format!("--date={best}")), "{command}");
        assert!(command.contains("train.sh --epochs 3"), "{command}");
    }
    let text = succeed(&format!("{line} --output cron --time-zone Asia/Tokyo -- train.sh"));
    let start = rfc3339::parse(&best).unwrap().as_unix_micros() / 1_000_000 + 9 * 3600;
    let (minute, hour) = (start / 60 % 60, start / 3600 % 24);
    let command = text.lines().nth(1).unwrap();
    assert!(command.starts_with(&format!("{minute} {hour} ")), "{command}, {best}");
    assert!(command.ends_with("] && train.sh"), "{command}");
    let region = "plan --region aws:us-west-1 --start 2026-06-01T00:00:00Z --offline --duration 2h --power 1kW";
    let usual = json(region)["regions"][0]["usual_start"]["start"].as_str().unwrap().to_owned();
    let text = succeed(&format!("{region} --output sbatch -- train.sh"));
    assert!(text.contains(&usual), "{text}");
    assert!(text.contains("as in 2020, sgip-pge-2020 (marginal, CO2 of combustion)"), "{text}");
    let refused = run(&format!("{line} -- train.sh"));
    assert_eq!(refused.status, Some(2), "a command needs --output");
}
