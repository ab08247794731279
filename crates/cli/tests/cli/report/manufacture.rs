//! The source of embodied emissions in reports, and the servers around the GPUs.

use super::ledgers::{CALM, gpu, ledger};
use super::regimes::sum;
use super::{near, number, report, reported};

/// The published figure is named where it is the source, with its range; otherwise the configuration is.
#[test]
fn the_source_of_embodied_emissions_is_named() {
    let seconds = 4.0 * 365.0 * 86_400.0;
    for (name, kilograms, words) in [
        (
            "NVIDIA H100 80GB HBM3",
            164.0,
            "164 kg for an eighth of a baseboard of 8 GPUs, cradle to gate",
        ),
        ("NVIDIA B200", 284.25, "284 kg for an eighth of a baseboard of 8 GPUs"),
        (
            "NVIDIA A100-PCIE-40GB",
            181.0,
            "181 kg for a card, published figures 120 kg to 181 kg, manufacture, distribution and end of life, a parametric model",
        ),
    ] {
        let mut batch = gpu(0, name, &[CALM]);
        for presence in &mut batch.presence {
            presence.embodied_grams = Some(presence.seconds * kilograms * 1e3 / seconds);
        }
        let (_folder, path, _ledger) = ledger(vec![batch]);
        let source = &reported(&path, "")["manufactures"][0];
        assert_eq!(source["basis"], "published", "{source}");
        assert!(
            near(number(source, "kilograms"), kilograms) && number(source, "lifetime_years") == 4.0
        );
        for key in ["hardware_unit", "boundary", "method", "source", "lifetime_source"] {
            assert!(source[key].is_string(), "{key}: {source}");
        }
        assert_eq!(source["low_kilograms"].as_f64(), (kilograms == 181.0).then_some(120.5));
        let text = report(&path, "").out;
        assert!(text.contains(words), "{text}");
    }
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "NVIDIA H100 80GB HBM3", &[CALM])]);
    let source = &reported(&path, "")["manufactures"][0];
    assert_eq!(
        (source["basis"].as_str(), source["kilograms"].as_f64()),
        (Some("configured"), None)
    );
}

#[test]
fn a_server_is_added_only_where_it_is_asked_for() {
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "NVIDIA H100 80GB HBM3", &[CALM])]);
    let hours = 34.0;
    assert!(reported(&path, "")["servers"].is_null());
    let servers =
        reported(&path, "--server published --server-lifetime-years 3")["servers"].clone();
    assert!(
        near(number(&servers, "embodied_emissions_grams"), 5700e3 / 8.0 * hours / (3.0 * 8760.0)),
        "{servers}"
    );
    assert!(servers["source"].as_str().unwrap().contains("EcoLogits"));
    let whole = reported(&path, "--regime l1801 --server 1000 --server-gpus 4");
    let share = 1000e3 / 4.0 * hours / (4.0 * 8760.0);
    assert!(near(number(&whole, "server_embodied_emissions_grams"), share), "{whole}");
    let gpus = number(&whole, "embodied_emissions_grams");
    assert!(near(sum(&whole, "embodied_emissions_grams"), gpus + share));
    assert!(
        report(&path, "--server 5700")
            .out
            .contains("5.70 t for a server of 8 GPUs without them (as given), over 4 years")
    );
}
