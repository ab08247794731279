//! A table of series is written as the family of its samples is, which the crate `prometheus` encodes.

use gpu_carbon_core::Timestamp;
use gpu_carbon_metrics::table::{GPU_ENERGY, HOLDERS_UP, PUE, WORKLOAD_EMISSIONS, WORKLOAD_INFO};
use gpu_carbon_metrics::{Family, Format, Label, Metric, PageWriter, SeriesGroup, SeriesTable};
use proptest::prelude::*;

const FORMATS: [Format; 3] = [Format::Text, Format::OpenMetrics, Format::OpenMetricsWithCreated];

/// A metric, and the names of the labels that each series has for itself.
const TABLES: [(Metric, &[&str]); 5] = [
    (WORKLOAD_EMISSIONS, &["workload"]),
    (WORKLOAD_INFO, &["workload", "kind", "namespace", "pod"]),
    (HOLDERS_UP, &["source"]),
    (GPU_ENERGY, &["uuid"]),
    (PUE, &[]),
];

#[derive(Debug, Clone)]
struct Group {
    /// The values of all labels.
    shared: String,
    created: Option<i64>,
    series: Vec<([String; 4], f64)>,
}

fn group() -> impl Strategy<Value = Group> {
    let value = prop_oneof![
        any::<f64>(),
        any::<u64>().prop_map(f64::from_bits),
        (0.0..1e12_f64),
        Just(0.0),
        Just(-0.0),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        any::<u32>().prop_map(f64::from),
        // Numbers with few bits after the point, between two of whose texts there may be a tie.
        (any::<u64>(), 0..64_u32, 0..80_i32)
            .prop_map(|(bits, shift, of)| { (bits >> shift) as f64 * 0.5_f64.powi(of) }),
    ];
    let text = || "[a-z\"\\\\\n{},= ü]{0,5}";
    let series = prop::collection::vec(([text(), text(), text(), text()], value), 0..5);
    (text(), prop::option::of(-10_i64..4_000_000_000), series)
        .prop_map(|(shared, created, series)| Group { shared, created, series })
}

fn table<'a>(place: usize, groups: &'a [Group]) -> SeriesTable<'a> {
    let (metric, own) = TABLES[place];
    let group = |of: &'a Group| {
        let mut group = SeriesGroup::new(own, of.series.len());
        let shared = |name: &&'static str| Label::new(*name, &*of.shared);
        let mut others = metric.labels.split(|name| own.contains(name));
        group.first = others.next().unwrap_or_default().iter().map(shared).collect();
        group.last = others.next_back().unwrap_or_default().iter().map(shared).collect();
        group.created = of.created.map(Timestamp::from_unix_seconds);
        for (values, value) in &of.series {
            let values: Vec<&str> = values.iter().take(own.len()).map(String::as_str).collect();
            group.push(&values, *value);
        }
        group
    };
    SeriesTable { metric, groups: groups.iter().map(group).collect() }
}

proptest! {
    #[test]
    fn a_table_is_written_as_the_family_of_its_samples(
        place in 0..TABLES.len(),
        groups in prop::collection::vec(group(), 0..4),
    ) {
        let table = table(place, &groups);
        let family = Family::from(&table);
        let series: usize = groups.iter().map(|group| group.series.len()).sum();
        prop_assert_eq!(family.samples.len(), series);
        for format in FORMATS {
            let [mut by_table, mut by_family] = [(); 2].map(|()| PageWriter::new(format, 0));
            by_table.series(&table);
            by_family.families(std::slice::from_ref(&family));
            let [by_table, by_family] = [by_table.finish(), by_family.finish()];
            prop_assert_eq!(String::from_utf8(by_table), String::from_utf8(by_family));
        }
    }
}

#[test]
fn numbers_have_no_exponent_and_no_needless_digits() {
    for (value, text) in [
        (1e21, "1000000000000000000000"),
        (1e-9, "0.000000001"),
        (123_456.75, "123456.75"),
        (3.0, "3"),
        (0.1 + 0.2, "0.30000000000000004"),
        (9_007_199_254_740_993.0, "9007199254740992"),
    ] {
        let mut group = SeriesGroup::new(&["source"], 1);
        group.push(&["slurm"], value);
        let table = SeriesTable { metric: HOLDERS_UP, groups: vec![group] };
        let mut page = PageWriter::new(Format::Text, table.estimated_bytes());
        page.series(&table);
        let page = String::from_utf8(page.finish()).unwrap();
        assert_eq!(
            page.lines().last(),
            Some(&*format!("gpu_carbon_holders_up{{source=\"slurm\"}} {text}"))
        );
    }
}

#[test]
fn what_has_no_series_is_left_out() {
    let family = Family::new(GPU_ENERGY, []);
    let table = SeriesTable { metric: GPU_ENERGY, groups: vec![SeriesGroup::new(&["uuid"], 0)] };
    for (format, end) in [(Format::Text, ""), (Format::OpenMetricsWithCreated, "# EOF\n")] {
        let mut page = PageWriter::new(format, 0);
        page.families(std::slice::from_ref(&family));
        page.series(&table);
        assert_eq!(page.finish(), end.as_bytes());
    }
}
