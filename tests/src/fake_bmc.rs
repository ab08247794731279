//! The management controller of a server (BMC), which speaks Redfish as DMTF's published examples do, and fails as a test says.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// The only account.
pub const USER: &str = "meter";
/// The password of the account.
pub const PASSWORD: &str = "correct-horse-battery";

const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";

/// A failure of the BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer comes for two minutes.
    Silence,
    /// A status, with the request in the body.
    Status(u16),
    /// A body that is no JSON.
    Garbage,
    /// A body of 3 MB.
    Oversized,
    /// A power of 5 MW.
    Implausible,
    /// A session without a token.
    NoToken,
    /// The address of another server.
    Redirect,
}

/// The state, which a test may change at any time.
#[derive(Debug, Default)]
pub struct BmcState {
    /// The power in watts.
    pub watts: f64,
    /// The counter in kilowatt-hours.
    pub kilowatt_hours: f64,
    /// The failure of each answer, if any.
    pub fault: Option<Fault>,
    /// The tokens of open sessions.
    pub sessions: BTreeSet<String>,
    /// The number of sessions that were opened.
    pub opened: usize,
    /// The number of sessions that were closed.
    pub closed: usize,
    /// The number of requests for a session that were refused.
    pub refused: usize,
}

/// A running BMC. Dropping it ends it.
#[derive(Debug)]
pub struct FakeBmc {
    /// The address at which it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<BmcState>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeBmc {
    /// Starts a BMC that shows a power, over TLS where there is a configuration for it.
    ///
    /// # Errors
    ///
    /// When the system has no free port.
    pub fn start(watts: f64, tls: Option<ServerConfig>) -> Result<FakeBmc> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(BmcState { watts, ..BmcState::default() }));
        let (end, ended) = oneshot::channel();
        let served = Arc::clone(&state);
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let thread = std::thread::spawn(move || {
            runtime.spawn(accept(listener, acceptor, served));
            // Resolves also when the sender is dropped: either way, no test needs the answers any longer.
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        });
        Ok(FakeBmc { address, state, end: Some(end), thread: Some(thread) })
    }

    /// The state.
    pub fn state(&self) -> MutexGuard<'_, BmcState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeBmc {
    fn drop(&mut self) {
        drop(self.end.take());
        self.thread.take().map(JoinHandle::join);
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    state: Arc<Mutex<BmcState>>,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match tls {
                None => serve(stream, state).await,
                // A client that does not trust the certificate goes away.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, state).await;
                    }
                }
            }
        });
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    state: Arc<Mutex<BmcState>>,
) {
    let service = service_fn(move |request| respond(request, Arc::clone(&state)));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    request: Request<Incoming>,
    state: Arc<Mutex<BmcState>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let token = parts.headers.get("x-auth-token").and_then(|it| it.to_str().ok()).unwrap_or("");
    let path = parts.uri.path();
    let fault = state.lock().unwrap_or_else(PoisonError::into_inner).fault;
    if fault == Some(Fault::Silence) {
        tokio::time::sleep(Duration::from_secs(120)).await;
    }
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let sent = format!("{token} {}", String::from_utf8_lossy(&body));
    Ok(match fault {
        Some(Fault::Status(status)) => answer(status, &json!({"error": {"message": sent}}), &[]),
        Some(Fault::Redirect) => {
            answer(308, &json!({}), &[("location", "https://127.0.0.1:1/elsewhere")])
        }
        _ if parts.method == Method::POST && path == SESSIONS => open(&mut state, &body),
        _ if !state.sessions.contains(token) => {
            answer(401, &json!({"error": {"message": "there is no such session"}}), &[])
        }
        _ if parts.method == Method::DELETE => {
            let name = format!("{SESSIONS}/{token}");
            let is_own = path == name && state.sessions.remove(token);
            state.closed += usize::from(is_own);
            answer(if is_own { 204 } else { 404 }, &Value::Null, &[])
        }
        Some(Fault::Garbage) => text(200, "PowerWatts: lots".to_owned(), &[]),
        Some(Fault::Oversized) => text(200, " ".repeat(3_000_000), &[]),
        fault => match resource(path, &state, fault) {
            Some(resource) => answer(200, &resource, &[]),
            None => answer(404, &json!({"error": {"message": path}}), &[]),
        },
    })
}

/// Opens a session for an account.
fn open(state: &mut BmcState, body: &[u8]) -> Response<Full<Bytes>> {
    let account = serde_json::from_slice(body).unwrap_or(Value::Null);
    if account != json!({"UserName": USER, "Password": PASSWORD}) {
        state.refused += 1;
        return answer(401, &json!({"error": {"message": format!("wrong: {account}")}}), &[]);
    }
    state.opened += 1;
    let token = format!("token-{:08}", state.opened);
    let location = format!("https://bmc.invalid{SESSIONS}/{token}");
    state.sessions.insert(token.clone());
    let headers = [("location", location.as_str()), ("x-auth-token", token.as_str())];
    let shown = if state.fault == Some(Fault::NoToken) { &headers[..1] } else { &headers[..] };
    answer(201, &json!({"Id": token.len(), "UserName": USER}), shown)
}

fn resource(path: &str, state: &BmcState, fault: Option<Fault>) -> Option<Value> {
    let link = |path: &str| json!({"@odata.id": path});
    let watts = if fault == Some(Fault::Implausible) { 5e6 } else { state.watts };
    Some(match path {
        "/redfish/v1/Chassis" => json!({
            "@odata.type": "#ChassisCollection.ChassisCollection",
            "Members": [link("/redfish/v1/Chassis/1U"), link("/redfish/v1/Chassis/Fans")],
        }),
        "/redfish/v1/Chassis/1U" => json!({
            "@odata.type": "#Chassis.v1_25_0.Chassis", "Id": "1U", "ChassisType": "RackMount",
            "EnvironmentMetrics": link("/redfish/v1/Chassis/1U/EnvironmentMetrics"),
            "Links": {"ComputerSystems": [link("/redfish/v1/Systems/437XR1138R2")]},
        }),
        "/redfish/v1/Chassis/Fans" => json!({"Id": "Fans", "ChassisType": "Component"}),
        "/redfish/v1/Chassis/1U/EnvironmentMetrics" => json!({
            "@odata.type": "#EnvironmentMetrics.v1_4_0.EnvironmentMetrics",
            "PowerWatts": {"DataSourceUri": "/redfish/v1/Chassis/1U/Sensors/TotalPower", "Reading": watts},
            "EnergykWh": {"Reading": state.kilowatt_hours},
        }),
        _ => return None,
    })
}

fn answer(status: u16, body: &Value, headers: &[(&str, &str)]) -> Response<Full<Bytes>> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    text(status, body, headers)
}

fn text(status: u16, body: String, headers: &[(&str, &str)]) -> Response<Full<Bytes>> {
    let mut response =
        Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::from(body)).unwrap_or_default()
}
