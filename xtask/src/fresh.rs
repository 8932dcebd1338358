//! `fresh`: the newcomer's machine, made on purpose. A bare Debian 12 with Rust and nothing else, empty caches, a
//! clone of the last commit, and in it the command that a newcomer types.
//!
//! Everything is mounted in a mount namespace of its own, so that nothing is left mounted however this ends, and the
//! folder can be deleted without fear for what was mounted in it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::args::{UsageError, Words};
use crate::{needs, places, shell};

/// Where the clone lies in the bare system.
const CLONE: &str = "/srv/localcoder";

/// Where the Rust toolchain is mounted, to read only.
const RUST: &str = "/opt/rust";

/// Mounts what a system has, gives it the toolchain, and runs the command in it. Words: root, toolchain, command.
const ENTER: &str = r#"
set -eu
root=$1 rust=$2
shift 2
mkdir -p "$root/opt/rust"
mount --bind "$rust" "$root/opt/rust"
mount -o remount,bind,ro "$root/opt/rust"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
exec chroot "$root" /bin/sh -c 'cd /srv/localcoder && exec "$@"' sh "$@"
"#;

/// Settings of this machine's network that clients in the bare system need as well, where they are set.
const NETWORK: &[&str] = &[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
];

/// And every variable that begins so.
const NETWORK_PREFIXES: &[&str] = &["PIP_", "CARGO_HTTP_", "CARGO_NET_", "CARGO_SOURCE_"];

/// Files with such settings, copied where they exist. Passwords are in other files, and stay out.
const SETTINGS: &[&str] = &[
    "/etc/ssl",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/pip.conf",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/apt/apt.conf",
    "/etc/apt/apt.conf.d",
    "/etc/apt/keyrings",
    "/etc/apt/trusted.gpg.d",
];

/// Where packages come from; only taken from a machine of the same release.
const APT_SOURCES: &[&str] = &["/etc/apt/sources.list", "/etc/apt/sources.list.d"];

/// `fresh [--keep] [--test] [-- COMMAND…]`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &["keep", "test"])?;
    if words.has("test") && !words.values.is_empty() {
        return Err(UsageError("either --test or a command of your own".into()).into());
    }
    check_machine()?;
    let place = Place::take()?;
    place.build()?;
    let outcome = commands(&words).iter().try_for_each(|command| place.run(command));
    if words.has("keep") {
        println!("Kept: {} (the next `fresh` removes it)", place.root.display());
    } else {
        place.remove()?;
    }
    outcome?;
    println!("It works on a bare Debian 12.");
    Ok(())
}

fn commands(words: &Words) -> Vec<Vec<OsString>> {
    let words_of = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
    if !words.values.is_empty() {
        return vec![words.values.clone()];
    }
    let mut commands = vec![words_of("cargo xtask run --smoke")];
    if words.has("test") {
        commands.push(words_of("env CI=true cargo xtask test"));
    }
    commands
}

fn check_machine() -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "this makes a Debian root and works on Linux only");
    let id = shell::read(Command::new("id").arg("-u"))?;
    ensure!(
        id.trim() == "0",
        "a system root can only be made by root: sudo -E env PATH=\"$PATH\" cargo xtask fresh"
    );
    if shell::find("debootstrap").is_none() {
        needs::install_packages(&["debootstrap"])?;
    }
    Ok(())
}

/// The folder of the bare system; one at a time.
struct Place {
    root: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the folder, clearing what an interrupted run left.
    fn take() -> Result<Self> {
        let folder = places::cache()?.join("fresh");
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        if lock.try_lock().is_err() {
            bail!("another `fresh` is at work in {}", folder.display());
        }
        let place = Self { root: folder.join("root"), _lock: lock };
        place.remove()?;
        Ok(place)
    }

