//! What is replaced is what was accepted, in texts and in files, and nothing else.
#![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

use std::fs;

use editor_core::disk::RealDisk;
use editor_core::{Document, EditKind};
use proptest::prelude::*;

use super::*;
use crate::query::{Case, SearchQuery};

fn matcher(pattern: &str, regex: bool) -> Matcher {
    Matcher::new(&SearchQuery { pattern: pattern.to_owned(), regex, ..SearchQuery::default() }).unwrap()
}

fn replaced(text: &str, pattern: &str, with: &str) -> String {
    let matcher = matcher(pattern, true);
    let replacement = Replacement::new(with, false, &matcher).unwrap();
    let mut buffer = Buffer::from_text(text);
    let transaction = transaction(&buffer, &matcher, &replacement, WantedMatches::All).unwrap();
    buffer.apply(&transaction).unwrap();
    buffer.rope().to_string()
}

fn in_file(path: &Path, version: Metadata) -> InFile {
    InFile { path: path.to_owned(), version, reading: Reading::Guessed, wanted: None }
}

#[test]
fn groups_and_line_breaks_are_put_in() {
    assert_eq!(replaced("ab cd", r"(\w)(\w)", "$2$1"), "ba dc");
    assert_eq!(replaced("f(x, y)", r"f\((?<a>\w), (?<b>\w)\)", "g($b, ${a}_1)"), "g(y, x_1)");
    assert_eq!(replaced("a", "a", r"$$1 $ \n\t\\n \d"), "$1 $ \n\t\\n \\d");
    assert_eq!(replaced("a b\r\nc\r\n", "b", r"x\ny"), "a x\r\ny\r\nc\r\n");
    assert_eq!(replaced("é漢\né漢", "$", ";"), "é漢;\né漢;");
    assert_eq!(replaced("one\ntwo\n", r"one\n(t)", "${1}wen"), "twenwo\n");
    assert_eq!(replaced("aXbXc", "(a)|X", "<$1>"), "<a><>b<>c");
    assert_eq!(replaced("é", "x*", "-"), "-é-", "not in the midst of a character");
}

#[test]
fn plain_text_is_put_in_as_it_is() {
    let matcher = matcher("a.b", false);
    let replacement = Replacement::new(r"$1\n", false, &matcher).unwrap();
    let changes = changes(&Rope::from_str("axb a.b"), &matcher, &replacement, WantedMatches::All).unwrap();
    assert_eq!(changes, [Change::new(4..7, r"$1\n")]);
}

#[test]
fn a_group_that_is_not_there_is_told_at_its_place() {
    let matcher = matcher(r"(a)(?<name>b)", true);
    let bad = |typed: &str| Replacement::new(typed, false, &matcher).unwrap_err();
    assert_eq!(bad("é$3").at, Some(1..3));
    assert_eq!(bad("${nam}").at, Some(0..6));
    assert_eq!(bad("x $1st").message, "The pattern has no group \"1st\". Write ${1} to end the name there.");
    assert!(Replacement::new("$0 $1 $2 $name ${name}", false, &matcher).is_ok());
}

#[test]
fn capitals_are_kept_on_wish_and_what_is_equal_is_no_change() {
    let matcher = Matcher::new(&SearchQuery {
        case: Case::Insensitive,
        pattern: "client".into(),
        ..SearchQuery::default()
    });
    let matcher = matcher.unwrap();
    let replacement = Replacement::new("account", true, &matcher).unwrap();
    let text = Rope::from_str("client Client CLIENT account");
    let inserted: Vec<_> = changes(&text, &matcher, &replacement, WantedMatches::All).unwrap();
    assert_eq!(
        inserted.iter().map(|change| change.insert.as_str()).collect::<Vec<_>>(),
        ["account", "Account", "ACCOUNT"]
    );
    let same = Replacement::new("client", true, &matcher).unwrap();
    assert!(changes(&text, &matcher, &same, WantedMatches::All).unwrap().is_empty());
}

#[test]
fn only_what_is_wanted_is_replaced_and_only_where_it_still_is() {
    let matcher = matcher("x", false);
    let replacement = Replacement::new("yy", false, &matcher).unwrap();
    let text = Rope::from_str("x x x");
    let some = changes(&text, &matcher, &replacement, WantedMatches::These(&[0..1, 4..5])).unwrap();
    assert_eq!(some, [Change::new(0..1, "yy"), Change::new(4..5, "yy")]);
    for moved in [vec![1..2], vec![0..2], vec![4..5, 0..1]] {
        assert_eq!(changes(&text, &matcher, &replacement, WantedMatches::These(&moved)), Err(Outdated));
    }
}

#[test]
fn a_file_is_written_in_its_encoding_and_put_back() {
    let root = tempfile::tempdir().unwrap();
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let files: [(&str, Vec<u8>, Vec<u8>); 3] = [
        (
            "bom",
            b"\xEF\xBB\xBFalt\r\nmixed\nalt".to_vec(),
            b"\xEF\xBB\xBFn\xC3\xB6u\r\nmixed\nn\xC3\xB6u".to_vec(),
        ),
        (
            "latin",
            b"caf\xE9 cr\xE8me br\xFBl\xE9e alt\n".to_vec(),
            b"caf\xE9 cr\xE8me br\xFBl\xE9e n\xF6u\n".to_vec(),
        ),
        ("utf16", utf16("\u{feff}größe alt"), utf16("\u{feff}größe nöu")),
    ];
    let matcher = matcher("alt", false);
    let replacement = Replacement::new("nöu", false, &matcher).unwrap();
    for (name, before, after) in files {
        let path = root.path().join(name);
        fs::write(&path, &before).unwrap();
        let version = RealDisk.metadata(&path).unwrap();
        let write = |version: &Metadata| write(&RealDisk, &in_file(&path, *version), &matcher, &replacement);
        let written = write(&version).unwrap();
        assert_eq!(fs::read(&path).unwrap(), after, "{name}");
        let again = write(&version).unwrap_err();
        assert!(again.to_string().ends_with("changed since it was searched: search again"), "{again}");
        undo(&RealDisk, &written).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
        fs::write(&path, "another program's").unwrap();
        assert!(matches!(undo(&RealDisk, &written), Err(ReplaceError::Changed(_))));
    }
}

