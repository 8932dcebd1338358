//! The tasks of a folder, from the files that its tools read.

use std::collections::BTreeMap;
use std::path::Path;

use editor_core::regular;
use toml_edit::{DocumentMut, Item};

use crate::{ProjectTask, just, makefile};

/// A file that is longer names no tasks.
const MAX_FILE: u64 = 1 << 20;
/// Most tasks of one file.
const MAX_TASKS: usize = 300;
/// Longest name of a task, in characters.
const MAX_NAME: usize = 100;

/// The tasks that the files of a folder name, file by file. Reads the disk.
#[must_use]
pub fn in_folder(folder: &Path) -> Vec<ProjectTask> {
    let finders: [fn(&Path) -> Vec<ProjectTask>; 5] = [cargo, node, make, justfile, python];
    finders.into_iter().flat_map(|find| find(folder)).collect()
}

/// The tasks that the user's settings name: a name, and a program with its arguments.
#[must_use]
pub fn from_settings(tasks: &BTreeMap<String, Vec<String>>, folder: &Path) -> Vec<ProjectTask> {
    let task = |(name, words): (&String, &Vec<String>)| {
        let (program, args) = words.split_first()?;
        Some(ProjectTask {
            name: name.clone(),
            source: "settings".into(),
            program: program.clone(),
            args: args.to_vec(),
            folder: folder.to_owned(),
        })
    };
    tasks.iter().filter_map(task).collect()
}

/// Makes tasks of one file.
struct Maker<'a> {
    source: &'a str,
    folder: &'a Path,
}

impl Maker<'_> {
    fn task(&self, program: &str, args: &[&str]) -> ProjectTask {
        ProjectTask {
            name: std::iter::once(&program).chain(args).copied().collect::<Vec<_>>().join(" "),
            source: self.source.to_owned(),
            program: program.to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            folder: self.folder.to_owned(),
        }
    }

    /// The same command on each of these names.
    fn each(&self, command: &[&str], names: impl IntoIterator<Item = String>) -> Vec<ProjectTask> {
        let Some((program, args)) = command.split_first() else { return Vec::new() };
        let names = names.into_iter().filter(|name| is_name(name)).take(MAX_TASKS);
        names.map(|name| self.task(program, &[args, &[name.as_str()]].concat())).collect()
    }
}

/// Could this be the name of a task? What begins with a dash would be read as an option.
fn is_name(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace();
    !name.is_empty()
        && !name.starts_with('-')
        && name.chars().count() <= MAX_NAME
        && name.chars().all(is_plain)
}

fn read(folder: &Path, name: &str) -> Option<String> {
    regular::read_text(&folder.join(name), MAX_FILE).ok()
}

fn toml(folder: &Path, name: &str) -> Option<DocumentMut> {
    read(folder, name)?.parse().ok()
}

fn has(folder: &Path, name: &str) -> bool {
    folder.join(name).symlink_metadata().is_ok()
}

fn cargo(folder: &Path) -> Vec<ProjectTask> {
    let Some(manifest) = toml(folder, "Cargo.toml") else { return Vec::new() };
    let maker = Maker { source: "Cargo.toml", folder };
    let mut tasks: Vec<ProjectTask> =
        ["check", "build", "test", "clippy"].map(|verb| maker.task("cargo", &[verb])).to_vec();
    if manifest.contains_key("package") && has(folder, "src/main.rs") {
        tasks.push(maker.task("cargo", &["run"]));
    }
    let bins = manifest.get("bin").and_then(Item::as_array_of_tables);
    let names = bins.into_iter().flatten().filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned()));
    tasks.extend(maker.each(&["cargo", "run", "--bin"], names));
    tasks
}

fn node(folder: &Path) -> Vec<ProjectTask> {
    let manifest = read(folder, "package.json").and_then(|text| serde_json::from_str(&text).ok());
    let Some(serde_json::Value::Object(manifest)) = manifest else { return Vec::new() };
    let Some(scripts) = manifest.get("scripts").and_then(|scripts| scripts.as_object()) else {
        return Vec::new();
    };
    let locks =
        [("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun")];
    let runner = locks.into_iter().find(|(lock, _)| has(folder, lock)).map_or("npm", |(_, runner)| runner);
    Maker { source: "package.json", folder }.each(&[runner, "run"], scripts.keys().cloned())
}

fn make(folder: &Path) -> Vec<ProjectTask> {
    // In the order in which GNU make looks.
    let names = ["GNUmakefile", "makefile", "Makefile"];
    let found = names.into_iter().find_map(|name| Some((name, read(folder, name)?)));
    found.map_or_else(Vec::new, |(source, text)| {
        Maker { source, folder }.each(&["make"], makefile::targets(&text))
    })
}

