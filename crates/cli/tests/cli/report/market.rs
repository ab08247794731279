//! The market-based total of `gpu-carbon report --regime ghg-scope2`, by contracts and residual mixes.

use std::fs;

use super::ledgers::{CALM, Load, gpu, ledger};
use super::regimes::sum;
use super::{near, number, report, reported};

/// 300 W over 34 hours with a PUE of 1.25 are 12.75 kWh of the facility at 200 g/kWh.
#[test]
fn contracts_cover_energy_in_their_order_and_time() {
    let (folder, path, _ledger) = ledger(vec![gpu(0, "Tesla P40", &[CALM])]);
    let file = folder.path().join("contracts.yaml");
    let sheet = |text: &str| {
        fs::write(&file, text).unwrap();
        reported(&path, &format!("--regime ghg-scope2 --contracts {}", file.display()))
    };
    let contract = |name: &str, zone: &str, kilowatt_hours: f64, grams: f64| {
        format!(
            "- {{name: {name}, zone: {zone}, from: 2026-11-01, to: 2026-12-01, kilowatt_hours: {kilowatt_hours}, grams_per_kilowatt_hour: {grams}}}\n"
        )
    };
    let residual =
        "residual_mix:\n- {zone: GB, grams_per_kilowatt_hour: 400, source: 'a list, 2025'}\n";
    let all = 12.75;
    let wind = contract("wind", "GB", 5.0, 0.0);
    let gas = contract("gas", "GB", 2.0, 300.0);
    let elsewhere = contract("elsewhere", "FR", 100.0, 0.0);
    for (text, covered, grams) in [
        (
            format!("contracts:\n{wind}{gas}{elsewhere}{residual}"),
            7.0,
            2.0 * 300.0 + (all - 7.0) * 400.0,
        ),
        // Without a residual mix the rest has the average factor of the zone.
        (format!("contracts:\n{wind}"), 5.0, (all - 5.0) * 200.0),
        (format!("contracts: []\n{residual}"), 0.0, all * 400.0),
        (format!("contracts:\n{}", contract("all", "GB", 1e6, 10.0)), all, all * 10.0),
    ] {
        let sheet = sheet(&text);
        assert!(near(number(&sheet, "contract_kilowatt_hours"), covered), "{text}{sheet}");
        assert!(near(number(&sheet, "market_based_grams"), grams), "{text}{sheet}");
        assert!(near(sum(&sheet, "market_based_grams"), grams), "{text}");
        assert!(near(number(&sheet, "location_based_grams"), all * 200.0));
    }
    // A contract that begins later covers nothing before it.
    let late = wind.replace("2026-11-01", "2026-11-24T00:00:00Z").replace("5,", "100,");
    let sheet = sheet(&format!("contracts:\n{late}"));
    assert!(near(number(&sheet, "contract_kilowatt_hours"), 8.0 * 0.3 * 1.25), "{sheet}");
    for (text, words) in [
        (
            "contracts: [{name: a, zone: GB, from: 2026-11-01, to: 2026-12-01, kilowatt_hours: -1, grams_per_kilowatt_hour: 0}]",
            "contract a: kilowatt_hours must be zero or more, got -1",
        ),
        (
            "contracts: [{name: a, zone: GB, from: 2026-11-01, to: 2026-12-01, kilowatt_hours: 1, grams_per_kilowatt_hour: .nan}]",
            "grams_per_kilowatt_hour must be zero or more, got NaN",
        ),
        (
            "contracts: [{name: a, zone: GB, from: 2026-12-01, to: 2026-11-01, kilowatt_hours: 1, grams_per_kilowatt_hour: 0}]",
            "`to` must be after `from`",
        ),
        (
            "contracts: [{name: a, zone: GB, from: soon, to: 2026-11-01, kilowatt_hours: 1, grams_per_kilowatt_hour: 0}]",
            "contract a: from: expected",
        ),
        (
            "contracts: []\nresidual_mix: [{zone: GB, grams_per_kilowatt_hour: -4, source: x}]",
            "residual_mix of GB",
        ),
        ("contracts: []\nrecs: []", "recs"),
        ("5", "contracts.yaml"),
    ] {
        fs::write(&file, text).unwrap();
        let outcome = report(&path, &format!("--regime ghg-scope2 --contracts {}", file.display()));
        assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{text}");
        assert!(
            outcome.err.contains(words) && outcome.err.trim().lines().count() == 1,
            "{}",
            outcome.err
        );
    }
}

/// Marginal or pending energy without a contract and a residual mix has unknown market-based emissions, not zero.
#[test]
fn energy_without_a_market_factor_is_unknown() {
    let pending = Load { intensity: None, ..CALM };
    let (folder, path, _ledger) = ledger(vec![gpu(0, "Tesla P40", &[pending])]);
    let file = folder.path().join("contracts.yaml");
    fs::write(&file, "contracts: []\n").unwrap();
    let sheet = reported(&path, &format!("--regime ghg-scope2 --contracts {}", file.display()));
    assert!(sheet["market_based_grams"].is_null(), "{sheet}");
    assert!(near(number(&sheet, "without_market_factor_kilowatt_hours"), 12.75));
    assert!(sheet["rows"][0]["market_based_grams"].is_null());
}