#[test]
fn what_cannot_be_written_leaves_the_file_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a");
    let matcher = matcher("alt", false);
    for (bytes, with, reason) in [
        (&b"caf\xE9 cr\xE8me br\xFBl\xE9e alt\n"[..], "漢", "cannot be written in windows-1252"),
        (b"\xC3\xA9\xC3\xA9\xC3\xA9 \xFF alt", "neu", "not valid UTF-8"),
    ] {
        fs::write(&path, bytes).unwrap();
        let version = RealDisk.metadata(&path).unwrap();
        let replacement = Replacement::new(with, false, &matcher).unwrap();
        let refused = write(&RealDisk, &in_file(&path, version), &matcher, &replacement).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn of_many_files_each_is_written_or_told_of_and_the_rest_is_left_when_it_is_ended() {
    use super::many::{Many, ReplaceOutcome};
    let root = tempfile::tempdir().unwrap();
    let matcher = matcher("old", false);
    let replacement = Replacement::new("new", false, &matcher).unwrap();
    let file = |number: usize| {
        let path = root.path().join(number.to_string());
        fs::write(&path, "old old").unwrap();
        let version = RealDisk.metadata(&path).unwrap();
        let wanted = (number == 1).then(|| vec![4..7]);
        InFile { path, version, reading: Reading::Guessed, wanted }
    };
    let mut files: Vec<InFile> = (0..4).map(file).collect();
    files[2].version.size += 1;
    fs::remove_file(&files[3].path).unwrap();
    let start = |files| {
        Many::start(std::sync::Arc::new(RealDisk), files, matcher.clone(), replacement.clone(), || {})
    };
    let of = |outcome: ReplaceOutcome| match outcome {
        ReplaceOutcome::Written(written) => format!("{}", written.replaced),
        ReplaceOutcome::Failed(path, error) => error.to_string().replace(&path.display().to_string(), "it"),
    };
    let outcomes: Vec<String> = start(files).unwrap().wait().map(of).collect();
    assert_eq!(outcomes[..3], ["2", "1", "it changed since it was searched: search again"]);
    assert!(outcomes[3].starts_with("it cannot be read: "), "{outcomes:?}");
    let content = |number: usize| fs::read_to_string(root.path().join(number.to_string())).unwrap();
    assert_eq!(
        (content(0).as_str(), content(1).as_str(), content(2).as_str()),
        ("new new", "old new", "old old")
    );
    let many = start((10..1000).map(file).collect()).unwrap();
    assert!(matches!(many.wait().next(), Some(ReplaceOutcome::Written(_))));
    many.cancel();
    let written = 1 + many.wait().count();
    assert!(written < 990, "{written}");
    assert_eq!((10..1000).filter(|number| content(*number) == "new new").count(), written);
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec("[abé漢]{0,4}(\n|\r\n|\r|)", 0..8).prop_map(|lines| lines.concat())
}

proptest! {
    /// Of any text, pattern and choice, what is wanted is replaced and nothing else changes, byte for byte: by a transaction
    /// and by accepting every hunk of its review. One undo is the text as it was.
    #[test]
    fn only_wanted_matches_change(
        text in any_text(), needle in "[abé漢]{1,2}", with in "[abX\r\n]{0,3}", choice in any::<u64>(),
    ) {
        let matcher = matcher(&needle, false);
        let replacement = Replacement::new(&with, false, &matcher).unwrap();
        let rope = Rope::from_str(&text);
        let with = with.replace('\n', LineEnding::dominant(&rope).as_str());
        let (mut expected, mut wanted, mut at) = (String::new(), Vec::new(), 0);
        for (index, (byte, found)) in text.match_indices(&needle).enumerate() {
            let chars = rope.byte_to_char(byte)..rope.byte_to_char(byte + found.len());
            expected.push_str(&text[at..byte]);
            let is_wanted = choice & (1 << (index % 64)) != 0;
            expected.push_str(if is_wanted { &with } else { found });
            wanted.extend(is_wanted.then_some(chars));
            at = byte + found.len();
        }
        expected.push_str(&text[at..]);

        let mut document = Document::untitled("", &text);
        let buffer = document.buffer().clone();
        let wanted = WantedMatches::These(&wanted);
        let transaction = transaction(&buffer, &matcher, &replacement, wanted).unwrap();
        let review = review(1, &buffer, &matcher, &replacement, wanted).unwrap();
        for all in [transaction, review.accept_all()] {
            if !all.is_empty() {
                document.apply(all, EditKind::Review(1), 0).unwrap();
            }
            prop_assert_eq!(document.rope().to_string(), &expected[..]);
            document.undo();
            prop_assert_eq!(document.rope().to_string(), &text[..]);
            document = Document::untitled("", &text);
        }
    }
}
