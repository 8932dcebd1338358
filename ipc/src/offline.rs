//! Tries to get sockets that lead off this machine, where none may be had: the editor and the worker prove with the same attempts that
//! the kernel denies them. What is got is closed at once.

use rustix::net::{AddressFamily as Family, SocketFlags, SocketType as Type};

/// Families of sockets to other machines, to the kernel's network and to the machine that this one runs in.
#[cfg(target_os = "linux")]
pub const TRIED: [&str; 5] = ["INET", "INET6", "NETLINK", "PACKET", "VSOCK"];
/// The same where there is less.
#[cfg(not(target_os = "linux"))]
pub const TRIED: [&str; 2] = ["INET", "INET6"];

/// A family of [`TRIED`], and how it was denied; `None`: it was not.
pub type Tried = (&'static str, Option<String>);

/// Tries each of [`TRIED`] here.
pub fn attempts() -> Vec<Tried> {
    let each = |what: &'static str| {
        let (family, kind) = match what {
            "INET" => (Family::INET, Type::STREAM),
            #[cfg(target_os = "linux")]
            "NETLINK" => (Family::NETLINK, Type::RAW),
            #[cfg(target_os = "linux")]
            "PACKET" => (Family::PACKET, Type::DGRAM),
            #[cfg(target_os = "linux")]
            "VSOCK" => (Family::VSOCK, Type::STREAM),
            _ => (Family::INET6, Type::DGRAM),
        };
        let made = rustix::net::socket_with(family, kind, SocketFlags::empty(), None);
        (what, made.err().map(|error| std::io::Error::from(error).to_string()))
    };
    TRIED.into_iter().map(each).collect()
}

/// An attempt as one process tells it to another.
pub fn line((what, denied): &Tried) -> String {
    denied.as_ref().map_or_else(|| format!("{what}: OPEN"), |why| format!("{what}: denied: {why}"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn attempts_succeed_where_nothing_denies_them() {
        let tried = attempts();
        assert_eq!(tried.len(), TRIED.len());
        // What every machine has; packets need rights, and machines need not have the rest.
        assert!(tried.contains(&("INET", None)) && tried.contains(&("NETLINK", None)), "{tried:?}");
        assert_eq!(line(&tried[0]), "INET: OPEN");
        assert_eq!(line(&("INET", Some("no".into()))), "INET: denied: no");
    }
}
