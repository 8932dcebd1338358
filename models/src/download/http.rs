//! One request at a time over ureq; the socket below it is `socket.rs`.
//!
//! Each request runs on a thread of its own and sends what it gets over a short channel, so that a wish to stop is
//! heard while the network is silent; a dropped receiver ends the thread. Redirects are followed by hand: at most
//! five, to https only. No cookie, token or other header of the user's is ever sent.

use super::error::{DownloadError, DownloadErrorKind, fail};
use super::{HUB, NetworkSettings, ledger, socket};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use ureq::http::{HeaderMap, Response};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::{Agent, Body, Proxy};

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes of a message. With [`QUEUED`] it bounds what a kill can lose.
const CHUNK: usize = 128 << 10;
/// Messages that wait for the disk.
const QUEUED: usize = 2;

#[derive(Debug, Clone)]
pub(super) struct HttpClient {
    agent: Agent,
    proxy: Option<String>,
    ledger: Option<PathBuf>,
    loopback_http: bool,
}

/// What to ask for.
#[derive(Debug)]
pub(super) struct HttpRequest {
    pub(super) url: String,
    /// First byte that is wanted.
    pub(super) from: u64,
    /// What for, for the ledger.
    pub(super) why: String,
}

/// What comes back, in this order: one head, data, end; or a failure at any point.
#[derive(Debug)]
pub(super) enum TransferMessage {
    Head(Head),
    Data(Vec<u8>),
    End,
    Failed(DownloadError),
}

/// The answer that is not a redirect.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// `Content-Length`.
    pub(super) length: Option<u64>,
    /// `Content-Range`: first, last, total.
    pub(super) range: Option<(u64, u64, Option<u64>)>,
    pub(super) retry_after: Option<Duration>,
}

impl HttpClient {
    pub(super) fn new(settings: &NetworkSettings) -> Result<Self, DownloadError> {
        let proxy = settings.proxy.as_deref().map(Proxy::new).transpose().map_err(|cause| {
            let text =
                format!("the proxy is not the address of one ({cause}); correct or clear it in the settings");
            fail(DownloadErrorKind::Settings, text)
        })?;
        let base = settings.mirror.as_deref().unwrap_or(HUB);
        if !is_allowed(base, settings.loopback_http) {
            let text = format!(
                "the mirror «{base}» does not start with https://; correct or clear it in the settings"
            );
            return Err(fail(DownloadErrorKind::Settings, text));
        }
        if settings.rate_limit == Some(0) {
            let text =
                "the rate limit is not a number of bytes per second; correct or clear it in the settings";
            return Err(fail(DownloadErrorKind::Settings, text));
        }
        let roots = settings.authorities.as_deref().map_or(Ok(RootCerts::WebPki), authorities)?;
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .https_only(!settings.loopback_http)
            .max_redirects(0)
            .proxy(proxy)
            .user_agent(concat!("LocalCoder/", env!("CARGO_PKG_VERSION")))
            .accept("*/*")
            .accept_encoding("identity")
            .max_idle_connections(0)
            .timeout_resolve(Some(socket::CONNECT))
            .timeout_connect(Some(2 * socket::CONNECT))
            .timeout_per_read(Some(settings.stall))
            .build();
        let agent = Agent::with_parts(config, socket::connector(settings.stall), DefaultResolver::default());
        let (proxy, ledger) = (settings.proxy.clone(), settings.ledger.clone());
        Ok(Self { agent, proxy, ledger, loopback_http: settings.loopback_http })
    }

    /// Begins a request.
    pub(super) fn start(&self, request: HttpRequest) -> Result<Receiver<TransferMessage>, DownloadError> {
        let (sender, receiver) = sync_channel(QUEUED);
        let client = self.clone();
        let thread = std::thread::Builder::new().name("download".to_owned());
        let started = thread.spawn(move || {
            if let Err(error) = client.run(&request, &sender) {
                drop(sender.send(TransferMessage::Failed(error)));
            }
        });
        started.map_err(|cause| {
            fail(DownloadErrorKind::Store, format!("no thread could be started: {cause}"))
        })?;
        Ok(receiver)
    }

