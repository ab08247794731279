//! The exporter's server, over a stream in memory.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Pue, Quality, Series, Signal, Span, Timestamp, TotalScope};
use gpu_carbon_exporter::forecast::Forecast;
use gpu_carbon_exporter::host_view::HostView;
use gpu_carbon_exporter::intensity::RequestKind;
use gpu_carbon_exporter::latest::Latest;
use gpu_carbon_exporter::metrics::Exposition;
use gpu_carbon_exporter::scrape_schedule::ScrapeSchedule;
use gpu_carbon_exporter::snapshot::{ConfigView, CurrentIntensity, DriverView, GridView, Snapshot};
use gpu_carbon_exporter::web::{Auth, Site, serve_one};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

/// Timeout, far longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server ends after a client has sent anything and closed its side, and all its output is HTTP.
pub(crate) fn run(input: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let message = runtime.block_on(async {
        let (mut client, server) = duplex(64 * 1024);
        let site = Site {
            exposition: Arc::new(Latest::new(Exposition::from(snapshot()))),
            scrape_schedule: Arc::new(ScrapeSchedule::default()),
            telemetry_path: "/metrics".into(),
            openmetrics_created: false,
            auth: Arc::new(Auth::new(None).unwrap()),
            operations: None,
        };
        let serving = tokio::spawn(serve_one(server, IpAddr::V4(Ipv4Addr::LOCALHOST), site));
        let (mut reads, mut writes) = tokio::io::split(&mut client);
        let talk = async {
            let mut message = Vec::new();
            let ask = async {
                // The server may have closed already, having seen enough.
                let _ = writes.write_all(input).await;
                let _ = writes.shutdown().await;
            };
            let listen = reads.read_to_end(&mut message);
            let ((), heard) = tokio::join!(ask, listen);
            heard.unwrap();
            serving.await.unwrap();
            message
        };
        tokio::time::timeout(PATIENCE, talk).await.expect("the server ends when its client does")
    });
    assert!(message.is_empty() || message.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&message));
}

/// An exporter that has just started.
fn snapshot() -> Snapshot {
    let grams = |grams| Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
    let hour = |hour: i64| (Timestamp::from_unix_seconds(hour * 3600), grams(100.0 + (hour % 5) as f64));
    let ahead = Series::new((0..48).map(hour).collect()).unwrap();
    Snapshot {
        at: Timestamp::EPOCH,
        started: Timestamp::EPOCH,
        gpus: Vec::new(),
        grid: GridView {
            zone: "CAISO_NORTH".into(),
            signal: Signal::Marginal,
            total_scope: TotalScope::Empty,
            current: Some(CurrentIntensity {
                intensity: grams(243.5),
                source: "constant",
                quality: Quality::Estimated,
            }),
            latest_value: None,
            sources: Vec::new(),
            forecast: Forecast { ahead: Some(Arc::new(ahead)), ..Forecast::default() },
            threshold: grams(400.0),
            requests: [(RequestKind { source: "constant", outcome: "success" }, 1)].into(),
        },
        pue: Pue::ONE,
        last_read: None,
        driver: DriverView::default(),
        config: ConfigView { is_last_reload_successful: true, last_success: Timestamp::EPOCH },
        stale_after: Span::from_seconds(5),
        clock_jumps: 0,
        log_dropped: 0,
        attribution: None,
        host: HostView::default(),
        ledger: None,
        process: None,
        certificate_not_after: None,
    }
}
