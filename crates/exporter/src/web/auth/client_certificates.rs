//! Verification of client certificates, by the names of Go's policies.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};
use webpki::EndEntityCert;

use super::error::ValueError;
use super::file::TlsSection;

type Verifier = Arc<dyn ClientCertVerifier>;

/// The policy by which every client must have a certificate of a known authority.
const VERIFIED: &str = "RequireAndVerifyClientCert";

/// True if the section asks every client for a certificate of a known authority.
pub(super) fn are_verified(section: &TlsSection) -> bool {
    section.client_auth_type.as_deref() == Some(VERIFIED)
}

/// The verifier that the section asks for.
pub(super) fn verifier(
    section: &TlsSection,
    authority: Option<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifier, ValueError> {
    let name = section.client_auth_type.as_deref().filter(|name| !name.is_empty());
    let name = name.unwrap_or("NoClientCert");
    let trusted = |authority: Option<RootCertStore>| {
        let needed = || ValueError::in_tls("client_ca_file", format!("it is required for {name}"));
        let roots = Arc::new(authority.ok_or_else(needed)?);
        Ok(WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider)))
    };
    let built = |builder: rustls::server::ClientCertVerifierBuilder| {
        builder.build().map_err(|error| ValueError::in_tls("client_ca", error))
    };
    let algorithms = provider.signature_verification_algorithms;
    let verifier = match name {
        "NoClientCert" if authority.is_some() => {
            let reason = "NoClientCert asks for no certificate, but a client_ca is given";
            return Err(ValueError::in_tls("client_auth_type", reason));
        }
        "NoClientCert" => WebPkiClientVerifier::no_client_auth(),
        "RequestClientCert" => {
            Arc::new(AnyCertificate { mandatory: false, algorithms }) as Verifier
        }
        "RequireAnyClientCert" | "RequireClientCert" => {
            Arc::new(AnyCertificate { mandatory: true, algorithms })
        }
        "VerifyClientCertIfGiven" => built(trusted(authority)?.allow_unauthenticated())?,
        VERIFIED => built(trusted(authority)?)?,
        _ => {
            let allowed = "NoClientCert, RequestClientCert, RequireAnyClientCert, \
                VerifyClientCertIfGiven, RequireAndVerifyClientCert";
            return Err(ValueError::in_tls(
                "client_auth_type",
                format!("`{name}` is not allowed: {allowed}"),
            ));
        }
    };
    let Some(allowed) = &section.client_allowed_sans else { return Ok(verifier) };
    if !verifier.client_auth_mandatory() {
        let reason = format!("{name} admits clients without a certificate");
        return Err(ValueError::in_tls("client_allowed_sans", reason));
    }
    if let Some(mail) = allowed.iter().find(|it| it.contains('@') && !it.contains("://")) {
        let reason = format!(
            "`{mail}`: an e-mail address is not looked for; DNS names, IP addresses and URIs are"
        );
        return Err(ValueError::in_tls("client_allowed_sans", reason));
    }
    Ok(Arc::new(AllowedNames { verifier, allowed: allowed.clone() }))
}

/// Accepts any certificate whose key the client holds.
#[derive(Debug)]
struct AnyCertificate {
    mandatory: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Accepts the certificates of another verifier that have an allowed name, compared letter by letter.
#[derive(Debug)]
struct AllowedNames {
    verifier: Verifier,
    allowed: Vec<String>,
}

impl AllowedNames {
    fn has_allowed_name(&self, certificate: &EndEntityCert<'_>) -> bool {
        let written = |name: &str| self.allowed.iter().any(|allowed| allowed == name);
        let addresses = self.allowed.iter().filter_map(|allowed| allowed.parse::<IpAddr>().ok());
        certificate.valid_dns_names().any(written)
            || certificate.valid_uri_names().any(written)
            || addresses
                .map(|address| ServerName::IpAddress(address.into()))
                .any(|address| certificate.verify_is_valid_for_subject_name(&address).is_ok())
    }
}

impl ClientCertVerifier for AllowedNames {
    fn client_auth_mandatory(&self) -> bool {
        self.verifier.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.verifier.verify_client_cert(end_entity, intermediates, now)?;
        let certificate = EndEntityCert::try_from(end_entity)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        if self.has_allowed_name(&certificate) {
            Ok(verified)
        } else {
            Err(Error::InvalidCertificate(CertificateError::NotValidForName))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
