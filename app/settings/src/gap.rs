//! The air gap fails closed: what cannot be read or understood of the user's word on connections means that none is made.
//!
//! A line that is no TOML may have been the switch itself, or the `[privacy]` that it stood under; a key that nobody knows may be
//! the switch misspelled; an address of a proxy that makes no sense must not become a direct connection. So each of these closes,
//! and says so where it is reported.

use std::io::ErrorKind;
use std::path::Path;

use super::file::SettingsProblem;
use super::table::{SECTIONS, SettingKey, TABLE};

/// What is said behind each problem that closes.
pub const CLOSED: &str = "LocalCoder is air-gapped until this is corrected.";

/// Does a problem in the user's file leave open what it says about connections? A key that nobody knows does when it has the name of
/// one of privacy's, wherever it stands, or stands in what may be meant as privacy.
pub(super) fn closes(found: &SettingsProblem) -> bool {
    let mut parts = found.key.split('.');
    let (section, name) =
        (parts.next().unwrap_or_default(), letters(found.key.rsplit('.').next().unwrap_or_default()));
    let is_known = SECTIONS.iter().any(|(known, _)| !known.is_empty() && *known == section);
    let names = TABLE.iter().filter_map(|spec| spec.path.strip_prefix("privacy.")).map(letters);
    section.is_empty()
        || section == "privacy"
        || !is_known && resembles_privacy(section)
        || SettingKey::find(&found.key).is_none()
            && names.chain(["offline".into()]).any(|known| name.contains(&known))
        || letters(&found.key).contains("airgap")
}

fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// At least five of its seven letters, in any order, and hardly others.
fn resembles_privacy(section: &str) -> bool {
    let mut left = letters(section);
    let before = left.len();
    let shared =
        "privacy".chars().filter(|letter| left.find(*letter).map(|at| left.remove(at)).is_some()).count();
    shared >= 5 && before <= 9
}

/// Something is there that could not be read: a link that leads nowhere is not the same as no file.
pub fn is_there(path: &Path, error: &std::io::Error) -> bool {
    error.kind() != ErrorKind::NotFound || path.symlink_metadata().is_ok()
}

