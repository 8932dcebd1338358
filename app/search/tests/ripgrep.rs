//! The hits are those of ripgrep: on patterns that are made of words and pieces of the texts that are searched.
#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]

#[path = "../../../tests/src/ground.rs"]
mod ground;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use search::walk::SearchScope;
use search::{Case, Globs, HitPlace, Matcher, RunningSearch, SearchEvent, SearchQuery, SearchRequest};
use serde_json::Value;

/// This many patterns are tried; `LOCALCODER_SEARCH_PATTERNS` says otherwise.
const PATTERNS: usize = 60;
/// Files of other kinds have zero bytes, where ripgrep stops and the editor never starts.
const BINARY: &str = "*.{otf,ttf,png,gguf,bin}";

/// Path, line from 1, column from 0 and length, in chars.
type Hit = (PathBuf, usize, usize, usize);

/// The same numbers on every run: xorshift, by Marsaglia.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

/// A copy of our own sources, which are at hand everywhere, and what sources seldom have.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in ["editor-core/src", "app/search", "app/ground", "assets", "xtask/src", "docs"] {
        let from = workspace.join(name).canonicalize().unwrap();
        let to = root.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        assert!(Command::new("cp").arg("-r").arg(&from).arg(&to).status().unwrap().success());
    }
    let odd: [(&str, &[u8]); 8] = [
        (".gitignore", b"*.log\n/editor-core/src/file\n"),
        ("assets/.ignore", b"!*.log\nsample/\n"),
        ("kept.log", b"fn self"),
        ("assets/kept.log", b"fn self"),
        (".hidden", b"fn self"),
        ("crlf", b"pub fn self\r\n\r\nlet self = fn\r\n"),
        ("no end", "größe = self\nfn größe(self)".as_bytes()),
        ("bom", b"\xEF\xBB\xBFfn self\nuse self\n"),
    ];
    for (name, bytes) in odd {
        fs::write(root.path().join(name), bytes).unwrap();
    }
    fs::create_dir(root.path().join(".git")).unwrap();
    root
}

fn words(root: &Path) -> Vec<String> {
    let mut words = BTreeSet::new();
    for name in ["editor-core/src/review.rs", "editor-core/src/encoding.rs", "app/search/src/run.rs"] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        words
            .extend(text.split(|c: char| c.is_whitespace()).filter(|word| word.len() > 2).map(str::to_owned));
    }
    words.extend(["größe", "self", "fn"].map(str::to_owned));
    words.into_iter().collect()
}

fn query(random: &mut Random, words: &[String]) -> SearchQuery {
    let word = |random: &mut Random| words[random.below(words.len())].clone();
    let escaped = |random: &mut Random| regex_syntax::escape(&word(random));
    let pattern = match random.below(10) {
        0..=3 => word(random),
        4 => format!("{}|{}", escaped(random), escaped(random)),
        5 => {
            format!(r"\b{}\w*", &escaped(random).chars().filter(|c| c.is_alphanumeric()).collect::<String>())
        }
        6 => format!(r"^\s*{}", escaped(random)),
        7 => format!(r"{}[;,]?$", escaped(random)),
        8 => [r"fn \w+\(", r"[A-Z]\w+::\w+", r"\d{2,}", r"é|ö|«|→", r"\s+$", r"(?i)SELF\."][random.below(6)]
            .into(),
        _ => [r";\s+\}", r"\{\n\s*let \w+", r"self\s*\n\s*\."][random.below(3)].into(),
    };
    let regex = !words.contains(&pattern);
    let case = [Case::Smart, Case::Sensitive, Case::Insensitive][random.below(3)];
    let multi_line = pattern.contains(r"\s+\}") || pattern.contains(r"\n");
    // Of whole words by regular expressions ripgrep 13 cuts off the beginning: `43` of `143` for `\d{2,}`; 14 does not.
    let whole_word = random.below(4) == 0 && !regex;
    SearchQuery { pattern, regex, case, whole_word, multi_line }
}

fn ours(root: &Path, query: &SearchQuery) -> BTreeSet<Hit> {
    let mut request =
        SearchRequest::new(Matcher::new(query).unwrap(), SearchScope::folders(vec![root.to_owned()]));
    request.limits.hits = usize::MAX;
    request.limits.hits_of_file = usize::MAX;
    request.scope.globs = Globs::new("", BINARY).unwrap();
    let running = RunningSearch::start(request, || {}).unwrap();
    let mut all = BTreeSet::new();
    for event in running.wait() {
        let SearchEvent::File(file) = event else { continue };
        let HitPlace::File(path) = &file.place else { panic!() };
        all.extend(file.hits.iter().map(|hit| (path.clone(), hit.line + 1, hit.column, hit.range.len())));
    }
    all
}

fn theirs(program: &Path, root: &Path, query: &SearchQuery) -> BTreeSet<Hit> {
    let mut rg = Command::new(program);
    rg.args(["--json", "--crlf", "--no-config", "--glob", &format!("!{BINARY}")]);
    rg.arg(match query.case {
        Case::Smart => "--smart-case",
        Case::Sensitive => "--case-sensitive",
        Case::Insensitive => "--ignore-case",
    });
    let flags = [(!query.regex, "-F"), (query.whole_word, "-w"), (query.multi_line, "-U")];
    rg.args(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| flag));
    let output = rg.arg("-e").arg(&query.pattern).arg(root).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    let mut all = BTreeSet::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let message: Value = serde_json::from_slice(line).unwrap();
        if message["type"] != "match" {
            continue;
        }
        let data = &message["data"];
        let (path, lines) = (data["path"]["text"].as_str().unwrap(), data["lines"]["text"].as_str().unwrap());
        for found in data["submatches"].as_array().unwrap() {
            let (start, end) =
                (found["start"].as_u64().unwrap() as usize, found["end"].as_u64().unwrap() as usize);
            let before = &lines[..start];
            let line = data["line_number"].as_u64().unwrap() as usize + before.matches('\n').count();
            let column = before.rsplit('\n').next().unwrap().chars().count();
            all.insert((path.into(), line, column, lines[start..end].chars().count()));
        }
    }
    all
}

#[test]
fn the_hits_are_those_of_ripgrep() {
    let Some(program) = ground::program("the comparison with ripgrep", "rg") else { return };
    let root = tree();
    let (words, mut random) = (words(root.path()), Random(0x9E37_79B9_7F4A_7C15));
    let count = std::env::var("LOCALCODER_SEARCH_PATTERNS").ok().and_then(|count| count.parse().ok());
    let (mut with_hits, mut hits) = (0, 0);
    for _ in 0..count.unwrap_or(PATTERNS) {
        let query = query(&mut random, &words);
        let (ours, theirs) = (ours(root.path(), &query), theirs(&program, root.path(), &query));
        let missing: Vec<_> = theirs.difference(&ours).take(3).collect();
        let besides: Vec<_> = ours.difference(&theirs).take(3).collect();
        assert!(ours == theirs, "{query:?}: {missing:?} are missing, {besides:?} are not ripgrep's");
        with_hits += usize::from(!ours.is_empty());
        hits += ours.len();
    }
    println!("{hits} hits of {with_hits} patterns");
    assert!(with_hits > 10, "patterns without hits compare nothing");
}