    fn run(&self, request: &HttpRequest, to: &SyncSender<TransferMessage>) -> Result<(), DownloadError> {
        let (response, mut noted) = self.follow(request)?;
        let head = head(&response);
        let carries_data = matches!(head.status, 200 | 206);
        // Nobody listens any more: the request was given up.
        if to.send(TransferMessage::Head(head)).is_err() || !carries_data {
            return Ok(());
        }
        let mut body = response.into_body().into_reader();
        loop {
            let mut bytes = vec![0; CHUNK];
            let n = read_some(&mut body, &mut bytes)?;
            bytes.truncate(n);
            noted.add(n);
            let message = if n == 0 { TransferMessage::End } else { TransferMessage::Data(bytes) };
            if to.send(message).is_err() || n == 0 {
                return Ok(());
            }
        }
    }

    fn follow(&self, request: &HttpRequest) -> Result<(Response<Body>, ledger::Open<'_>), DownloadError> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            if !is_allowed(&url, self.loopback_http) {
                let text = format!(
                    "the server redirects to an address that is not https ({}); refused",
                    short(&url)
                );
                return Err(fail(DownloadErrorKind::Insecure, text));
            }
            let noted = ledger::begin(self.ledger.as_deref(), &url, self.proxy.as_deref(), &request.why)?;
            let response = self.get(&url, request.from)?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok((response, noted));
            }
            let location = text(response.headers(), "location").unwrap_or_default();
            url = join(&url, location).ok_or_else(|| {
                fail(DownloadErrorKind::Protocol, "the server redirects to nowhere; try again later")
            })?;
        }
        Err(fail(
            DownloadErrorKind::RedirectLoop,
            format!("the server redirects more than {REDIRECTS} times; try a mirror"),
        ))
    }

    fn get(&self, url: &str, from: u64) -> Result<Response<Body>, DownloadError> {
        let request = self.agent.get(url);
        let request = if from > 0 { request.header("range", format!("bytes={from}-")) } else { request };
        request.call().map_err(|error| of_request(&error, url))
    }
}

/// As much as fits, as long as it comes without waiting too long: fewer, larger writes to the disk.
fn read_some(body: &mut impl Read, bytes: &mut [u8]) -> Result<usize, DownloadError> {
    loop {
        match body.read(bytes) {
            Ok(n) => return Ok(n),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(of_body(&cause)),
        }
    }
}

