//! A session's message bus of its own: for a screen reader, and for input methods.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

use crate::screen::Screen;

/// A bus. Ends with its last user.
pub struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    /// Starts one for the programs on a display.
    ///
    /// # Errors
    /// When dbus-daemon is missing or does not come up.
    pub fn start(screen: &Screen) -> Result<Bus> {
        let mut daemon = daemon(screen)
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("dbus-daemon is missing: install the package dbus-daemon")?;
        let mut address = String::new();
        let told = daemon.stdout.take().context("its output is piped")?;
        BufReader::new(told).read_line(&mut address)?;
        Ok(Bus { daemon, address: address.trim_end().to_owned() })
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The variable by which a program finds it.
    pub fn env(&self) -> (&str, &str) {
        ("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _already_gone = self.daemon.kill();
        let _reaped = self.daemon.wait();
    }
}

/// The program. As root it may not write to the kernel's audit either: it would open a netlink socket for that, the only socket of the
/// whole suite that is not AF_UNIX.
fn daemon(screen: &Screen) -> Command {
    if !rustix::process::geteuid().is_root() {
        return screen.command("dbus-daemon");
    }
    let mut daemon = screen.command("setpriv");
    daemon.args(["--bounding-set", "-audit_write", "dbus-daemon"]);
    daemon
}
