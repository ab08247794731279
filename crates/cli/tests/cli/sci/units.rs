//! Functional units from a file and from a Prometheus.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use super::{folder, json, near, run};

/// A server that answers each query of Prometheus by a function of the metric in it.
struct Server {
    url: String,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: fn(&str) -> Option<f64>) -> Server {
        #[allow(clippy::disallowed_methods, reason = "the Prometheus of a test listens")]
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let queries = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&queries);
        // It ends with the process of the test.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let request = lines.next().unwrap().unwrap();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                let result = match answer(&request) {
                    Some(value) => format!(r#"{{"metric": {{}}, "value": [1, "{value}"]}}"#),
                    None => String::new(),
                };
                let body = format!(
                    r#"{{"status": "success", "data": {{"resultType": "vector", "result": [{result}]}}}}"#
                );
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                seen.lock().unwrap().push(request);
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
        });
        Server { url, queries }
    }
}

#[test]
fn the_rows_of_a_file_in_the_time_of_the_measurement_are_added_up() {
    let folder = folder();
    let path = folder.path().join("tokens.csv");
    std::fs::write(&path, "time,count\n2026-11-24T08:00:00Z,5\n2026-11-24T11:00:00Z,3e6\n2026-11-24T13:55:00Z,4e6\n2026-11-24T14:00:00Z,9\n").unwrap();
    let line = format!("--workload pod:* --unit token --count {}", path.display());
    let document = json(&folder, &line);
    near(&document["functional_unit"]["count"], 7e6);
    assert_eq!(document["functional_unit"]["source"], "the counts over time in tokens.csv");
    std::fs::write(&path, "time,count\n2026-11-25T08:00:00Z,5\n").unwrap();
    let found = run(&folder, &line);
    assert_eq!(found.status, Some(2));
    assert!(
        found.err.contains("no row is within the measurement, 2026-11-24T10:30:00Z to"),
        "{}",
        found.err
    );
}

#[test]
fn tokens_of_a_server_are_counted_apart() {
    let folder = folder();
    let server = Server::start(|request| match request {
        it if it.contains("generation_tokens_total") => Some(7e6),
        it if it.contains("prompt_tokens_total") => Some(21e6),
        it if it.contains("prefix_cache_hits_total") => Some(14e6),
        _ => None,
    });
    let line = format!("--workload pod:* --unit token --prometheus {} --server vllm", server.url);
    let document = json(&folder, &line);
    near(&document["functional_unit"]["count"], 7e6);
    assert_eq!(document["functional_unit"]["method"], "measured");
    let counters = document["counters"].as_array().unwrap();
    let counts: Vec<f64> = counters.iter().map(|it| it["count"].as_f64().unwrap()).collect();
    assert_eq!(counts, [7e6, 21e6, 14e6]);
    // The growth over the 3.5 hours of the pod, as of its end.
    let query = "sum(increase(vllm:generation_tokens_total[12600s]))";
    assert_eq!(counters[0]["query"], query);
    let sent = server.queries.lock().unwrap()[0].clone();
    assert!(sent.contains("time=2026-11-24T14%3A00%3A00Z"), "{sent}");
    let document = json(&folder, &format!("{line} --tokens generated --tokens prompt"));
    near(&document["functional_unit"]["count"], 28e6);
    let found = run(&folder, &format!("{line} --tokens prompt --tokens cached"));
    assert!(found.err.contains("--tokens prompt contains the cached ones"), "{}", found.err);
    let found = run(&folder, &line.replace("--unit token", "--unit image"));
    assert!(found.err.contains("--server has no counter of that --unit"), "{}", found.err);
}

#[test]
fn what_nobody_counts_is_unknown_and_not_zero() {
    let folder = folder();
    let server = Server::start(|request| request.contains("input_length").then_some(5.0));
    let line = format!("--workload pod:* --unit token --prometheus {} --server tgi", server.url);
    let found = run(&folder, &line);
    assert_eq!((found.status, found.out.as_str()), (Some(2), ""));
    assert!(found.err.contains("nothing counts the generated tokens in that time (sum(increase(tgi_request_generated_tokens_sum[12600s])))"), "{}", found.err);
    let document = json(&folder, &format!("{line} --tokens prompt"));
    assert!(document["counters"][0]["count"].is_null());
    near(&document["functional_unit"]["count"], 5.0);
    // A query of one's own, and a Prometheus that is not there.
    let line = format!(
        "--workload pod:* --unit request --prometheus {} --query input_length[$range]",
        server.url
    );
    near(&json(&folder, &line)["functional_unit"]["count"], 5.0);
    let gone = run(&folder, "--unit token --prometheus http://127.0.0.1:9 --server triton");
    assert_eq!(gone.status, Some(1), "{}", gone.err);
    let wrong = run(&folder, "--unit token --prometheus nowhere --server triton");
    assert_eq!(wrong.status, Some(2), "{}", wrong.err);
}
