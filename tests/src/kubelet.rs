//! A kubelet that answers on a Unix socket as the real one does, or as badly as it can.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::UnixListener;
use tokio::sync::oneshot;

/// The behaviour of the kubelet.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Behaviour {
    /// Answers with its pods.
    #[default]
    Answers,
    /// Takes a question, and does not answer.
    Hangs,
    /// Answers with bytes that are no message.
    Garbage,
    /// Answers with a message that is too long.
    Huge,
    /// Answers with an error of gRPC.
    Fails,
}

/// A pod with the devices of one resource.
#[derive(Debug, Clone)]
pub struct ListedPod {
    /// The namespace.
    pub namespace: &'static str,
    /// The name.
    pub name: &'static str,
    /// The resource, such as `nvidia.com/gpu`.
    pub resource: &'static str,
    /// The names of the devices.
    pub devices: Vec<String>,
}

/// The state that a test changes.
#[derive(Debug, Default)]
struct State {
    pods: Vec<ListedPod>,
    behaviour: Behaviour,
}

/// A kubelet. Its socket is gone once it is dropped.
#[derive(Debug)]
pub struct Kubelet {
    socket: PathBuf,
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Kubelet {
    /// Starts a kubelet without pods.
    ///
    /// # Errors
    ///
    /// When the socket cannot be made.
    pub fn start(socket: &Path) -> Result<Kubelet> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            UnixListener::bind(socket)?
        };
        let state = Arc::<Mutex<State>>::default();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&state);
        let run = move || runtime.block_on(serve(listener, served, stopped));
        let thread = Some(thread::spawn(run));
        Ok(Kubelet { socket: socket.to_owned(), state, stop: Some(stop), thread })
    }

    /// Sets the pods that are listed.
    pub fn set_pods(&self, pods: Vec<ListedPod>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).pods = pods;
    }

    /// Sets the behaviour, for the questions from now on.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).behaviour = behaviour;
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.socket);
    }
}

/// Serves connections until it is stopped; then all of them end.
async fn serve(
    listener: UnixListener,
    state: Arc<Mutex<State>>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let state = Arc::clone(&state);
        let answer = move |request: Request<Incoming>| answer(request, Arc::clone(&state));
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service_fn(answer));
        tokio::spawn(connection);
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<http_body_util::combinators::WithTrailers<Full<Bytes>, Trailers>>, Infallible>
{
    let (pods, behaviour) = {
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.pods.clone(), state.behaviour.clone())
    };
    if behaviour == Behaviour::Hangs {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    let is_list = request.uri().path() == "/v1.PodResourcesLister/List";
    let authority = request.uri().authority().map(|it| it.as_str().to_owned());
    // As a server in Go, which rejects the path of a socket as the name of a host.
    let is_valid = is_list && authority.is_some_and(|it| !it.contains(['/', '%']));
    let (message, status) = match behaviour {
        Behaviour::Garbage => (vec![0x0a, 0xff, 0xff, 0x01], "0"),
        Behaviour::Huge => (vec![0; 64 * 1024 * 1024], "0"),
        Behaviour::Fails => (Vec::new(), "14"),
        _ if !is_valid => (Vec::new(), "12"),
        _ => (pods.iter().flat_map(|it| field(1, &pod(it))).collect(), "0"),
    };
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    body.extend(message);
    let body = if status == "0" { body } else { Vec::new() };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    let trailers: Trailers = std::future::ready(Some(Ok(trailers)));
    let body = http_body_util::BodyExt::with_trailers(Full::new(Bytes::from(body)), trailers);
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok(response)
}

/// The trailers of an answer.
type Trailers = std::future::Ready<Option<Result<HeaderMap, Infallible>>>;

/// The message `PodResources`: its container has a name and CPUs, which no one reads here.
fn pod(pod: &ListedPod) -> Vec<u8> {
    let mut devices = field(1, pod.resource.as_bytes());
    pod.devices.iter().for_each(|id| devices.extend(field(2, id.as_bytes())));
    let mut container = field(1, b"main");
    container.extend(field(2, &devices));
    container.extend(field(3, &[1, 2, 3]));
    [field(1, pod.name.as_bytes()), field(2, pod.namespace.as_bytes()), field(3, &container)]
        .concat()
}

/// A field of bytes, as protobuf writes it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut written = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        written.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    written.push(u8::try_from(length).unwrap_or_default());
    written.extend(bytes);
    written
}