/// Says behind each problem of the user's file that closes what follows from it; whether there is one.
pub(super) fn close<'a>(problems: impl Iterator<Item = &'a mut SettingsProblem>) -> bool {
    let mut closed = false;
    for found in problems.filter(|found| closes(found)) {
        found.text = format!("{} {CLOSED}", found.text);
        closed = true;
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{self, AIR_GAPPED};
    use crate::layers::{Layers, Origin, usual_file_closes};

    /// Whether a file with this text closes, and whether that is said.
    fn check(text: &str) -> (bool, bool) {
        let mut layers = Layers::of(text);
        let closed = layers.resolve().privacy.air_gapped;
        (closed, layers.sentences().iter().any(|sentence| sentence.contains(CLOSED)))
    }

    #[test]
    fn whatever_is_not_understood_about_connections_closes_and_says_so() {
        for text in [
            "[privacy]\nair_gapped = ture\n",
            "[privacy]\nair_gapped = True\n",
            "[privacy]\nair_gapped = \"true\"\n",
            "[privacy]\nair_gapped = 1\n",
            "[privacy]\nair_gapped =\n",
            "[privacy]\nair-gapped = true\n",
            "[privacy]\nairgapped = true\n",
            "[privacy]\nAIR_GAPPED = true\n",
            "[privacy]\noffline = true\n",
            "[privacy\nair_gapped = true\n",
            "privacy]\nair_gapped = true\n",
            "[Privacy]\nair_gapped = true\n",
            "[privcy]\nair_gapped = true\n",
            "[privcy]\noffline = true\n",
            "[pirvacy]\nx = true\n",
            "[network]\noffline = true\n",
            "[unknown]\nproxy = \"http://a\"\n",
            "rate_limit = \"5k\"\n",
            "[[privacy]]\nair_gapped = true\n",
            "[editor]\nair_gapped = true\n",
            "[editor.privacy]\nair_gapped = true\n",
            "[keys]\nair_gapped = true\n",
            "[air_gapped]\n",
            "air_gapped = true\n",
            "air-gapped = true\n",
            "privacy = true\n",
            "privacy.air_gapped = yes\n",
            "[privacy]\nair_gapped = false\nair_gapped = true\n",
            "# a stray byte \u{0}\n[privacy]\nair_gapped = true\n",
            "[editor]\nfont_size = \n",
            "[privacy]\nproxy = 7\n",
            "[privacy]\nproxy = \"nowhere\"\n",
            "[privacy]\nproxi = \"http://a\"\n",
            "\u{feff}\u{feff}[privacy]\nair_gapped = false\n",
        ] {
            assert_eq!(check(text), (true, true), "{text:?}");
        }
    }

    #[test]
    fn what_is_understood_counts_and_other_mistakes_close_nothing() {
        assert_eq!(check("[privacy]\nair_gapped = true\n"), (true, false));
        for text in [
            "",
            "# nothing\n",
            "[privacy]\n",
            "[privacy]\nair_gapped = false\nproxy = \"http://a\"\n",
            "privacy = {}\n",
            "[editor]\nfont_size = \"big\"\nwrap = true\n",
            "[editor]\n[profiles.mine]\n[checks]\n[unknown]\n",
            "old = 1\n[unknown]\nx = [1, 2]\n[profile_s]\ny = 1\n",
            "profile = \"none\"\n[keys]\n\"view.palette\" = \"Ctrl+N\"\n",
        ] {
            assert_eq!(check(text), (false, false), "{text:?}");
        }
        let mut both = Layers::of("");
        both.project = Some(("/p".into(), "[privacy\n".into()));
        assert!(!both.resolve().privacy.air_gapped, "a project has no say, in neither direction");
        both = Layers::of("[privacy]\nair_gapped = true\n");
        both.project = Some(("/p".into(), "[privacy]\nair_gapped = false\n".into()));
        assert!(both.resolve().privacy.air_gapped);
    }

    #[test]
    fn any_rest_of_a_file_that_closes_stays_closed() {
        let whole = "[privacy]\nair_gapped = true\nproxy = \"http://a\"\n[editor]\ntab_width = 4\n";
        proptest::proptest!(|(at in 0..28usize, byte in "[!-~]")| {
            // One character more, anywhere up to the end of the switch. In its own line it may turn it into a comment.
            let text = format!("{}{byte}{}", &whole[..at], &whole[at..]);
            let comment = byte == "#" && at <= whole.find('t').unwrap_or_default();
            proptest::prop_assert!(comment || check(&text).0, "{:?}", text);
        });
    }

    #[test]
    fn a_file_that_cannot_be_read_closes() {
        let mut layers = Layers { trouble: Some("it is not UTF-8".into()), ..Layers::default() };
        assert!(layers.resolve().privacy.air_gapped);
        assert_eq!(layers.origin("privacy.air_gapped"), Origin::Unclear);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        let closes = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            (
                usual_file_closes(&path),
                Layers::of_file(Some(path.clone()), Vec::new()).resolve().privacy.air_gapped,
            )
        };
        assert_eq!(closes(b"[privacy] # \xFF\nair_gapped = true\n"), (true, true));
        assert_eq!(closes(&vec![b'#'; 2 << 20]), (true, true), "too long");
        assert_eq!(closes(b"[privacy]\nair_gapped = true\n"), (true, true));
        assert_eq!(closes(b"[privacy]\nair_gapped = false\n"), (false, false));
        let gone = |path: &Path| {
            (
                usual_file_closes(path),
                Layers::of_file(Some(path.into()), Vec::new()).resolve().privacy.air_gapped,
            )
        };
        assert_eq!(gone(&folder.path().join("none")), (false, false));
        assert_eq!(gone(folder.path()), (true, true), "a folder");
        assert_eq!(gone(&path.join("below a file")), (true, true));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("none"), &link).unwrap();
        assert_eq!(gone(&link), (true, true), "a link that leads nowhere");
    }

    #[test]
    fn the_environment_closes_and_never_opens() {
        let with = |value: &'static str, text: &str| {
            let environment = environment::of(move |name| (name == AIR_GAPPED).then(|| value.into()));
            Layers { environment, ..Layers::of(text) }.resolve().privacy.air_gapped
        };
        let (open, closed) = ("[privacy]\nair_gapped = false\n", "[privacy]\nair_gapped = true\n");
        for value in ["1", "true", "yes", "00", " 1 ", "false", "no"] {
            assert!(with(value, open) && with(value, closed), "{value:?}");
        }
        assert!(!with("0", open) && with("0", closed));
        assert!(with("0", "[privacy]\nair_gapped = ture\n"));
    }
}