/// The certificates of a PEM file.
fn authorities(path: &Path) -> Result<RootCerts, DownloadError> {
    let refuse = |why: String| {
        let text = format!(
            "{} has no certificates to trust ({why}); correct or clear it in the settings",
            path.display()
        );
        fail(DownloadErrorKind::Settings, text)
    };
    let pem = std::fs::read(path).map_err(|cause| refuse(cause.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|cause| refuse(cause.to_string()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        Err(refuse("none is in it".to_owned()))
    } else {
        Ok(RootCerts::new_with_certs(&found))
    }
}

fn head(response: &Response<Body>) -> Head {
    let headers = response.headers();
    Head {
        status: response.status().as_u16(),
        length: text(headers, "content-length").and_then(|text| text.trim().parse().ok()),
        range: text(headers, "content-range").and_then(content_range),
        retry_after: text(headers, "retry-after")
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// `bytes 5-9/100` or `bytes 5-9/*`.
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((first.parse().ok()?, last.parse().ok()?, total))
}

/// https anywhere; with the tests' switch also http to this machine.
fn is_allowed(url: &str, loopback_http: bool) -> bool {
    let https = url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    https || (loopback_http && url.starts_with("http://127.0.0.1:"))
}

/// Where `location` leads from `base`.
fn join(base: &str, location: &str) -> Option<String> {
    let location = location.trim();
    let (scheme, rest) = base.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    match location {
        "" => None,
        absolute if absolute.contains("://") => Some(absolute.to_owned()),
        other_host if other_host.starts_with("//") => Some(format!("{scheme}:{other_host}")),
        path if path.starts_with('/') => Some(format!("{scheme}://{host}{path}")),
        beside => {
            let folder = rest.split(['?', '#']).next()?.rsplit_once('/').map_or(host, |(folder, _)| folder);
            Some(format!("{scheme}://{folder}/{beside}"))
        }
    }
}

/// Without the signature: addresses end up in messages and logs.
fn short(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

fn of_request(error: &ureq::Error, url: &str) -> DownloadError {
    use ureq::Error::{
        ConnectProxyFailed, ConnectionFailed, HostNotFound, InvalidProxyUrl, Io, RequireHttpsOnly, Rustls,
        Timeout, Tls,
    };
    let host = short(url).split('/').nth(2).unwrap_or_default();
    let (kind, text) = match error {
        Timeout(_) => (DownloadErrorKind::Stalled, format!("{host} does not answer; try again later")),
        HostNotFound => (DownloadErrorKind::Offline, format!("{host} is not found; is this machine online?")),
        ConnectionFailed => {
            (DownloadErrorKind::Offline, format!("no connection to {host}; is this machine online?"))
        }
        Io(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => {
            (DownloadErrorKind::Offline, format!("{host} refuses connections; is this machine online?"))
        }
        // So rustls tells of a certificate that is not vouched for: waiting would not help.
        Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
            (DownloadErrorKind::Tls, not_trusted(host, cause))
        }
        Io(cause) => (DownloadErrorKind::Interrupted, format!("the connection to {host} broke: {cause}")),
        Tls(_) | Rustls(_) => (DownloadErrorKind::Tls, not_trusted(host, error)),
        InvalidProxyUrl | ConnectProxyFailed(_) => {
            (DownloadErrorKind::Proxy, format!("the proxy does not connect to {host}: {error}"))
        }
        RequireHttpsOnly(_) => (DownloadErrorKind::Insecure, format!("{host} is not https; refused")),
        other => (DownloadErrorKind::Protocol, format!("{host} gave an answer that makes no sense: {other}")),
    };
    fail(kind, text)
}

fn not_trusted(host: &str, why: &dyn std::fmt::Display) -> String {
    format!(
        "the identity of {host} could not be checked: {why}; is the clock right? Behind a company's own certificates, name \
         their file in the settings"
    )
}

fn of_body(cause: &io::Error) -> DownloadError {
    let inner = cause.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    let timed_out = cause.kind() == io::ErrorKind::TimedOut
        || matches!(inner, Some(ureq::Error::Timeout(_) | ureq::Error::BodyStalled));
    if timed_out {
        return fail(
            DownloadErrorKind::Stalled,
            "nothing arrived for too long; what arrived is kept, try again to go on",
        );
    }
    fail(
        DownloadErrorKind::Interrupted,
        format!("the connection broke: {cause}; what arrived is kept, try again to go on"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_lead_where_a_browser_goes() {
        let base = "https://h/a/b?q=1";
        for (location, target) in [
            ("https://c/x?s=1", "https://c/x?s=1"),
            ("http://c/x", "http://c/x"),
            ("//c/x", "https://c/x"),
            ("/x", "https://h/x"),
            ("x", "https://h/a/x"),
        ] {
            assert_eq!(join(base, location).unwrap(), target);
        }
        assert_eq!(join("https://h", "x").unwrap(), "https://h/x");
        assert_eq!(join(base, ""), None);
    }

    #[test]
    fn only_https_is_allowed() {
        for url in ["https://h", "https://h/x"] {
            assert!(is_allowed(url, false), "{url}");
        }
        for url in
            ["http://h/", "ftp://h", "https://", "https:///x", "h", "", "http://127.0.0.1:80/", "file:///etc"]
        {
            assert!(!is_allowed(url, false), "{url}");
        }
        assert!(is_allowed("http://127.0.0.1:80/", true));
        assert!(!is_allowed("http://127.0.0.1.evil:80/", true) && !is_allowed("http://h/", true));
    }

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!(content_range("bytes 5-9/100"), Some((5, 9, Some(100))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, 9, None)));
        for text in ["", "bytes", "bytes */100", "bytes 5-/9", "items 5-9/100", "bytes -1-9/100"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }

    #[test]
    fn settings_that_cannot_be_meant_are_refused() {
        let kind = |settings: NetworkSettings| HttpClient::new(&settings).err().map(|error| error.kind);
        assert_eq!(kind(NetworkSettings::default()), None);
        let mirror =
            |text: &str| NetworkSettings { mirror: Some(text.to_owned()), ..NetworkSettings::default() };
        assert_eq!(kind(mirror("https://mirror.example")), None);
        assert_eq!(kind(mirror("http://mirror.example")), Some(DownloadErrorKind::Settings));
        assert_eq!(kind(mirror("mirror")), Some(DownloadErrorKind::Settings));
        let proxy =
            |text: &str| NetworkSettings { proxy: Some(text.to_owned()), ..NetworkSettings::default() };
        assert_eq!(kind(proxy("socks5://127.0.0.1:9")), None);
        assert_eq!(kind(proxy("nonsense://")), Some(DownloadErrorKind::Settings));
    }
}
