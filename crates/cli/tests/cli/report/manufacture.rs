//! The source of embodied emissions in reports, and the servers around the GPUs.

use std::sync::Arc;

use gpu_carbon_core::embodied::{
    CountedFigure, CountedServer, EmbodiedBasis, LIFESPAN, Manufacture, SERVERS,
};

use super::ledgers::{CALM, embodied, gpu, ledger};
use super::regimes::sum;
use super::{near, number, report, reported};

/// The figure is named with its origin, as the ledger has it, a published one with its range.
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
        let figure = CountedFigure::published(Manufacture::of(name).unwrap());
        batch.embodied =
            Some(Arc::new(EmbodiedBasis { gpu: Some(figure), server: None, lifespan: LIFESPAN }));
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
        (source["basis"].as_str(), number(source, "kilograms")),
        (Some("configured"), 126.144)
    );
    assert_eq!(source["source"], "A study, 2026");
    // An exporter that recorded no source: the grams are those of the published figure, and it is not guessed.
    let mut old = gpu(0, "NVIDIA H100 80GB HBM3", &[CALM]);
    old.embodied = None;
    for presence in &mut old.presence {
        presence.embodied_grams = Some(presence.seconds * 164e3 / seconds);
    }
    let (_folder, path, _ledger) = ledger(vec![old]);
    let source = &reported(&path, "")["manufactures"][0];
    assert_eq!((source["basis"].as_str(), source["source"].is_null()), (Some("unrecorded"), true));
    assert!(
        report(&path, "").out.contains("4.68 g a GPU-hour, by an exporter that recorded no source")
    );
}

/// The servers that the ledger contains are named wherever M is, and are not added a second time.
#[test]
fn the_servers_that_a_ledger_contains_are_stated_and_not_added_again() {
    let [server] = SERVERS;
    let server = CountedServer { figure: CountedFigure::published(&server), gpus: 8 };
    let mut batch = gpu(0, "NVIDIA H100 80GB HBM3", &[CALM]);
    batch.embodied = Some(Arc::new(EmbodiedBasis { server: Some(server), ..embodied() }));
    let (_folder, path, _ledger) = ledger(vec![batch]);
    let source = &reported(&path, "")["manufactures"][0];
    assert_eq!((number(source, "server_kilograms"), number(source, "server_gpus")), (5700.0, 8.0));
    for line in ["", "--regime l1801", "--regime checklist"] {
        let text = report(&path, line).out;
        assert!(text.contains("712 kg of the server around it"), "{text}");
        let refused = report(&path, &format!("{line} --server published"));
        assert_eq!(refused.status, Some(2), "{line}");
        assert!(refused.err.contains("contain the servers already"), "{}", refused.err);
    }
    let stages = report(&path, "--regime l1801").out;
    assert!(!stages.contains("--server adds them"), "{stages}");
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
