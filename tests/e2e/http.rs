//! HTTP with well-behaved and badly behaved clients.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use gpu_carbon_tests::exporter::{self, Exporter};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::{PATIENCE, wait_for};

fn start() -> Exporter {
    let machine = Machine::new("[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("a GPU", || exporter.scrape()?.gpu(0, "energy_joules_total")).unwrap();
    exporter
}

fn request(exporter: &Exporter, head: &str) -> String {
    exporter.send(format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).unwrap()
}

#[test]
fn every_path_answers_according_to_http() {
    let exporter = start();
    for (path, status, holds) in [
        ("/", 200, "<a href=\"/metrics\">metrics</a>"),
        ("/metrics", 200, "# TYPE gpu_carbon_gpu_energy_joules_total counter\n"),
        ("/metrics?name[]=x", 200, "gpu_carbon_gpu_up"),
        ("/-/healthy", 200, "healthy"),
        ("/-/ready", 200, "ready"),
        ("/metrics/", 404, "404"),
        ("/favicon.ico", 404, "404"),
    ] {
        let (found, body) = exporter.get(path).unwrap();
        assert_eq!(found, status, "{path}");
        assert!(body.contains(holds), "{path}: {body}");
    }
    let head = request(&exporter, "HEAD /metrics HTTP/1.1");
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    let post = request(&exporter, "POST /metrics HTTP/1.1");
    assert!(post.starts_with("HTTP/1.1 405") && post.contains("allow: GET, HEAD"), "{post}");
    assert!(request(&exporter, "BREW /pot HTTP/1.1").starts_with("HTTP/1.1 404"));
    assert!(request(&exporter, "GET /metrics HTTP/1.0").starts_with("HTTP/1.0 200"));
    // RFC 9112, section 3.2: exactly one valid Host, which HTTP/1.0 may omit. The connection is closed afterwards.
    for (hosts, status) in [
        ("", 400),
        ("Host: x\r\nHost: x\r\n", 400),
        ("Host: x\r\nhost: y\r\n", 400),
        ("Host: a b\r\n", 400),
        ("Host: user@x\r\n", 400),
        ("Host: x/metrics\r\n", 400),
        ("Host:\r\n", 200),
        ("Host: [::1]:9877\r\n", 200),
    ] {
        for path in ["/metrics", "http://x/metrics"] {
            let end = if status == 400 { "" } else { "Connection: close\r\n" };
            let head = format!("GET {path} HTTP/1.1\r\n{hosts}{end}\r\n");
            let answer = exporter.send(head.as_bytes()).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}{answer}");
        }
    }
    let without = exporter.send(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    assert!(without.starts_with("HTTP/1.0 200"), "{without}");
    assert!(exporter.send(b"\x16\x03\x01 not http\r\n\r\n").unwrap().starts_with("HTTP/1.1 400"));
}

#[test]
fn gzip_and_openmetrics_are_negotiated() {
    let exporter = start();
    let head = "GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\nAccept: application/openmetrics-text;version=1.0.0";
    let mut stream = exporter.connect().unwrap();
    write!(stream, "{head}\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
    assert!(headers.contains("content-encoding: gzip"), "{headers}");
    assert!(
        headers.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{headers}"
    );
    assert!(headers.contains("vary: Accept, Accept-Encoding"), "{headers}");
    let mut page = String::new();
    flate2::read::GzDecoder::new(&answer[end + 4..]).read_to_string(&mut page).unwrap();
    assert!(page.ends_with("# EOF\n"), "{page}");
    assert!(page.contains("# UNIT gpu_carbon_gpu_energy_joules joules\n"), "{page}");
    let series = |page: &str| page.lines().filter(|line| !line.starts_with('#')).count();
    let text = exporter.get("/metrics").unwrap().1;
    assert_eq!(series(&page), series(&text), "the same series in both formats");
    assert!(!page.contains("_created"), "{page}");
}

#[test]
fn the_times_of_creation_are_served_if_they_are_asked_for() {
    let machine = Machine::new("[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n").unwrap();
    let mut command = exporter::command(&machine).unwrap();
    command.arg("--web.openmetrics-created");
    let exporter = Exporter::run(command).unwrap();
    wait_for("a GPU", || exporter.scrape()?.gpu(0, "energy_joules_total")).unwrap();
    let page = exporter.get_as("/metrics", "application/openmetrics-text").unwrap().1;
    assert!(page.contains("\ngpu_carbon_gpu_energy_joules_created{gpu=\"0\","), "{page}");
    assert!(!exporter.get("/metrics").unwrap().1.contains("_created"));
}

#[test]
fn a_request_that_is_too_large_is_refused_and_the_next_is_served() {
    let exporter = start();
    let huge =
        format!("GET /metrics HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = exporter.send(huge.as_bytes()).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(1000));
    assert!(exporter.send(many.as_bytes()).unwrap().starts_with("HTTP/1.1 431"));
    exporter.scrape().unwrap();
}

#[test]
fn a_thousand_idle_slow_and_dead_clients_stop_no_scrape() {
    let exporter = start();
    let mut held: Vec<_> = (0..1000).map(|_| exporter.connect().unwrap()).collect();
    for (number, stream) in held.iter_mut().enumerate() {
        match number % 4 {
            0 => {}
            1 => stream.write_all(b"GET /metrics HTTP/1.1\r\nHos").unwrap(),
            2 => stream.shutdown(std::net::Shutdown::Write).unwrap(),
            // Sends a hundred requests and never reads.
            _ => {
                stream.write_all(&b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100)).unwrap()
            }
        }
    }
    for _ in 0..20 {
        exporter.scrape().unwrap();
    }
    let fds = exporter.scrape().unwrap().value("process_open_fds", &[]).unwrap();
    assert!(fds < 4096.0 + 64.0, "{fds}");
    drop(held);
    wait_for("the connections to be gone", || {
        let fds = exporter.scrape()?.value("process_open_fds", &[])?;
        anyhow::ensure!(fds < 100.0, "{fds} are open");
        Ok(())
    })
    .unwrap();
}

#[test]
fn clients_that_connect_all_at_once_wait_until_they_are_served() {
    let exporter = start();
    let signal = |name: &str| {
        let pid = exporter.pid().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    signal("-STOP"); // so that only the kernel accepts them
    let connect = |_| TcpStream::connect_timeout(&exporter.address, PATIENCE / 10);
    let held: Result<Vec<_>, _> = (0..1000).map(connect).collect();
    signal("-CONT");
    let mut last = held.unwrap().pop().unwrap();
    last.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    last.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn sigterm_ends_it_cleanly_with_clients_connected() {
    let exporter = start();
    let _idle = exporter.connect().unwrap();
    let mut slow = exporter.connect().unwrap();
    slow.write_all(b"GET / HT").unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
}
