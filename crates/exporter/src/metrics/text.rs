//! Prometheus text 0.0.4. The only file that names the Prometheus crate.

use prometheus::TextEncoder;
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};

use super::{Family, Kind, Sample};

/// The page.
pub(super) fn write(families: &[Family]) -> String {
    let encoded: Vec<MetricFamily> = families.iter().map(family).collect();
    // The encoder refuses only a family without a name or without a sample, and there is none.
    TextEncoder::new().encode_to_string(&encoded).unwrap_or_default()
}

fn family(family: &Family) -> MetricFamily {
    let mut encoded = MetricFamily::default();
    encoded.set_name(family.metric.name.to_owned());
    encoded.set_help(family.metric.help.to_owned());
    encoded.set_field_type(match family.metric.kind {
        Kind::Gauge => MetricType::GAUGE,
        Kind::Counter => MetricType::COUNTER,
    });
    encoded.set_metric(family.samples.iter().map(|s| sample(s, family.metric.kind)).collect());
    encoded
}

fn sample(sample: &Sample, kind: Kind) -> Metric {
    let labels = sample.labels.iter().map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value(value.clone());
        pair
    });
    let mut metric = Metric::from_label(labels.collect());
    match kind {
        Kind::Gauge => {
            let mut gauge = Gauge::default();
            gauge.set_value(sample.value);
            metric.set_gauge(gauge);
        }
        Kind::Counter => {
            let mut counter = Counter::default();
            counter.set_value(sample.value);
            metric.set_counter(counter);
        }
    }
    metric
}
