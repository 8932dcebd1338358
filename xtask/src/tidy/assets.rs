//! Fonts and icons ship with the licences they came under.

use super::{Findings, Tree};

/// Each font and each icon family has a licence text, named after it, beside it or in `assets/licences/`.
pub fn licences_are_there(tree: &Tree) -> Findings {
    let paths = || tree.files.iter().map(|file| file.path.as_str());
    let licences: Vec<String> =
        paths().filter(|path| is_licence(path)).map(|path| key(file_name(path))).collect();
    let mut families: Vec<(String, &str)> = paths().filter_map(|path| Some((family(path)?, path))).collect();
    families.sort();
    families.dedup_by(|a, b| a.0 == b.0);
    let bare = families.iter().filter(|(family, _)| !licences.iter().any(|licence| licence.contains(family)));
    bare.map(|(family, path)| {
        format!("{path}: put its licence in assets/licences/, with `{family}` in the file's name")
    })
    .collect()
}

fn is_licence(path: &str) -> bool {
    let in_place =
        ["assets/licences/", "assets/fonts/", "assets/icons/"].iter().any(|folder| path.starts_with(folder));
    in_place && (path.ends_with(".txt") || path.ends_with(".md"))
}

/// `assets/fonts/JetBrainsMono-Bold.ttf` is of `jetbrainsmono`; `assets/icons/lucide/x.svg` is of `lucide`.
fn family(path: &str) -> Option<String> {
    const FONTS: [&str; 4] = [".ttf", ".otf", ".woff2", ".ttc"];
    if path.starts_with("assets/") && FONTS.iter().any(|end| path.ends_with(end)) {
        return Some(key(file_name(path).split(['-', '.', '[', '_']).next()?));
    }
    let icon = path.strip_prefix("assets/icons/").filter(|rest| rest.ends_with(".svg"))?;
    // Our own mark is under our own licence.
    if icon.starts_with("localcoder") {
        return None;
    }
    Some(key(icon.split_once('/').map_or("icons", |(folder, _)| folder)))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn a_font_without_its_licence_is_found() {
        let fonts = [("assets/fonts/JetBrainsMono-Regular.ttf", ""), ("assets/fonts/Inter-Bold.ttf", "")];
        let found = licences_are_there(&tree(&[fonts[0], fonts[1], ("assets/licences/Inter-OFL.txt", "")]));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("jetbrainsmono"), "{found:?}");
        let texts = [("assets/licences/inter.txt", ""), ("assets/licences/JetBrains-Mono.txt", "")];
        assert!(licences_are_there(&tree(&[fonts[0], fonts[1], texts[0], texts[1]])).is_empty());
    }

    #[test]
    fn icons_without_a_licence_are_found() {
        assert_eq!(licences_are_there(&tree(&[("assets/icons/lucide/x.svg", "")])).len(), 1);
        let with = tree(&[("assets/icons/lucide/x.svg", ""), ("assets/icons/lucide/LICENSE-lucide.txt", "")]);
        assert!(licences_are_there(&with).is_empty());
        assert!(licences_are_there(&tree(&[("assets/icons/localcoder.svg", "")])).is_empty());
    }
}
