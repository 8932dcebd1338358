//! What must be on the machine besides Rust: asked of the system, installed when we may, else said in one line.
//!
//! Debian and Ubuntu by apt, macOS by Xcode's tools and Homebrew; elsewhere the programs are looked for and named.

use std::collections::HashSet;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::shell;

/// What a need is needed for; a command asks for the groups it will use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Compiling both programs (llama.cpp is C++).
    Build,
    /// Opening a window. X, Wayland and GL are opened at run time, so the linker would not notice.
    Window,
    /// Fetching models by pip.
    Models,
    /// The real window without a person: a virtual display, keys, screenshots.
    Harness,
}

struct Need {
    /// Debian's name.
    package: &'static str,
    /// When this program is on the PATH the need is met, whoever installed it.
    program: Option<&'static str>,
    group: For,
}

const fn need(group: For, package: &'static str, program: Option<&'static str>) -> Need {
    Need { package, program, group }
}

const DEBIAN: &[Need] = &[
    need(For::Build, "gcc", Some("cc")),
    need(For::Build, "libc6-dev", None),
    need(For::Build, "clang", Some("clang++")),
    need(For::Build, "libclang-dev", None),
    need(For::Build, "cmake", Some("cmake")),
    need(For::Build, "ninja-build", Some("ninja")),
    need(For::Build, "ccache", Some("ccache")),
    need(For::Build, "pkg-config", Some("pkg-config")),
    need(For::Build, "git", Some("git")),
    need(For::Models, "python3", Some("python3")),
    need(For::Models, "python3-pip", None),
    need(For::Window, "libx11-6", None),
    need(For::Window, "libx11-xcb1", None),
    need(For::Window, "libxcursor1", None),
    need(For::Window, "libxi6", None),
    need(For::Window, "libxkbcommon-x11-0", None),
    need(For::Window, "libegl1", None),
    need(For::Window, "libgl1", None),
    need(For::Window, "libfontconfig1", None),
    need(For::Harness, "xvfb", Some("Xvfb")),
    need(For::Harness, "xdotool", Some("xdotool")),
    need(For::Harness, "x11-utils", Some("xwininfo")),
    need(For::Harness, "imagemagick", Some("import")),
    need(For::Harness, "mount", Some("mount")),
    need(For::Harness, "strace", Some("strace")),
    // Project search finds what it finds.
    need(For::Harness, "ripgrep", Some("rg")),
    // A screen reader reads the window.
    need(For::Harness, "at-spi2-core", None),
    need(For::Harness, "dbus-daemon", Some("dbus-daemon")),
    // Input methods compose in the window.
    need(For::Harness, "fcitx5", Some("fcitx5")),
    need(For::Harness, "fcitx5-hangul", None),
    need(For::Harness, "ibus", Some("ibus-daemon")),
    need(For::Harness, "ibus-hangul", None),
    // Proposals in Go are run.
    need(For::Harness, "golang-go", Some("go")),
];

/// Homebrew's names; Xcode's tools bring the rest.
const MAC: &[&str] = &["cmake", "ninja"];

/// Makes sure that everything of these groups is there, or says what to type.
pub fn ensure_all(groups: &[For]) -> Result<()> {
    if cfg!(target_os = "macos") {
        return ensure_mac(groups);
    }
    if shell::find("dpkg-query").is_some() { ensure_debian(groups) } else { ensure_elsewhere(groups) }
}

fn ensure_debian(groups: &[For]) -> Result<()> {
    let missing = missing_on_debian(groups);
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing here: {}", missing.join(" "));
    install_packages(&missing)?;
    let still = missing_on_debian(groups);
    ensure!(still.is_empty(), "after installing, these packages are still missing: {}", still.join(" "));
    Ok(())
}

fn missing_on_debian(groups: &[For]) -> Vec<&'static str> {
    let installed = installed_packages();
    missing(groups, |need| {
        installed.contains(need.package)
            || need.program.is_some_and(|program| shell::find(program).is_some())
            || met_otherwise(need.package)
    })
}

