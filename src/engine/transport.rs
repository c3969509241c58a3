//! HTTPS. Sends one request and tells whether an unanswered one can have been received.

use crate::config::{ConfigError, Network};
use crate::provider::http::{Method, RESPONSE_BODY_LEN_MAX};
use crate::provider::{Cause, HttpRequest, HttpResponse, NoResponse, Sent};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections are kept warm between sales, and closed when the shop is quiet.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

const HEADERS_MAX: usize = 64;

#[derive(Clone)]
pub struct Transport {
    client: reqwest::Client,
}

impl Transport {
    pub fn new(network: &Network) -> Result<Self, ConfigError> {
        let unusable = |problem: String| ConfigError::Setting {
            path: "network".into(),
            problem,
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(network)?)
            .http1_only()
            .http1_max_headers(HEADERS_MAX)
            // An answer never chooses where the next request goes, nor does the environment.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .https_only(!network.allow_plain_http_loopback)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(4)
            .user_agent(concat!("libpayments/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { client })
    }

    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoResponse> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, &request.url)
            .timeout(Duration::from_millis(request.timeout_ms));
        for (name, value) in &request.headers {
            let mut header =
                reqwest::header::HeaderValue::from_str(value.reveal()).map_err(|_| NoResponse {
                    sent: Sent::No,
                    cause: Cause::Unusable,
                })?;
            header.set_sensitive(true);
            builder = builder.header(name.as_ref(), header);
        }
        if request.method != Method::Get {
            builder = builder.body(request.body);
        }
        let mut response = builder.send().await.map_err(|error| classify(&error))?;
        let mut answer = HttpResponse {
            status: response.status().as_u16(),
            headers: kept_headers(response.headers()),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if answer.body.len().saturating_add(chunk.len()) > RESPONSE_BODY_LEN_MAX {
                return Err(NoResponse {
                    sent: Sent::Maybe,
                    cause: Cause::TooLarge,
                });
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

/// Only what providers are read for.
fn kept_headers(headers: &reqwest::header::HeaderMap) -> Vec<(String, String)> {
    ["retry-after", "content-type", "date"]
        .into_iter()
        .filter_map(|name| {
            Some((
                name.to_owned(),
                headers.get(name)?.to_str().ok()?.to_owned(),
            ))
        })
        .collect()
}

/// Until a connection stands, handshake included, no byte of the request has left.
fn classify(error: &reqwest::Error) -> NoResponse {
    if error.is_builder() {
        return NoResponse {
            sent: Sent::No,
            cause: Cause::Unusable,
        };
    }
    if error.is_connect() {
        let cause = if is_tls(error) {
            Cause::Tls
        } else {
            Cause::Unreachable
        };
        return NoResponse {
            sent: Sent::No,
            cause,
        };
    }
    let cause = if error.is_timeout() {
        Cause::Timeout
    } else {
        Cause::Broken
    };
    NoResponse {
        sent: Sent::Maybe,
        cause,
    }
}

fn is_tls(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        let io = inner
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || io.is_some_and(|io| io.is::<rustls::Error>()) {
            return true;
        }
        source = inner.source();
    }
    false
}

/// TLS 1.2 or newer; the configured authorities alone, or else the operating system's.
fn tls(network: &Network) -> Result<ClientConfig, ConfigError> {
    let unusable = |problem: String| ConfigError::Setting {
        path: "network.ca_file".into(),
        problem,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    let Some(path) = &network.ca_file else {
        let verifier = rustls_platform_verifier::Verifier::new(provider)
            .map_err(|error| unusable(error.to_string()))?;
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth());
    };
    let unreadable = || unusable(format!("'{path}' holds no readable PEM certificate"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unreadable())? {
        let certificate = certificate.map_err(|_| unreadable())?;
        roots.add(certificate).map_err(|_| unreadable())?;
    }
    if roots.is_empty() {
        return Err(unreadable());
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
