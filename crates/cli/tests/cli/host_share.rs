//! `--host-share`: the servers around the GPUs, by the share of their power that the GPUs take.

use serde_json::Value;

use crate::harness::{PLAN, json, rejected, succeed};

const JOB: &str = "--intensity sgip-pge-2020 --duration 2h --window 4h";

/// An answer without its boundary.
fn without_boundary(mut answer: Value) -> Value {
    let fields = answer.as_object_mut().unwrap();
    assert!(fields.remove("host_share_percent").is_some() && fields.remove("boundary").is_some());
    answer
}

#[test]
fn the_servers_are_a_job_of_as_much_more_power() {
    let plan = |draw: &str| json(&format!("{PLAN} {JOB} {draw}"));
    for (gpus, servers) in [
        ("--gpus 2xH100 --host-share 50%", "--power 2240W"),
        ("--power 1.2kW --host-share 60%", "--power 2kW"),
        ("--energy 3kWh --host-share 75%", "--energy 4kWh"),
        ("--profile profile.csv --host-share 100%", "--profile profile.csv"),
    ] {
        assert_eq!(without_boundary(plan(gpus)), plan(servers), "{gpus}");
    }
    let [alone, paper] =
        ["", "--host-share paper"].map(|share| plan(&format!("--job bert_finetune {share}")));
    assert_eq!(plan("--job bert_finetune --host-share gpus"), alone);
    let kilowatt_hours = |answer: &Value| answer["job"]["energy_kilowatt_hours"].as_f64().unwrap();
    assert!((kilowatt_hours(&paper) * 0.74 - kilowatt_hours(&alone)).abs() < 1e-12);
    let sentence = "the servers, of whose power the GPUs take 74 % (Dodge et al. 2022, Table 1)";
    assert_eq!(
        (&paper["boundary"], &paper["host_share_percent"]),
        (&sentence.into(), &74.0.into())
    );
}

#[test]
fn the_boundary_is_in_every_format_of_every_plan() {
    let sentence = "the servers, of whose power the GPUs take 60 % (as entered)";
    let cloud = "plan --offline --start 2026-12-01T12:00:00Z --region aws:us-west-1 --duration 6h --power 1kW";
    let simulate = "simulate --intensity sgip-pge-2020 --year 2020 --policy percentile";
    for line in [format!("{PLAN} {JOB} --power 1kW"), cloud.to_owned(), simulate.to_owned()] {
        let servers = format!("{line} --host-share 60%");
        assert!(succeed(&servers).contains(&format!("\nBoundary: {sentence}.\n")), "{line}");
        assert!(!succeed(&line).contains("Boundary"), "{line}");
        let answer = json(&servers);
        assert_eq!(answer["boundary"], sentence, "{line}");
        assert_eq!(answer["host_share_percent"], 60.0, "{line}");
        let csv = succeed(&format!("{servers} --format csv"));
        let mut lines = csv.lines();
        assert!(lines.next().unwrap().ends_with(",boundary"), "{csv}");
        assert!(lines.all(|line| line.ends_with(&format!("\"{sentence}\""))), "{csv}");
    }
}

#[test]
fn a_share_that_cannot_be_is_refused() {
    for share in ["0%", "0.9%", "101%", "-5%", "60", "most"] {
        rejected(
            &format!("{PLAN} {JOB} --power 1kW --host-share {share}"),
            &format!(
                "invalid value '{share}' for '--host-share <SHARE>': expected gpus, paper, or a share of a server's power from 1% to 100%, such as 60%"
            ),
        );
    }
}
