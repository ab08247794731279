//! The document of all metrics, made from their table.

use std::fmt::Write as _;

use gpu_carbon_core::{Quality, Scope, Signal};
use gpu_carbon_exporter::host_view::{HostMethod, HostPart, Knowledge};
use gpu_carbon_exporter::workload_views::SharingMethod;
use gpu_carbon_feeds::Service;
use gpu_carbon_metrics::Metric;
use gpu_carbon_metrics::table::GROUPS;

use crate::compare;

const INTRODUCTION: &str = "\
<!-- Made from crates/metrics/src/table by `UPDATE_GOLDEN=1 cargo test -p gpu-carbon-exporter --test golden`. -->

# Metrics of gpu-carbon-exporter

The exporter serves these metrics at `/metrics`: in the Prometheus text format 0.0.4 and, if the scraper prefers it, in
OpenMetrics 1.0, compressed by gzip if the scraper accepts it. Names and labels stay as they are from version 1.0 on.

A value that is unknown has no sample: it is never 0 and never NaN. The last column says when a metric, or a series of it,
is absent. Counters restart at zero with the exporter, unless it has a ledger, which holds energy and emissions of GPUs and of the host. Times are in seconds since 1970, UTC.

Contents: CONTENTS

## Labels

| label | values |
|---|---|
| `gpu` | index of the GPU in the order of the driver; it may change with a reboot |
| `uuid` | UUID of the GPU, a whole board and never a MIG instance; empty until the GPU has answered once |
| `signal` | `marginal` or `average`: two questions, whose grams are never added |
| `grid_zone` | `grid_zone` of the configuration, or else the zone of the source |
| `source` | source of the intensity: `file`, `constant`, `embedded`, `watttime`, `electricity_maps`, `gb`, `energy_charts`, `eia`, `sgip`, `pjm`, `openelectricity`, `ieso`, or `ember` for a yearly average; of holders `slurm`, `kubelet` or `processes`; of a meter of the host `rapl` or `hwmon`; of a manufacture the publication, the source that the configuration names, or `configuration` |
| `scope` | `co2_direct` (CO2 of combustion), `co2e_lifecycle` (all greenhouse gases over the life cycle), or `unspecified`; of emissions also `mixed`, once intensities of several scopes have converted energy |
| `quality` | `measured`, `estimated`, `forecast` or `fallback` |
| `horizon` | `1h`, `3h`, `6h`, `12h` or `24h` from now |
| `duration`, `window` | those of `forecast` in the configuration, as written there |
| `error` | kind of a failed reading, such as `gpu_lost`, `no_permission` or `hang`; of a source of holders such as `not_found`, `permission`, `parse` or `no_process`; of a meter of the host `no_permission`, `gone`, `io` or `implausible` |
| `workload` | who held the GPU: `slurm:JOB`, `pod:NAMESPACE/NAME`, `container:` and twelve digits, `unit:NAME`, or `other` beyond `attribution.series` |
| `kind`, `namespace`, `pod` | kind of the workload, and the names of its pod; empty for others, and until the kubelet's logs have them |
| `allocation` | `workloads`, `unallocated` (no workload held the GPU) or `unknown` |
| `method` | how a GPU's energy is divided: `exclusive` (one holder has all), `utilization` (several share by what they use), `held` (several share by what they hold: equally, or by the slices of their MIG instances) or `none`; of a component of the host `counter`, `integrated` (its power) or `declared` (in the configuration); of a manufacture `reviewed_product_footprint`, `teardown` or `parametric_model` |
| `component` | part of the host: `cpu`, `memory`, `rest` or `platform`, the whole host with its GPUs |
| `zone`, `path` | of a meter of the host, the name that the firmware or the kernel has for it, and the file that is read |
| `gpus`, `cpu`, `memory`, `rest` | where the energy of the component comes from: `measured`; `partly` (one of its meters does not answer); `declared`; `in_gpus`, `in_cpu` or `in_rest` (within what that meter measures); `left_out` |
| `hardware_unit` | what a manufacture counts: `gpu` (a card), `baseboard_eighth` (of a baseboard of eight GPUs, with its part of the switches) or `server_without_gpus` (a GPU's part of the server around it, where that is counted); empty for a GPU's figure of the configuration, as are then `boundary`, `method` and `year` |
| `boundary`, `year` | the stages of the life cycle that a manufacture counts, `cradle_to_gate` or `manufacture_distribution_end_of_life`, and the year of its publication |
| `outcome` | `success`, or the kind of failure: of a request such as `unauthorized`, of a commit `failure` |
| `revision`, `branch` | those of the source in git, or `unknown` |
| `rustc_version` | version of the compiler |
| `energy_method` | `counter`: the GPU counts its own energy; `integrated`: the exporter integrates its power; `none`: it has neither meter, or neither has answered yet |
| `energy_scope` | `gpu`, or `module` where the counter covers the module that the GPU is a part of, with its CPU and memory |
";

fn row(metric: &Metric) -> String {
    let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
    format!(
        "| `{}` | {} | {} | {} | {} | {} |\n",
        metric.name,
        metric.kind.name(),
        metric.unit.unwrap_or_default(),
        labels.join(", "),
        metric.help.trim_end_matches('.'),
        metric.absent.unwrap_or("never"),
    )
}

#[test]
fn the_document_holds_the_table() {
    let titles = std::iter::once("Labels").chain(GROUPS.iter().map(|group| group.title));
    let link = |title: &str| format!("[{title}](#{})", title.to_lowercase().replace(' ', "-"));
    let contents: Vec<String> = titles.map(link).collect();
    let mut document = INTRODUCTION.replacen("CONTENTS", &contents.join(" · "), 1);
    for group in GROUPS {
        let header =
            "| metric | type | unit | labels | meaning | absent |\n|---|---|---|---|---|---|\n";
        write!(document, "\n## {}\n\n{header}", group.title).unwrap();
        group.metrics.iter().for_each(|metric| document += &row(metric));
    }
    compare(&document, "METRICS.md");
}

#[test]
fn the_document_explains_every_label() {
    let explained = |label: &&str| INTRODUCTION.contains(&format!("`{label}`"));
    let named = ["name", "pci_bus_id", "version"];
    let labels = GROUPS.iter().flat_map(|group| group.metrics).flat_map(|metric| metric.labels);
    for label in labels.filter(|label| !named.contains(label)) {
        assert!(explained(label), "{label}");
    }
}

#[test]
fn the_document_names_every_value_of_a_label_with_fixed_values() {
    let values = [
        ("method", SharingMethod::ALL.map(SharingMethod::name).to_vec()),
        ("method", HostMethod::ALL.map(HostMethod::name).to_vec()),
        ("component", HostPart::ALL.map(HostPart::name).to_vec()),
        ("gpus", Knowledge::NAMES.to_vec()),
        ("quality", Quality::ALL.map(Quality::name).to_vec()),
        ("signal", Signal::ALL.map(Signal::name).to_vec()),
        ("scope", Scope::ALL.map(Scope::name).to_vec()),
        ("source", Service::ALL.map(Service::name).to_vec()),
    ];
    for (label, names) in values {
        let start = format!("| `{label}`");
        let row = INTRODUCTION.lines().find(|line| line.starts_with(&start)).unwrap();
        let missing = names.iter().find(|name| !row.contains(&format!("`{name}`")));
        assert_eq!(missing, None, "{label}");
    }
}
