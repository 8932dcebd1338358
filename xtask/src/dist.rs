//! `dist`: one archive with both programs and every licence, for machines of this kind.
//!
//! Unlike a build that stays here it must not use all that this processor can do: the baseline is stated in the
//! archive's name, and llama.cpp follows the same flag.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use lexopt::Arg;
use serde_json::Value;

use crate::args::UsageError;
use crate::needs::{self, For};
use crate::programs::{self, Programs};
use crate::{places, sbom, shell};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The oldest processors that a package runs on: AVX2 (2013) on PCs, M1 on Macs, any 64-bit ARM elsewhere.
const BASELINE: &str = if cfg!(target_arch = "x86_64") {
    "x86-64-v3"
} else if cfg!(target_os = "macos") {
    "apple-m1"
} else {
    "generic"
};

/// `dist [--out DIR] [--starter FILE]`: a model that lies in the package is offered at the first start.
pub fn command(parser: lexopt::Parser) -> Result<()> {
    let Wish { out, starter } = read(parser)?;
    needs::ensure_all(&[For::Build])?;
    let target = places::target()?.join("dist");
    let programs = programs::build_apart(|cargo| {
        cargo.env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", format!("-C target-cpu={BASELINE}"));
    })?;
    let name = format!("localcoder-{VERSION}-{}-{BASELINE}", std::env::consts::OS);
    let scratch = tempfile::tempdir().context("no folder for temporary files")?;
    let folder = scratch.path().join(&name);
    collect(&programs, starter.as_deref(), &folder)?;
    fs::create_dir_all(&out).with_context(|| format!("could not create {}", out.display()))?;
    let archive = out.join(format!("{name}.tar.gz"));
    pack(scratch.path(), &name, &archive)?;
    println!("{}", archive.display());
    Ok(())
}

/// Where to, and what to take along.
struct Wish {
    out: PathBuf,
    starter: Option<PathBuf>,
}

fn read(mut parser: lexopt::Parser) -> Result<Wish> {
    let (mut out, mut starter) = (places::root().join("target/dist"), None);
    while let Some(arg) = parser.next().map_err(UsageError::from)? {
        match arg {
            Arg::Long("out") => out = std::path::absolute(parser.value().map_err(UsageError::from)?)?,
            Arg::Long("starter") => starter = Some(PathBuf::from(parser.value().map_err(UsageError::from)?)),
            other => return Err(UsageError::from(other.unexpected()).into()),
        }
    }
    Ok(Wish { out, starter })
}

fn collect(programs: &Programs, starter: Option<&Path>, folder: &Path) -> Result<()> {
    let root = places::root();
    let places = if cfg!(target_os = "macos") {
        mac_bundle(folder)?
    } else {
        Places { programs: folder.to_path_buf(), texts: folder.to_path_buf() }
    };
    fs::create_dir_all(&places.programs)?;
    for program in [&programs.editor, &programs.worker] {
        copy_into(program, &places.programs)?;
    }
    if let Some(starter) = starter {
        let to = places.texts.join("starter.gguf");
        fs::create_dir_all(&places.texts)?;
        fs::copy(starter, to).with_context(|| format!("could not copy {}", starter.display()))?;
    }
    for text in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy_into(&root.join(text), &places.texts)?;
    }
    for asset in licence_texts(&root)? {
        copy_into(&asset, &places.texts.join("licences"))?;
    }
    fs::write(places.texts.join("licences/THIRD-PARTY.txt"), third_party()?)?;
    fs::write(places.texts.join("sbom.cdx.json"), sbom::bill()?)?;
    Ok(())
}

struct Places {
    programs: PathBuf,
    texts: PathBuf,
}

/// What macOS takes for a program with a window.
fn mac_bundle(folder: &Path) -> Result<Places> {
    let contents = folder.join("LocalCoder.app/Contents");
    fs::create_dir_all(&contents)?;
    let plist = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>CFBundleName</key><string>LocalCoder</string>
  <key>CFBundleIdentifier</key><string>org.localcoder.LocalCoder</string>
  <key>CFBundleExecutable</key><string>localcoder</string>
  <key>CFBundlePackageType</key><string>APPL</string>
  <key>CFBundleShortVersionString</key><string>{VERSION}</string>
  <key>LSMinimumSystemVersion</key><string>13.0</string>
  <key>NSHighResolutionCapable</key><true/>
</dict></plist>
"#
    );
    fs::write(contents.join("Info.plist"), plist)?;
    Ok(Places { programs: contents.join("MacOS"), texts: contents.join("Resources") })
}

fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let name = file.file_name().context("a file without a name")?;
    fs::copy(file, folder.join(name)).with_context(|| format!("could not copy {}", file.display()))?;
    Ok(())
}

/// Of models, fonts and icons.
fn licence_texts(root: &Path) -> Result<Vec<PathBuf>> {
    let mut texts = Vec::new();
    for folder in ["licences", "fonts", "icons"] {
        let Ok(entries) = fs::read_dir(root.join("assets").join(folder)) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "txt" || end == "md") {
                texts.push(path);
            }
        }
    }
    ensure!(!texts.is_empty(), "assets/ holds no licence texts");
    Ok(texts)
}

/// Every crate that is linked in, with the licence texts it came with.
fn third_party() -> Result<String> {
    let mut metadata = places::cargo();
    metadata.args(["metadata", "--format-version", "1", "--filter-platform"]);
    let host = shell::read(Command::new("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let metadata: Value = serde_json::from_str(&shell::read(metadata.arg(host))?)?;
    let mut text = String::from("LocalCoder contains these works of others.\n");
    for package in metadata["packages"].as_array().into_iter().flatten().filter(|p| !p["source"].is_null()) {
        let word = |key: &str| package[key].as_str().unwrap_or_default();
        writeln!(text, "\n== {} {} ({})", word("name"), word("version"), word("license"))?;
        if let Some(folder) = Path::new(word("manifest_path")).parent() {
            text += &texts_of(folder);
            text += &texts_of(&folder.join("llama.cpp"));
        }
    }
    Ok(text)
}

fn texts_of(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| is_licence(path));
    paths.sort();
    paths
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .map(|text| format!("\n{}\n", text.trim()))
        .collect()
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|start| name.starts_with(start)) && path.is_file()
}

/// The same content gives the same archive, where tar can say so (GNU).
fn pack(folder: &Path, name: &str, archive: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    if cfg!(target_os = "linux") {
        tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]);
        tar.arg("--use-compress-program=gzip -n");
    } else {
        tar.arg("-z");
    }
    shell::run(tar.arg("-C").arg(folder).arg("-cf").arg(archive).arg(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_texts_of_a_crate_are_collected() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("LICENSE-MIT"), "be kind\n").unwrap();
        fs::write(folder.path().join("lib.rs"), "no").unwrap();
        assert_eq!(texts_of(folder.path()), "\nbe kind\n");
    }

    #[test]
    fn an_archive_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/b"), "c").unwrap();
        let archive = folder.path().join("a.tar.gz");
        pack(folder.path(), "a", &archive).unwrap();
        let list = shell::read(Command::new("tar").arg("-tzf").arg(archive)).unwrap();
        assert!(list.contains("a/b"), "{list}");
    }

    #[test]
    fn a_wrong_flag_is_a_typing_mistake() {
        assert!(
            read(lexopt::Parser::from_args(["--into", "x"])).is_err_and(|error| error.is::<UsageError>())
        );
        let wish = read(lexopt::Parser::from_args(["--out", "x", "--starter", "m.gguf"])).unwrap();
        assert!(wish.out.is_absolute() && wish.starter.is_some());
    }
}
