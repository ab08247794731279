use std::fs::write;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ClientConfig, NamedGroup, ProtocolVersion, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::TlsConnector;

use super::*;

/// A certificate authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
type Pair = (String, String);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { pem, issuer: Issuer::new(params, key) }
    }

    fn signs(&self, names: &[&str]) -> Pair {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        for name in names {
            let uri = || rcgen::SanType::URI((*name).try_into().unwrap());
            let found = CertificateParams::new(vec![(*name).to_owned()]).unwrap();
            match name.contains("://") {
                true => params.subject_alt_names.push(uri()),
                false => params.subject_alt_names.extend(found.subject_alt_names),
            }
        }
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// A folder with a server's certificate and key, and the authority of its clients.
struct Fixture {
    folder: TempDir,
    authority: Authority,
}

impl Fixture {
    fn new() -> Fixture {
        let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        let (certificate, key) = authority.signs(&["localhost"]);
        write(folder.path().join("server.crt"), certificate).unwrap();
        write(folder.path().join("server.key"), key).unwrap();
        write(folder.path().join("ca.crt"), &authority.pem).unwrap();
        Fixture { folder, authority }
    }

    /// The rules of a file with further lines in the section of TLS.
    fn rules(&self, more: &str) -> Result<Rules, WebConfigError> {
        let tls =
            format!("tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n{more}");
        Rules::parse(&self.folder.path().join("web.yml"), &tls)
    }
}

/// The outcome of a handshake.
#[derive(Debug, PartialEq)]
struct Handshake {
    version: ProtocolVersion,
    suite: CipherSuite,
    group: NamedGroup,
}

/// Connects a client to a server; the result is `None` unless a byte of the server reaches the client.
async fn handshake(
    fixture: &Fixture,
    rules: &Rules,
    client: Option<&Pair>,
    versions: Versions,
) -> Option<Handshake> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(fixture.authority.pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap(),
    };
    let (near, far) = duplex(64 * 1024);
    let acceptor = rules.tls.clone().unwrap();
    let serve = async move {
        let mut stream = acceptor.accept(far).await?;
        stream.write_all(b"!").await?;
        stream.shutdown().await
    };
    let connect = async move {
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, near).await.ok()?;
        let mut received = String::new();
        stream.read_to_string(&mut received).await.ok().filter(|_| received == "!")?;
        let (_, connection) = stream.get_ref();
        Some(Handshake {
            version: connection.protocol_version()?,
            suite: connection.negotiated_cipher_suite()?.suite(),
            group: connection.negotiated_key_exchange_group()?.name(),
        })
    };
    let (_, outcome) = tokio::join!(serve, connect);
    outcome
}

type Versions = &'static [&'static rustls::SupportedProtocolVersion];

const ONLY_12: Versions = &[&TLS12];
const ONLY_13: Versions = &[&TLS13];
const BOTH: Versions = &[&TLS13, &TLS12];

#[tokio::test]
async fn each_policy_admits_the_clients_that_it_should() {
    let fixture = Fixture::new();
    let ours = fixture.authority.signs(&["scraper"]);
    let theirs = Authority::new().signs(&["scraper"]);
    let authority = "  client_ca_file: ca.crt\n";
    for (policy, authority, without, other) in [
        ("NoClientCert", "", true, true),
        ("NoClientCert", "  client_ca_file: \"\"\n  client_ca: \"\"\n", true, true),
        ("\"\"", "", true, true),
        ("RequestClientCert", "", true, true),
        ("RequestClientCert", authority, true, true),
        ("RequireAnyClientCert", "", false, true),
        ("RequireClientCert", authority, false, true),
        ("VerifyClientCertIfGiven", authority, true, false),
        ("RequireAndVerifyClientCert", authority, false, false),
    ] {
        let rules = fixture.rules(&format!("  client_auth_type: {policy}\n{authority}")).unwrap();
        for version in [ONLY_12, ONLY_13] {
            let is_admitted =
                async |client| handshake(&fixture, &rules, client, version).await.is_some();
            assert!(is_admitted(Some(&ours)).await, "{policy}, {version:?}");
            assert_eq!(
                is_admitted(None).await,
                without,
                "{policy}, {version:?}: without a certificate"
            );
            assert_eq!(
                is_admitted(Some(&theirs)).await,
                other,
                "{policy}, {version:?}: of another authority"
            );
        }
    }
}

