//! A hub and its content network on two loopback ports: the hub redirects to a signed address that is good for one
//! request, the network knows ranges, and each request can be made to go wrong in its own way.

use std::collections::{HashSet, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What goes wrong with one request at the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// A status without the file, perhaps with `Retry-After`.
    Status(u16, Option<u64>),
    /// The connection is closed after this many bytes.
    CutAfter(usize),
    /// Silence after this many bytes.
    StallAfter(usize),
    /// The whole file with 200, whatever range was asked for.
    IgnoreRange,
    /// No `Content-Length`, and this many bytes more than the file has.
    LongerBy(usize),
    /// A range that was not asked for.
    OtherRange,
    /// Back to the hub.
    Loop,
    /// To this address.
    RedirectTo(String),
}

/// What one request at the network was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    pub from: u64,
    pub sent: u64,
}

#[derive(Debug, Default)]
struct State {
    file: Mutex<Arc<Vec<u8>>>,
    /// For the next requests, then `always`.
    faults: Mutex<VecDeque<Fault>>,
    always: Mutex<Option<Fault>>,
    signatures: Mutex<HashSet<u64>>,
    next_signature: AtomicU64,
    served: Mutex<Vec<Served>>,
    hub_requests: AtomicU64,
    /// Waited after each 64 KiB.
    pace: Mutex<Duration>,
    closed: AtomicBool,
    /// What both ends prove themselves with, when they speak TLS.
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl State {
    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

/// A connection, encrypted or not.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Both ends; stops when dropped.
pub struct Server {
    pub hub: SocketAddr,
    pub network: SocketAddr,
    state: Arc<State>,
}

impl Server {
    pub fn start(file: Vec<u8>) -> Self {
        Self::with(State { file: Mutex::new(Arc::new(file)), ..State::default() })
    }

    /// Speaks https on both ports, with the certificate of [`authority`].
    pub fn start_tls(file: Vec<u8>, authority: &Authority) -> Self {
        let tls = Some(Arc::clone(&authority.config));
        Self::with(State { file: Mutex::new(Arc::new(file)), tls, ..State::default() })
    }

    fn with(state: State) -> Self {
        let state = Arc::new(state);
        let network_listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub_listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (hub, network) = (hub_listener.local_addr().unwrap(), network_listener.local_addr().unwrap());
        accept(hub_listener, Arc::clone(&state), move |stream, state| serve_hub(stream, state, network));
        accept(network_listener, Arc::clone(&state), move |stream, state| serve_network(stream, state, hub));
        Self { hub, network, state }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.state.scheme(), self.hub)
    }

    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) -> &Self {
        self.state.faults.lock().unwrap().extend(faults);
        self
    }

    pub fn always(&self, fault: Fault) -> &Self {
        *self.state.always.lock().unwrap() = Some(fault);
        self
    }

    pub fn pace(&self, pace: Duration) -> &Self {
        *self.state.pace.lock().unwrap() = pace;
        self
    }

    pub fn replace_file(&self, file: Vec<u8>) {
        *self.state.file.lock().unwrap() = Arc::new(file);
    }

    pub fn served(&self) -> Vec<Served> {
        self.state.served.lock().unwrap().clone()
    }

    pub fn hub_requests(&self) -> u64 {
        self.state.hub_requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.hub));
        drop(TcpStream::connect(self.network));
    }
}

fn accept(
    listener: TcpListener,
    state: Arc<State>,
    serve: impl Fn(&mut dyn Stream, &State) + Send + Sync + Clone + 'static,
) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if state.closed.load(Ordering::SeqCst) {
                return;
            }
            let (state, serve) = (Arc::clone(&state), serve.clone());
            // What waits in this end's buffer would count as sent.
            rustix::net::sockopt::set_socket_send_buffer_size(&stream, 64 << 10).unwrap();
            std::thread::spawn(move || match &state.tls {
                Some(config) => {
                    let session = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
                    let mut stream = rustls::StreamOwned::new(session, stream);
                    serve(&mut stream, &state);
                    stream.conn.send_close_notify();
                    drop(stream.flush());
                }
                None => serve(&mut { stream }, &state),
            });
        }
    });
}

/// Path and the first byte of the range.
fn read_request(stream: &mut dyn Stream) -> Option<(String, Option<u64>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 || head.len() > 16_384 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?.to_lowercase();
    assert!(
        !head.contains("authorization:") && !head.contains("cookie:"),
        "nothing of the user's is sent: {head}"
    );
    let path = head.split(' ').nth(1)?.to_owned();
    let range = head.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse().ok());
    Some((path, range))
}

