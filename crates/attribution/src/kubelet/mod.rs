//! The pods that hold GPUs, from the kubelet's service PodResources (v1, `List`) on its Unix socket. It needs neither the API
//! server nor a token. No other module names the library of gRPC.

mod device;
mod messages;

pub use device::{DeviceId, PodDevice, PodDevices};

use std::fmt;
use std::path::Path;
use std::time::Duration;

use http::Uri;
use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use messages::{ListRequest, ListResponse};

/// The method of the service.
const LIST: &str = "/v1.PodResourcesLister/List";

/// The authority of requests: a server written in Go rejects the path of a socket there.
const ORIGIN: &str = "http://localhost";

/// The longest answer that is read, in bytes: a pod takes some hundred, and a node has some hundred pods.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// An error of the kubelet's service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeletError {
    /// The kind, for the `error` label: `connect`, `permission`, `timeout`, `too_long` or `rpc`.
    pub kind: &'static str,
    /// The message, in one line.
    pub message: String,
}

impl KubeletError {
    fn new(kind: &'static str, message: impl fmt::Display) -> KubeletError {
        let message = message.to_string().chars().take(300).collect::<String>();
        KubeletError { kind, message: message.escape_debug().to_string() }
    }

    /// The error of an answer that does not come within a time.
    #[must_use]
    pub fn timeout(patience: Duration) -> KubeletError {
        let seconds = patience.as_secs();
        KubeletError::new("timeout", format_args!("no answer within {seconds} s"))
    }

    /// The error of a connection that is not made.
    fn connection(error: &tonic::transport::Error) -> KubeletError {
        let mut source: Option<&dyn std::error::Error> = Some(error);
        let mut innermost: &dyn std::error::Error = error;
        let mut kind = "connect";
        while let Some(cause) = source {
            let is_denied = cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
            if is_denied {
                kind = "permission";
            }
            (innermost, source) = (cause, cause.source());
        }
        KubeletError::new(kind, innermost)
    }
}

impl From<Status> for KubeletError {
    fn from(status: Status) -> KubeletError {
        let kind = match status.code() {
            Code::DeadlineExceeded | Code::Cancelled => "timeout",
            Code::OutOfRange | Code::ResourceExhausted => "too_long",
            Code::PermissionDenied | Code::Unauthenticated => "permission",
            _ => "rpc",
        };
        KubeletError::new(kind, format_args!("{:?}: {}", status.code(), status.message()))
    }
}

impl fmt::Display for KubeletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for KubeletError {}

/// Asks the kubelet on a socket for all pods that hold GPUs, over a connection of its own, so that a socket that was made
/// again is found. To be called in a runtime of tokio.
///
/// # Errors
///
/// If the kubelet does not answer within a time, or with more than 8 MiB, or with what is no list of pods.
pub async fn list(socket: &Path, patience: Duration) -> Result<Vec<PodDevices>, KubeletError> {
    let endpoint = Endpoint::from_shared(format!("unix://{}", socket.display()))
        .map_err(|error| KubeletError::connection(&error))?
        .origin(Uri::from_static(ORIGIN))
        .connect_timeout(patience)
        .timeout(patience);
    let channel = endpoint.connect().await.map_err(|error| KubeletError::connection(&error))?;
    let mut client = Grpc::new(channel).max_decoding_message_size(LONGEST_ANSWER);
    client.ready().await.map_err(|error| KubeletError::connection(&error))?;
    let codec = ProstCodec::<ListRequest, ListResponse>::default();
    let method = PathAndQuery::from_static(LIST);
    let answer = client.unary(Request::new(ListRequest {}), method, codec).await?;
    Ok(answer.into_inner().pods())
}