#[tokio::test]
async fn clients_need_an_allowed_name() {
    let fixture = Fixture::new();
    let rules = fixture.rules(
        "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  \
         client_allowed_sans: [scraper.example, 10.0.0.7, \"::1\", \"spiffe://example/scraper\"]\n",
    );
    let rules = rules.unwrap();
    for (names, expected) in [
        (&["scraper.example"][..], true),
        (&["other.example", "scraper.example"], true),
        (&["10.0.0.7"], true),
        (&["::1"], true),
        (&["spiffe://example/scraper"], true),
        (&["other.example"], false),
        (&["a.scraper.example"], false),
        (&["*.example"], false),
        (&["10.0.0.8"], false),
        (&["spiffe://example/other"], false),
        (&[], false),
    ] {
        let client = fixture.authority.signs(names);
        let outcome = handshake(&fixture, &rules, Some(&client), BOTH).await;
        assert_eq!(outcome.is_some(), expected, "{names:?}");
    }
    let other = Authority::new().signs(&["scraper.example"]);
    assert_eq!(handshake(&fixture, &rules, Some(&other), BOTH).await, None);
}

#[tokio::test]
async fn versions_suites_and_curves_follow_the_file() {
    let fixture = Fixture::new();
    let handshake_with = async |more: &str, versions: Versions| {
        handshake(&fixture, &fixture.rules(more).unwrap(), None, versions).await
    };
    for (more, with_12, with_13) in [
        ("", true, true),
        ("  min_version: TLS12\n", true, true),
        ("  min_version: TLS13\n", false, true),
        ("  max_version: TLS12\n", true, false),
    ] {
        assert_eq!(handshake_with(more, ONLY_12).await.is_some(), with_12, "{more}: TLS 1.2");
        assert_eq!(handshake_with(more, ONLY_13).await.is_some(), with_13, "{more}: TLS 1.3");
    }
    // The certificate has an ECDSA key. As in Go, the list does not concern TLS 1.3.
    let suites = "  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, \
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n  curve_preferences: [CurveP384]\n";
    let outcome = handshake_with(suites, ONLY_12).await.unwrap();
    let expected = Handshake {
        version: ProtocolVersion::TLSv1_2,
        suite: CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        group: NamedGroup::secp384r1,
    };
    assert_eq!(outcome, expected);
    assert_eq!(handshake_with(suites, BOTH).await.unwrap().version, ProtocolVersion::TLSv1_3);
    let rsa = "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n";
    assert_eq!(handshake_with(rsa, ONLY_12).await, None, "no suite for this key");
}

