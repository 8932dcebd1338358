//! What the user's own configuration of git says, as far as it starts nothing: who commits, which files are ignored, how lines end.
//!
//! The files are found here: the library would ask a git program where that keeps its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;
use gix::config::file::{Metadata, includes, init};
use gix::config::{File, Source, path};

/// Keys that are taken over from the user's configuration. None of them names a program or another repository.
const TAKEN: &[&str] = &["core.excludesFile", "core.autocrlf", "core.eol"];

/// Values of the user's configuration, without those of any repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserConfig {
    /// The name in commits.
    pub name: Option<String>,
    /// The address in commits.
    pub email: Option<String>,
    /// Commits are to be signed.
    pub signs: bool,
    /// `key=value` of what else counts.
    pub(crate) values: Vec<String>,
}

impl UserConfig {
    /// Reads the configuration of this user and this system. What cannot be read counts as not there. `git_folder`: that of the
    /// repository it is wanted for, for parts that count in some folders only.
    pub fn here(git_folder: Option<&Path>) -> UserConfig {
        UserConfig::read(&|name| std::env::var_os(name), git_folder)
    }

    fn read(variable: &dyn Fn(&str) -> Option<OsString>, git_folder: Option<&Path>) -> UserConfig {
        let home = variable("HOME").map(PathBuf::from);
        let known = locations(variable, home.as_deref()).into_iter().filter(|(path, _)| path.is_file());
        let files = known.map(|(path, source)| Metadata {
            path: Some(path),
            source,
            level: 0,
            trust: gix::sec::Trust::Full,
        });
        let interpolate = path::interpolate::Context { home_dir: home.as_deref(), ..Default::default() };
        let condition = includes::conditional::Context { git_dir: git_folder, branch_name: None };
        let includes = includes::Options::follow(interpolate, condition);
        let file = File::from_paths_metadata(files, init::Options { includes, ..Default::default() });
        file.ok().flatten().map(|file| UserConfig::of(&file)).unwrap_or_default()
    }

    pub(crate) fn of(file: &File) -> UserConfig {
        let text = |key: &str| file.string(key).map(|value| value.to_str_lossy().into_owned());
        let values = TAKEN.iter().filter_map(|key| Some(format!("{key}={}", text(key)?)));
        UserConfig {
            name: text("user.name"),
            email: text("user.email"),
            signs: file.boolean("commit.gpgSign").ok().flatten().unwrap_or_default(),
            values: values.collect(),
        }
    }

    /// What a repository says of itself goes before what the user says everywhere.
    pub(crate) fn or_of(self, repository: &File) -> UserConfig {
        let own = UserConfig::of(repository);
        UserConfig {
            name: own.name.or(self.name),
            email: own.email.or(self.email),
            signs: own.signs || self.signs,
            values: self.values,
        }
    }
}

/// Where configuration lies, the strongest last.
fn locations(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<&Path>) -> Vec<(PathBuf, Source)> {
    let mut found = Vec::new();
    if variable("GIT_CONFIG_NOSYSTEM").is_none() {
        let system = variable("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into());
        found.push((system.into(), Source::System));
    }
    if let Some(global) = variable("GIT_CONFIG_GLOBAL") {
        found.push((global.into(), Source::User));
        return found;
    }
    let shared = variable("XDG_CONFIG_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let shared = shared.or_else(|| Some(home?.join(".config")));
    found.extend(shared.map(|folder| (folder.join("git/config"), Source::Git)));
    found.extend(home.map(|home| (home.join(".gitconfig"), Source::User)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_file_counts_and_parts_count_in_their_folders() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            ".config/git/config",
            "[user]\n name = Shared\n email = a@b\n[core]\n autocrlf = input\n editor = evil\n",
        );
        write(".gitconfig", "[user]\n name = Own\n[includeIf \"gitdir:~/work/\"]\n path = ~/work.inc\n");
        write("work.inc", "[user]\n email = at@work\n[commit]\n gpgSign = true\n");
        let variable = |name: &str| match name {
            "HOME" => Some(home.path().into()),
            "GIT_CONFIG_NOSYSTEM" => Some("1".into()),
            _ => None,
        };
        let plain = UserConfig::read(&variable, None);
        assert_eq!(plain.name.as_deref(), Some("Own"));
        assert_eq!(plain.email.as_deref(), Some("a@b"));
        assert_eq!(plain.values, ["core.autocrlf=input"], "nothing that names a program");
        assert!(!plain.signs);
        let folder = home.path().join("work/project/.git");
        std::fs::create_dir_all(&folder).unwrap();
        let there = UserConfig::read(&variable, Some(&folder));
        assert_eq!((there.email.as_deref(), there.signs), (Some("at@work"), true));
    }
}
