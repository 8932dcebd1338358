//! Opening, typing and searching at 100 MB, and the next place of an edit at 1 MB, to be read on a quiet machine: none of them may
//! hold up the window.
//! `cargo test --release -p editor-core --test large -- --ignored --nocapture`. It takes seconds and asserts nothing about time, so it
//! does not run by itself.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::hint::black_box;
use std::time::Instant;

use editor_core::{
    Buffer, Language, Transaction, encoding,
    next_place::{EditTrail, SearchedText, patterns, places},
    search::{FindProgress, FindQuery, Search},
    syntax::SyntaxTree,
};

/// The best of this many: the machine's own noise only ever adds.
const RUNS: usize = 10;

fn text() -> String {
    let lines = (0..2_500_000).map(|line| format!("    let value_{line} = call(a, b);\n"));
    lines.collect::<String>().chars().take(100_000_000).collect()
}

/// Prints the milliseconds of `work` at best; what `prepare` takes does not count.
fn best<T, R>(what: &str, prepare: impl Fn() -> T, work: impl Fn(T) -> R) {
    let run = || {
        let stage = prepare();
        let began = Instant::now();
        let result = black_box(work(black_box(stage)));
        let seconds = began.elapsed().as_secs_f64();
        drop(result);
        seconds
    };
    let seconds = (0..RUNS).map(|_| run()).fold(f64::INFINITY, f64::min);
    println!("{what}: {:.3} ms", seconds * 1e3);
}

#[test]
#[ignore = "a measurement, not a check"]
fn a_hundred_megabytes() {
    let text = text();
    let buffer = Buffer::from_text(&text);
    best("open", || (), |()| encoding::decode(text.as_bytes()));
    best(
        "type a key",
        || (buffer.clone(), Transaction::replace(&buffer, 50_000_000..50_000_000, "x")),
        |(mut buffer, transaction)| buffer.apply(&transaction).map(|_| buffer),
    );
    let query = FindQuery { pattern: "value_1234567".to_owned(), ..FindQuery::default() };
    let search = || Search::new(&query, &buffer).unwrap();
    best("one step of a search", search, |mut search| search.step(1_000_000));
    best("a whole search", search, |mut search| while search.step(1_000_000) == FindProgress::More {});
}

/// A megabyte of code in which an edit is due once in a while, and a word of it stands in each line.
#[test]
#[ignore = "a measurement, not a check"]
fn the_next_place_in_a_megabyte() {
    let line = |line: usize| match line % 200 {
        0 => format!("    value_{line} = fetch(base + path_{line})\n"),
        _ => format!("    value_{line} = fetched(a, fetch_all, {line})\n"),
    };
    let text: String = (0..25_000).map(line).collect();
    let mut buffer = Buffer::from_text(&format!("def f():\n    x = fetch(url)\n{text}"));
    let mut trail = EditTrail::new(buffer.rope());
    let edit = Transaction::replace(&buffer, 26..26, ", 5");
    buffer.apply(&edit).unwrap();
    let (rope, never) = (buffer.rope().clone(), std::sync::atomic::AtomicBool::new(false));
    best(
        "follow a key",
        || trail.clone(),
        |mut trail| {
            trail.follow(std::slice::from_ref(&edit), &rope);
            trail
        },
    );
    trail.follow(std::slice::from_ref(&edit), &rope);
    let settled = trail.settled().unwrap();
    let tree = SyntaxTree::parse(Language::Python, &rope, buffer.revision(), None, &never);
    let find = |tree: Option<&SyntaxTree>| {
        let (text, spared) = (rope.to_string(), [settled.place()]);
        let searched = SearchedText {
            text: &text,
            rope: &rope,
            language: Language::Python,
            tree,
            from: settled.place().end,
            spared: &spared,
            is_edited: true,
        };
        places(&patterns(&settled, trail.examples(), &searched), &searched).len()
    };
    println!("{} places in {} bytes", find(tree.as_ref()), rope.len_bytes());
    best("find places with a tree", || (), |()| find(tree.as_ref()));
    best("find places without one", || (), |()| find(None));
}