fn justfile(folder: &Path) -> Vec<ProjectTask> {
    let found =
        ["justfile", "Justfile", ".justfile"].into_iter().find_map(|name| Some((name, read(folder, name)?)));
    found.map_or_else(Vec::new, |(source, text)| {
        Maker { source, folder }.each(&["just"], just::recipes(&text))
    })
}

/// Tables of scripts in pyproject.toml, and what runs those.
const PYTHON: [(&[&str], &[&str]); 4] = [
    (&["tool", "poe", "tasks"], &["poe"]),
    (&["tool", "pdm", "scripts"], &["pdm", "run"]),
    (&["tool", "hatch", "envs", "default", "scripts"], &["hatch", "run"]),
    (&["tool", "taskipy", "tasks"], &["task"]),
];

fn python(folder: &Path) -> Vec<ProjectTask> {
    let Some(project) = toml(folder, "pyproject.toml") else { return Vec::new() };
    let maker = Maker { source: "pyproject.toml", folder };
    let table = |path: &[&str]| path.iter().try_fold(project.as_item(), |item, key| item.get(*key));
    let names = |path: &[&str]| -> Vec<String> {
        let table = table(path).and_then(Item::as_table_like);
        table
            .into_iter()
            .flat_map(|table| table.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>())
            .collect()
    };
    let mut tasks: Vec<ProjectTask> =
        PYTHON.iter().flat_map(|(path, command)| maker.each(command, names(path))).collect();
    if has(folder, "uv.lock") {
        tasks.extend(maker.each(&["uv", "run"], names(&["project", "scripts"])));
    }
    if table(&["tool", "pytest"]).is_some() {
        tasks.push(maker.task("python3", &["-m", "pytest"]));
    }
    tasks
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), text).unwrap();
        }
        in_folder(folder.path()).into_iter().map(|task| format!("{} | {}", task.name, task.source)).collect()
    }

    #[test]
    fn cargo_and_its_binaries() {
        let manifest = "[package]\nname = 'x'\n[[bin]]\nname = 'tool'\n[[bin]]\nname = '--evil'\n";
        let tasks = found(&[("Cargo.toml", manifest), ("src/main.rs", "")]);
        let names: Vec<&str> = tasks.iter().filter_map(|task| task.strip_suffix(" | Cargo.toml")).collect();
        let expected =
            ["cargo check", "cargo build", "cargo test", "cargo clippy", "cargo run", "cargo run --bin tool"];
        assert_eq!(names, expected);
        assert!(!found(&[("Cargo.toml", "[workspace]")]).iter().any(|task| task.contains("run")));
        assert_eq!(found(&[("Cargo.toml", "[broken")]), [""; 0]);
    }

    #[test]
    fn scripts_of_package_json_by_the_lock_file_that_is_there() {
        let manifest =
            ("package.json", r#"{"scripts": {"build": "x", "-p": "evil", "a b": "", "test": "y"}}"#);
        assert_eq!(found(&[manifest]), ["npm run build | package.json", "npm run test | package.json"]);
        assert_eq!(found(&[manifest, ("pnpm-lock.yaml", "")])[0], "pnpm run build | package.json");
        for broken in ["", "[]", r#"{"scripts": 3}"#, &"[".repeat(100_000)] {
            assert_eq!(found(&[("package.json", broken)]), [""; 0]);
        }
    }

    #[test]
    fn make_just_and_python() {
        assert_eq!(found(&[("Makefile", "all: a.o\n\techo\n")]), ["make all | Makefile"]);
        assert_eq!(found(&[("justfile", "test:\n  x\n")]), ["just test | justfile"]);
        let project =
            "[project.scripts]\nserve = 'x:y'\n[tool.poe.tasks]\nlint = 'ruff'\n[tool.pytest.ini_options]\n";
        let expected = ["poe lint | pyproject.toml", "python3 -m pytest | pyproject.toml"];
        assert_eq!(found(&[("pyproject.toml", project)]), expected);
        assert!(
            found(&[("pyproject.toml", project), ("uv.lock", "")])
                .contains(&"uv run serve | pyproject.toml".into())
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_no_ordinary_file_or_too_long_names_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("Makefile"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("package.json")).unwrap();
        let long = fs::File::create(path("Cargo.toml")).unwrap();
        long.set_len(10 << 30).unwrap();
        assert_eq!(in_folder(folder.path()), []);
    }

    #[test]
    fn settings_name_a_program_and_its_arguments() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let tasks = BTreeMap::from([
            ("deploy".to_owned(), words(&["./deploy.sh", "to where", ""])),
            ("nothing".to_owned(), Vec::new()),
        ]);
        let found = from_settings(&tasks, Path::new("/p"));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].command().as_str()),
            ("deploy", "./deploy.sh 'to where' ''")
        );
    }
}
