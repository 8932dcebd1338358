//! Where LM Studio, Ollama, the Hugging Face libraries and llama.cpp keep their GGUF files.
//!
//! Only folders and Ollama's small manifests are read; each find is judged when it is imported, not here.

use crate::source_files::parts_of;
use serde::Deserialize;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders deeper than this below a tool's own are not looked into.
const DEPTH: usize = 6;
/// More finds than this are not a list anyone reads.
const MAX: usize = 2_000;
/// An Ollama manifest is a kilobyte.
const MAX_MANIFEST: u64 = 1 << 20;

/// A model in another tool's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundModel {
    /// Whose folder.
    pub tool: Tool,
    /// What that tool calls it.
    pub name: String,
    /// The file, or all parts in order.
    pub files: Vec<PathBuf>,
    /// Bytes of all files.
    pub size: u64,
}

/// Tools that keep GGUF files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// LM Studio.
    LmStudio,
    /// Ollama: blobs named by hash, with manifests.
    Ollama,
    /// The Hugging Face cache.
    HuggingFace,
    /// llama.cpp's download cache.
    LlamaCpp,
}

/// The folders to look into, each with its tool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportFolders(pub Vec<(Tool, PathBuf)>);

impl ImportFolders {
    /// The usual ones, as the tools' own documents and variables name them.
    pub fn usual(variable: impl Fn(&str) -> Option<PathBuf>) -> Self {
        let home = variable("HOME").unwrap_or_default();
        let cache = variable("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
        let hub = variable("HF_HUB_CACHE")
            .or_else(|| variable("HF_HOME").map(|home| home.join("hub")))
            .unwrap_or_else(|| cache.join("huggingface/hub"));
        let llama = variable("LLAMA_CACHE").unwrap_or_else(|| {
            if cfg!(target_os = "macos") {
                home.join("Library/Caches/llama.cpp")
            } else {
                cache.join("llama.cpp")
            }
        });
        Self(vec![
            (Tool::LmStudio, home.join(".lmstudio/models")),
            (Tool::LmStudio, home.join(".cache/lm-studio/models")),
            (Tool::Ollama, variable("OLLAMA_MODELS").unwrap_or_else(|| home.join(".ollama/models"))),
            (Tool::Ollama, PathBuf::from("/usr/share/ollama/.ollama/models")),
            (Tool::HuggingFace, hub),
            (Tool::LlamaCpp, llama),
        ])
    }
}

/// Looks for models in the usual folders of other tools. Reads folders and small manifests, no model.
pub fn scan_other_tools() -> Vec<FoundModel> {
    scan(&ImportFolders::usual(|name| std::env::var_os(name).map(PathBuf::from)))
}

/// Looks into these folders; what cannot be read is passed over.
pub fn scan(places: &ImportFolders) -> Vec<FoundModel> {
    let mut found = Vec::new();
    for (tool, folder) in &places.0 {
        match tool {
            Tool::Ollama => ollama(folder, &mut found),
            tool => gguf_files(*tool, folder, &mut found),
        }
    }
    let mut seen = HashSet::new();
    found.retain(|model| seen.insert(model.files.clone()));
    found.sort_by(|a, b| (a.tool as u8, &a.name).cmp(&(b.tool as u8, &b.name)));
    found
}

/// Every `.gguf` below `folder`; projectors for pictures are no models of ours.
fn gguf_files(tool: Tool, folder: &Path, found: &mut Vec<FoundModel>) {
    walk(folder, DEPTH, &mut |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let parts = parts_of(path);
        let wanted =
            name.ends_with(".gguf") && !name.starts_with("mmproj") && parts.first() == Some(&path.to_owned());
        if !wanted || found.len() >= MAX {
            return;
        }
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        let name = if tool == Tool::HuggingFace { hub_name(&name) } else { name };
        found.extend(find(tool, name, parts));
    });
}

/// `models--owner--name/snapshots/<commit>/file.gguf` is `owner/name/file.gguf` to people.
fn hub_name(path: &str) -> String {
    let mut folders = path.split('/');
    let repository = folders.next().unwrap_or_default().trim_start_matches("models--").replace("--", "/");
    format!("{repository}/{}", folders.next_back().unwrap_or_default())
}

fn find(tool: Tool, name: String, files: Vec<PathBuf>) -> Option<FoundModel> {
    let sizes = files.iter().map(|file| fs::metadata(file).map(|file| file.len()));
    let size = sizes.sum::<Result<u64, _>>().ok()?;
    Some(FoundModel { tool, name, files, size })
}