#[test]
fn an_invalid_value_is_an_error_that_names_its_key() {
    let fixture = Fixture::new();
    let other = Authority::new().signs(&["localhost"]).1;
    write(fixture.folder.path().join("other.key"), other).unwrap();
    write(fixture.folder.path().join("broken.key"), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0")
        .unwrap();
    let tls = |more: &str| fixture.rules(more).map(|_| ()).unwrap_err().to_string();
    let file = |text: &str| {
        let path = fixture.folder.path().join("web.yml");
        Rules::parse(&path, text).map(|_| ()).unwrap_err().to_string()
    };
    for (error, key) in [
        (tls("  min_version: TLS10\n"), "tls_server_config.min_version: `TLS10`"),
        (tls("  max_version: TLS11\n"), "tls_server_config.max_version: `TLS11`"),
        (tls("  min_version: TLS13\n  max_version: TLS12\n"), "max_version: it is below"),
        (tls("  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n"), "cipher_suites: `TLS_RSA_WITH"),
        (tls("  curve_preferences: [CurveP521]\n"), "curve_preferences: `CurveP521`"),
        (tls("  client_auth_type: Always\n"), "client_auth_type: `Always`"),
        (tls("  client_ca_file: ca.crt\n"), "client_auth_type: NoClientCert"),
        (tls("  client_auth_type: RequireAndVerifyClientCert\n"), "client_ca_file: it is required"),
        (
            tls("  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n"),
            "client_allowed_sans: ",
        ),
        (
            tls("  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [a@b]\n"),
            "client_allowed_sans: `a@b`",
        ),
        (tls("  cert: x\n"), "tls_server_config.cert: it and cert_file"),
        (tls("  ciphers: [x]\n"), "tls_server_config: unknown key `ciphers`"),
        (file("tls_server_config: {cert_file: server.crt}"), "key_file: it is required"),
        (file("tls_server_config: {key_file: server.key}"), "cert_file: it is required"),
        (file("tls_server_config: {min_version: TLS12}"), "cert_file: it is required"),
        (file("tls_server_config: {cert_file: \"\", key_file: \"\"}"), "cert_file: it is required"),
        (
            file("tls_server_config: {cert_file: no.crt, key_file: server.key}"),
            "cert_file: no.crt: No such file",
        ),
        (
            file("tls_server_config: {cert_file: server.key, key_file: server.key}"),
            "cert: no certificate",
        ),
        (
            file("tls_server_config: {cert_file: server.crt, key_file: server.crt}"),
            "key: no private key",
        ),
        (
            file("tls_server_config: {cert_file: server.crt, key_file: other.key}"),
            "cert: it cannot be used with this key",
        ),
        (
            file("tls_server_config: {cert_file: server.crt, key_file: broken.key}"),
            "key: no private key",
        ),
        (file("basic_auth_users: {ada: sesame}"), "basic_auth_users.ada: "),
        (
            file("http_server_config: {headers: {Server: x}}"),
            "http_server_config.headers.Server: it cannot",
        ),
        (
            file("http_server_config: {headers: {X-Frame-Options: maybe}}"),
            "X-Frame-Options: `maybe`",
        ),
        (file("http_server_config: {http3: true}"), "http_server_config: unknown key `http3`"),
        (file("rate_limit: {interval: soon, burst: 1}"), "rate_limit.interval: `soon`"),
        (file("health_without_auth: maybe"), "health_without_auth"),
        (file("rate_limits: {}"), "unknown key `rate_limits`"),
        (file("- a list"), "expected a section, such as `{key: value}`"),
    ] {
        assert!(error.contains(key), "`{key}` is not in: {error}");
        assert!(error.contains("web.yml: ") && !error.contains('\n'), "{error}");
        assert!(!error.contains("sesame") && !error.contains("c2VjcmV0"), "{error}");
    }
}

#[test]
fn a_file_with_every_key_is_accepted() {
    let fixture = Fixture::new();
    let read = |name: &str| std::fs::read_to_string(fixture.folder.path().join(name)).unwrap();
    let inline = |name: &str| read(name).replace('\n', "\n    ");
    let hash = bcrypt::hash("sesame", 4).unwrap();
    let text = format!(
        "tls_server_config:\n  cert: |\n    {}\n  key: |\n    {}\n  client_ca: |\n    {}\n  \
         client_auth_type: RequireAndVerifyClientCert\n  min_version: TLS12\n  max_version: TLS13\n  \
         cipher_suites: []\n  prefer_server_cipher_suites: true\n  curve_preferences: [X25519, CurveP256]\n\
         http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n    \
         X-XSS-Protection: \"\"\n    Strict-Transport-Security: max-age=31536000\n\
         basic_auth_users:\n  alice: {hash}\n  bob: {hash}\nrate_limit:\n  interval: 1s\n  burst: 20\n\
         health_without_auth: true\n",
        inline("server.crt"),
        inline("server.key"),
        inline("ca.crt"),
    );
    let rules = Rules::parse(&fixture.folder.path().join("web.yml"), &text).unwrap();
    assert!(rules.tls.is_some() && !rules.users.is_empty() && rules.rate_limit.is_some());
    assert!(rules.health_without_auth);
    let headers: Vec<_> = rules.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(headers, ["strict-transport-security", "x-frame-options"]);
    for empty in ["", "# nothing\n", "tls_server_config:\nbasic_auth_users: {}\n", "{}"] {
        let rules = Rules::parse(Path::new("web.yml"), empty).unwrap();
        assert!(rules.tls.is_none() && rules.users.is_empty(), "{empty}");
        assert!(!rules.health_without_auth, "{empty}");
    }
}