fn serve_hub(stream: &mut dyn Stream, state: &State, network: SocketAddr) {
    let Some((path, _)) = read_request(stream) else { return };
    state.hub_requests.fetch_add(1, Ordering::SeqCst);
    assert!(path.contains("/resolve/") && !path.contains("/resolve/main/"), "{path}");
    let signature = state.next_signature.fetch_add(1, Ordering::SeqCst);
    state.signatures.lock().unwrap().insert(signature);
    let location = format!("{}://{network}/blob?signature={signature}", state.scheme());
    answer(stream, 302, &format!("Location: {location}\r\nETag: \"nonsense\"\r\nContent-Length: 0\r\n"));
}

fn serve_network(stream: &mut dyn Stream, state: &State, hub: SocketAddr) {
    let Some((path, range)) = read_request(stream) else { return };
    let signature = path.split("signature=").nth(1).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
    if !state.signatures.lock().unwrap().remove(&signature) {
        return answer(stream, 403, "Content-Length: 0\r\n");
    }
    let always = || state.always.lock().unwrap().clone().unwrap_or(Fault::None);
    let fault = state.faults.lock().unwrap().pop_front().unwrap_or_else(always);
    let file = Arc::clone(&state.file.lock().unwrap());
    let from = range.unwrap_or(0) as usize;
    let total = file.len();
    match fault {
        Fault::Status(status, retry) => {
            let retry = retry.map_or(String::new(), |seconds| format!("Retry-After: {seconds}\r\n"));
            return answer(stream, status, &format!("{retry}Content-Length: 0\r\n"));
        }
        Fault::Loop => {
            let location =
                format!("Location: {}://{hub}/a/b/resolve/x/y\r\nContent-Length: 0\r\n", state.scheme());
            return answer(stream, 302, &location);
        }
        Fault::RedirectTo(location) => {
            return answer(stream, 302, &format!("Location: {location}\r\nContent-Length: 0\r\n"));
        }
        Fault::IgnoreRange => {
            answer(stream, 200, &format!("Content-Length: {total}\r\n"));
            return send(stream, state, 0, &file, usize::MAX);
        }
        Fault::LongerBy(more) => {
            answer(stream, 200, "");
            let longer = [&file[..], &vec![7; more]].concat();
            return send(stream, state, 0, &longer, usize::MAX);
        }
        _ if from >= total && range.is_some() => {
            return answer(stream, 416, &format!("Content-Range: bytes */{total}\r\nContent-Length: 0\r\n"));
        }
        _ => {}
    }
    let shown = if fault == Fault::OtherRange { from + 1 } else { from };
    let length = total - from;
    match range {
        Some(_) => {
            let range = format!("Content-Range: bytes {shown}-{}/{total}\r\n", total - 1);
            answer(stream, 206, &format!("{range}Content-Length: {length}\r\n"));
        }
        None => answer(stream, 200, &format!("Content-Length: {length}\r\n")),
    }
    let most = match fault {
        Fault::CutAfter(most) | Fault::StallAfter(most) => most,
        _ => usize::MAX,
    };
    send(stream, state, from, &file[from..], most);
    if matches!(fault, Fault::StallAfter(_)) {
        std::thread::sleep(Duration::from_secs(20));
    }
}

fn send(stream: &mut dyn Stream, state: &State, from: usize, bytes: &[u8], most: usize) {
    let index = {
        let mut served = state.served.lock().unwrap();
        served.push(Served { from: from as u64, sent: 0 });
        served.len() - 1
    };
    let pace = *state.pace.lock().unwrap();
    for chunk in bytes[..bytes.len().min(most)].chunks(64 << 10) {
        if stream.write_all(chunk).is_err() {
            return;
        }
        state.served.lock().unwrap()[index].sent += chunk.len() as u64;
        std::thread::sleep(pace);
    }
}

fn answer(stream: &mut dyn Stream, status: u16, headers: &str) {
    drop(
        stream.write_all(format!("HTTP/1.1 {status} Test\r\nConnection: close\r\n{headers}\r\n").as_bytes()),
    );
}

/// Someone who vouches for a server on 127.0.0.1, and whom nobody trusts who is not told to.
pub struct Authority {
    /// Its certificate, for those who trust it.
    pub pem: String,
    config: Arc<rustls::ServerConfig>,
}

impl Authority {
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        Self { pem: made.cert.pem(), config: Arc::new(config) }
    }
}
