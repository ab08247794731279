//! The Prometheus text format 0.0.4. No other file names the crate `prometheus`.

use prometheus::TextEncoder;
use prometheus::proto::{Counter, Gauge, LabelPair, Metric as Series, MetricFamily, MetricType};

use crate::metric::{Kind, Metric};
use crate::sample::{Family, Sample};

/// Appends families to a page. Those without a sample are left out.
pub(crate) fn write(families: &[Family], page: &mut Vec<u8>) {
    let families = families.iter().filter(|family| !family.samples.is_empty());
    let encoded: Vec<MetricFamily> = families.map(encode_family).collect();
    // The encoder fails only on a family without a name or without a sample, and there is none.
    let text = TextEncoder::new().encode_to_string(&encoded).unwrap_or_default();
    page.extend_from_slice(text.as_bytes());
}

/// Appends the lines of a metric that come before its series.
pub(crate) fn write_header(metric: &Metric, page: &mut Vec<u8>) {
    let Metric { name, help, kind, .. } = metric;
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    let header = format!("# HELP {name} {help}\n# TYPE {name} {}\n", kind.name());
    page.extend_from_slice(header.as_bytes());
}

fn encode_family(family: &Family) -> MetricFamily {
    let kind = family.metric.kind;
    let mut encoded = MetricFamily::default();
    encoded.set_name(family.metric.name.to_owned());
    encoded.set_help(family.metric.help.to_owned());
    encoded.set_field_type(match kind {
        Kind::Gauge => MetricType::GAUGE,
        Kind::Counter => MetricType::COUNTER,
    });
    encoded.set_metric(family.samples.iter().map(|sample| encode_sample(sample, kind)).collect());
    encoded
}

fn encode_sample(sample: &Sample, kind: Kind) -> Series {
    let labels = sample.labels.iter().map(|label| {
        let mut pair = LabelPair::default();
        pair.set_name(label.name.clone().into_owned());
        pair.set_value(label.value.clone());
        pair
    });
    let mut series = Series::from_label(labels.collect());
    match kind {
        Kind::Gauge => {
            let mut gauge = Gauge::default();
            gauge.set_value(sample.value);
            series.set_gauge(gauge);
        }
        Kind::Counter => {
            let mut counter = Counter::default();
            counter.set_value(sample.value);
            series.set_counter(counter);
        }
    }
    series
}