    /// Never through a mount: that would delete somebody's files behind it.
    fn remove(&self) -> Result<()> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").context("mounts cannot be read")?;
        if let Some(mount) = mount_below(&mounts, &self.root) {
            bail!("{mount} is still mounted; unmount it, then remove {}", self.root.display());
        }
        if self.root.exists() {
            fs::remove_dir_all(&self.root)
                .with_context(|| format!("could not remove {}", self.root.display()))?;
        }
        Ok(())
    }

    fn build(&self) -> Result<()> {
        println!("Making a bare Debian 12 in {} …", self.root.display());
        let log = self.root.with_extension("log");
        let mut make = Command::new("debootstrap");
        make.args(["--variant=minbase", "bookworm"]).arg(&self.root).stdout(File::create(&log)?);
        shell::run(&mut make).with_context(|| format!("see {}", log.display()))?;
        self.copy_settings()?;
        self.clone_repository()
    }

    fn copy_settings(&self) -> Result<()> {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let sources = if release.contains("VERSION_CODENAME=bookworm") { APT_SOURCES } else { &[] };
        if !sources.is_empty() {
            // Ours replace the one that debootstrap wrote.
            fs::write(self.root.join("etc/apt/sources.list"), "")?;
        }
        let named = network_variables().into_iter().map(|(_, value)| PathBuf::from(value));
        let files =
            SETTINGS.iter().chain(sources).map(PathBuf::from).chain(named.filter(|path| path.is_absolute()));
        for file in files.filter(|path| path.is_file() || path.is_dir()) {
            self.copy(&file, &file)?;
        }
        if let Some(config) = cargo_config() {
            self.copy(&config, Path::new("/root").join(".cargo/config.toml").as_path())?;
        }
        Ok(())
    }

    /// Copies a file or folder of this machine to a path in the bare system, with links as links.
    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let to = self.root.join(to.strip_prefix("/").unwrap_or(to));
        fs::create_dir_all(to.parent().context("no path to copy to")?)?;
        let (from, to) = if from.is_dir() { (from.join("."), to) } else { (from.to_path_buf(), to) };
        if from.is_dir() {
            fs::create_dir_all(&to)?;
        }
        // A file that links elsewhere is copied as what it links to.
        let flags = if from.is_dir() { "-a" } else { "-aL" };
        shell::run(Command::new("cp").arg(flags).arg(from).arg(to))
    }

    fn clone_repository(&self) -> Result<()> {
        let head = shell::read(
            Command::new("git").args(["log", "-1", "--format=%h %s"]).current_dir(places::root()),
        )?;
        println!("Cloning {} (what is not committed stays out) …", head.trim());
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--no-hardlinks"]).arg(places::root());
        shell::run(clone.arg(self.root.join(CLONE.trim_start_matches('/'))))
    }

    fn run(&self, words: &[OsString]) -> Result<()> {
        println!("In the bare system: {} …", words.join(" ".as_ref()).to_string_lossy());
        let toolchain = shell::read(Command::new("rustc").args(["--print", "sysroot"]))?;
        let mut enter = Command::new("unshare");
        enter.args([
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            ENTER,
            "sh",
        ]);
        enter.arg(&self.root).arg(toolchain.trim()).args(words);
        enter.env_clear().envs(network_variables()).env("HOME", "/root").env("TERM", "dumb");
        // The shell that mounts uses this machine's programs, the chroot its own: the same standard folders.
        enter.env("PATH", format!("{RUST}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        shell::run(&mut enter).context("the bare system did not manage it")
    }
}

fn network_variables() -> Vec<(String, OsString)> {
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    variables.filter(|(name, _)| is_network_variable(name)).collect()
}

fn is_network_variable(name: &str) -> bool {
    NETWORK.contains(&name) || NETWORK_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn cargo_config() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    Some(home.join("config.toml")).filter(|path| path.is_file())
}

/// The first mount at or below `folder`; the mount point is the fifth field (proc(5)).
fn mount_below(mountinfo: &str, folder: &Path) -> Option<String> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    points.filter(|point| Path::new(point).starts_with(folder)).map(str::to_owned).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_below_is_seen() {
        let info =
            "36 35 98:0 / /cache/fresh/root/proc rw - proc proc rw\n37 35 98:0 / /cache rw - ext4 a rw\n";
        assert_eq!(
            mount_below(info, Path::new("/cache/fresh/root")).as_deref(),
            Some("/cache/fresh/root/proc")
        );
        assert_eq!(mount_below(info, Path::new("/cache/fresh/roo")), None);
    }

    #[test]
    fn only_network_settings_are_passed_on() {
        assert!(is_network_variable("PIP_CERT") && is_network_variable("https_proxy"));
        assert!(!is_network_variable("PATH") && !is_network_variable("CARGO_REGISTRY_TOKEN"));
    }

    #[test]
    fn smoke_comes_first_and_a_command_replaces_it() {
        let lines = |words: &Words| commands(words).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lines(&Words::default()), [4]);
        assert_eq!(lines(&Words { flags: vec!["test"], values: Vec::new() }), [4, 5]);
        assert_eq!(commands(&Words { flags: Vec::new(), values: vec!["true".into()] }), [["true"]]);
    }
}
