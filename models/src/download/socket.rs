//! The one place that opens a socket: TCP with a bounded receive buffer where that costs nothing.
//!
//! What waits in the kernel's buffer when the process is killed is fetched again. A far server needs a large buffer for
//! its speed, and there it is nearly always empty; a near one (loopback, the same network) fills megabytes of it for
//! nothing, so there it is kept small.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout,
    RustlsConnector, SocksConnector, Transport,
};
use ureq::{Error, Timeout};

/// To find a host and connect to it.
pub(super) const CONNECT: Duration = Duration::from_secs(20);
/// A server that answers sooner than this is near.
const NEAR: Duration = Duration::from_millis(2);
/// Asked of the kernel, which doubles it for its own accounts.
const NEAR_BUFFER: usize = 160 << 10;

/// ureq's own chain with [`Tcp`] in the place of its TCP.
pub(super) fn connector(stall: Duration) -> impl Connector {
    let proxies = ().chain(SocksConnector::default()).chain(ConnectProxyConnector::default());
    proxies.chain(Tcp { stall }).chain(RustlsConnector::default())
}

#[derive(Debug)]
struct Tcp {
    stall: Duration,
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = Either<In, Socket>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(through_proxy) = chained {
            return Ok(Some(Either::A(through_proxy)));
        }
        let stream = connect_to_any(&details.addrs)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.stall))?;
        stream.set_write_timeout(Some(self.stall))?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(Socket { stream, buffers })))
    }
}

fn connect_to_any(addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let each = CONNECT / addresses.len().max(1) as u32;
    for address in addresses {
        let started = Instant::now();
        match TcpStream::connect_timeout(address, each) {
            Ok(stream) => {
                if started.elapsed() < NEAR {
                    // Without it a kill costs more bytes, nothing else.
                    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&stream, NEAR_BUFFER);
                }
                return Ok(stream);
            }
            Err(cause) => last = cause,
        }
    }
    if last.kind() == io::ErrorKind::TimedOut {
        Err(Error::Timeout(Timeout::Connect))
    } else {
        Err(last.into())
    }
}

#[derive(Debug)]
struct Socket {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output).map_err(silence_is_a_timeout)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let input = self.buffers.input_append_buf();
        let amount = loop {
            match self.stream.read(input) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(silence_is_a_timeout)?,
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // Connections are never kept for a second request.
        false
    }
}

fn silence_is_a_timeout(cause: io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(Timeout::PerRead),
        _ => cause.into(),
    }
}
