//! Files that say what they are: their signal is taken, and of several zones that of the reader's region.

use gpu_carbon_core::Signal;
use gpu_carbon_wasm::read;

const OWN: &str =
    "timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,100\n2020-06-01T01:00:00Z,200\n";

/// Two zones of EIA's file: PJM burns coal, MISO has the wind alone.
const BALANCE: &str = "Balancing Authority,UTC Time at End of Hour,Net Generation (MW) from Coal,Net Generation (MW) from Wind\n\
    PJM,01/01/2020 1:00:00 AM,100,0\nPJM,01/01/2020 2:00:00 AM,100,0\n\
    MISO,01/01/2020 1:00:00 AM,0,100\nMISO,01/01/2020 2:00:00 AM,0,100\n";

fn first_grams(read: &read::FileReading) -> f64 {
    read.reading.series.points()[0].1.as_grams_per_kilowatt_hour()
}

#[test]
fn the_signal_that_a_file_states_is_taken_and_else_the_readers_choice() {
    for (asked, signal) in [("marginal", Signal::Marginal), ("average", Signal::Average)] {
        let read = read::csv("home", OWN, asked, &[]).unwrap();
        assert_eq!((read.reading.provenance.signal, read.is_signal_stated), (signal, false));
        let stated = read::csv("home", &format!("# signal: average\n{OWN}"), asked, &[]).unwrap();
        let found = (stated.reading.provenance.signal, stated.is_signal_stated);
        assert_eq!(found, (Signal::Average, true), "asked: {asked}");
    }
}

#[test]
fn of_several_zones_that_of_the_readers_region_is_taken_in_the_order_of_preference() {
    let zones = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let of = |names: &[&str]| read::csv("year", BALANCE, "marginal", &zones(names));
    let pjm = of(&["US-MIDA-PJM", "PJM"]).unwrap();
    assert_eq!(pjm.zone.as_deref(), Some("PJM"));
    assert!((first_grams(&pjm) - 820.0).abs() < 1.0, "{}", first_grams(&pjm));
    let miso = of(&["MISO", "PJM"]).unwrap();
    assert_eq!(miso.zone.as_deref(), Some("MISO"));
    assert!(first_grams(&miso) < 20.0, "{}", first_grams(&miso));
    let error = of(&["NL"]).unwrap_err();
    assert!(
        error.message.contains("2 zones") && error.message.contains("PJM"),
        "{}",
        error.message
    );
    // A file of one series has no zone to choose, whatever is preferred.
    assert_eq!(read::csv("home", OWN, "marginal", &zones(&["PJM"])).unwrap().zone, None);
}