#[derive(Deserialize)]
struct OllamaManifest {
    #[serde(default)]
    layers: Vec<OllamaLayer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OllamaLayer {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    digest: String,
}

/// `manifests/<registry>/<namespace>/<model>/<tag>` names the blobs; the layer of weights is the model.
fn ollama(folder: &Path, found: &mut Vec<FoundModel>) {
    let manifests = folder.join("manifests");
    walk(&manifests, DEPTH, &mut |path| {
        let json = crate::regular::read(path, MAX_MANIFEST).unwrap_or_default();
        let Ok(manifest) = serde_json::from_slice::<OllamaManifest>(&json) else { return };
        let weights = |layer: &&OllamaLayer| layer.media_type == "application/vnd.ollama.image.model";
        let blobs: Vec<PathBuf> =
            manifest.layers.iter().filter(weights).filter_map(|layer| blob(folder, &layer.digest)).collect();
        if blobs.len() == 1 && found.len() < MAX {
            found.extend(find(Tool::Ollama, ollama_name(&manifests, path), blobs));
        }
    });
}

/// A digest becomes a file name only when it is one.
fn blob(folder: &Path, digest: &str) -> Option<PathBuf> {
    let hex = digest.strip_prefix("sha256:")?;
    hex.parse::<crate::hash::Digest>().ok()?;
    Some(folder.join("blobs").join(format!("sha256-{hex}")))
}

fn ollama_name(manifests: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(manifests).unwrap_or(path).to_string_lossy().into_owned();
    let folders: Vec<&str> = inside.split('/').collect();
    match folders.as_slice() {
        [_, "library", model, tag] => format!("{model}:{tag}"),
        [_, namespace @ .., model, tag] => format!("{}/{model}:{tag}", namespace.join("/")),
        _ => inside,
    }
}

/// Files below `folder`; links to files are followed (the Hugging Face cache is made of them), to folders not.
fn walk(folder: &Path, depth: usize, visit: &mut dyn FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| (entry.file_type().ok(), entry.path())).collect();
    paths.sort_by(|a, b| a.1.cmp(&b.1));
    for (kind, path) in paths {
        match kind {
            Some(kind) if kind.is_dir() && depth > 1 => walk(&path, depth - 1, visit),
            Some(kind) if kind.is_dir() => {}
            _ if path.is_file() => visit(&path),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn each_tools_own_layout_is_understood() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        write(&home.join(".lmstudio/models/owner/repo/m.gguf"), b"12");
        write(&home.join(".lmstudio/models/owner/repo/mmproj-m.gguf"), b"1");
        write(&home.join(".lmstudio/models/owner/big/b-00001-of-00002.gguf"), b"123");
        write(&home.join(".lmstudio/models/owner/big/b-00002-of-00002.gguf"), b"4567");
        let hex = "ab".repeat(32);
        let layers = format!(
            r#"{{"layers":[{{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{hex}"}},
               {{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:{hex}"}}]}}"#
        );
        write(&home.join(".ollama/models/manifests/registry.ollama.ai/library/qwen/7b"), layers.as_bytes());
        write(&home.join(".ollama/models/manifests/registry.ollama.ai/me/own/latest"), layers.as_bytes());
        let hostile = layers.replace(&hex, "../../../etc/passwd");
        write(&home.join(".ollama/models/manifests/registry.ollama.ai/library/evil/1"), hostile.as_bytes());
        write(&home.join(".ollama/models/manifests/registry.ollama.ai/library/torn/1"), b"{");
        write(&home.join(format!(".ollama/models/blobs/sha256-{hex}")), b"12345");
        let snapshot = home.join(".cache/huggingface/hub/models--a--b/snapshots/c0ffee");
        write(&home.join(".cache/huggingface/hub/models--a--b/blobs/x"), b"123456");
        fs::create_dir_all(&snapshot).unwrap();
        std::os::unix::fs::symlink("../../blobs/x", snapshot.join("h.gguf")).unwrap();
        let llama = if cfg!(target_os = "macos") { "Library/Caches/llama.cpp" } else { ".cache/llama.cpp" };
        write(&home.join(llama).join("l.gguf"), b"1234567");

        let found = scan(&ImportFolders::usual(|name| (name == "HOME").then(|| home.to_owned())));
        let short: Vec<_> = found
            .iter()
            .map(|model| (model.tool, model.name.as_str(), model.files.len(), model.size))
            .collect();
        let expected = [
            (Tool::LmStudio, "owner/big/b-00001-of-00002.gguf", 2, 7),
            (Tool::LmStudio, "owner/repo/m.gguf", 1, 2),
            (Tool::Ollama, "qwen:7b", 1, 5),
            (Tool::HuggingFace, "a/b/h.gguf", 1, 6),
            (Tool::LlamaCpp, "l.gguf", 1, 7),
        ];
        assert_eq!(short, expected, "the second name of one Ollama blob is the same model");
    }

    #[test]
    fn a_machine_without_them_has_none() {
        assert_eq!(scan(&ImportFolders::usual(|_| Some(PathBuf::from("/nowhere")))), []);
    }
}