fn missing(groups: &[For], met: impl Fn(&Need) -> bool) -> Vec<&'static str> {
    let wanted = DEBIAN.iter().filter(|need| groups.contains(&need.group));
    wanted.filter(|need| !met(need)).map(|need| need.package).collect()
}

fn met_otherwise(package: &str) -> bool {
    match package {
        "libclang-dev" => std::env::var_os("LIBCLANG_PATH").is_some(),
        "python3-pip" => python_with_pip().is_some(),
        _ => false,
    }
}

fn installed_packages() -> HashSet<String> {
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f=${db:Status-Status} ${Package}\n"]);
    let list = shell::read(&mut query).unwrap_or_default();
    list.lines().filter_map(|line| line.strip_prefix("installed ")).map(str::to_owned).collect()
}

/// Installs Debian packages as root or by a sudo that asks nothing; else the error says what to type.
pub fn install_packages(packages: &[&str]) -> Result<()> {
    let Some(prefix) = root_prefix() else {
        bail!("not allowed to install. Type this once, then repeat:\n\n  {}\n", line_to_type(packages));
    };
    println!("Installing them with apt-get, a minute or two …");
    shell::run(&mut apt(prefix, &["update"])).context("the package lists could not be renewed")?;
    let mut install = apt(prefix, &["install", "-y", "--no-install-recommends"]);
    shell::run(install.args(packages)).context("the packages could not be installed")
}

/// How to become root without a question: already root, or sudo without a password.
fn root_prefix() -> Option<&'static [&'static str]> {
    let id = shell::read(Command::new("id").arg("-u")).unwrap_or_default();
    if id.trim() == "0" {
        return Some(&["env"]);
    }
    shell::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n", "env"])
}

fn apt(prefix: &[&str], words: &[&str]) -> Command {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).arg("DEBIAN_FRONTEND=noninteractive");
    command.args(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]).args(words);
    // Hundreds of lines that nobody reads; what goes wrong is on the other stream.
    command.stdout(Stdio::null());
    command
}

fn line_to_type(packages: &[&str]) -> String {
    format!(
        "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends {}'",
        packages.join(" ")
    )
}

fn ensure_mac(groups: &[For]) -> Result<()> {
    if !shell::succeeds(Command::new("xcode-select").arg("-p")) {
        bail!(
            "Xcode's command line tools are missing. Type this once, then repeat:\n\n  xcode-select --install\n"
        );
    }
    if !groups.contains(&For::Build) {
        return Ok(());
    }
    let missing: Vec<&str> = MAC.iter().copied().filter(|program| shell::find(program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if shell::find("brew").is_none() {
        bail!("{} must be installed; with Homebrew that is: brew install {0}", missing.join(" "));
    }
    println!("Installing {} with Homebrew …", missing.join(" "));
    shell::run(Command::new("brew").arg("install").args(missing))
}

/// No package manager that we know: programs can be looked for, libraries only be named.
fn ensure_elsewhere(groups: &[For]) -> Result<()> {
    let programs = missing(groups, |need| need.program.is_none_or(|program| shell::find(program).is_some()));
    if programs.is_empty() {
        return Ok(());
    }
    bail!(
        "these are missing and this system's package manager is not known here. Install what Debian calls: {}",
        missing(groups, |_| false).join(" ")
    );
}

/// A Python that has pip: the first on the PATH, else the system's.
pub fn python_with_pip() -> Option<&'static str> {
    let has_pip = |python: &&str| shell::succeeds(Command::new(python).args(["-m", "pip", "--version"]));
    ["python3", "/usr/bin/python3"].into_iter().find(has_pip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_and_not_there_is_missing() {
        let nothing_here = missing(&[For::Models], |_| false);
        assert_eq!(nothing_here, ["python3", "python3-pip"]);
        assert!(missing(&[For::Build, For::Window], |_| true).is_empty());
        let no_clang = missing(&[For::Build], |need| need.package != "clang");
        assert_eq!(no_clang, ["clang"]);
    }

    #[test]
    fn the_line_to_type_is_one_line() {
        let line = line_to_type(&["cmake", "clang"]);
        assert!(line.ends_with("cmake clang'") && !line.contains('\n'));
    }
}
