//! Random histories: what differs, what is staged of it and who wrote it must be what git says.
//! `LOCALCODER_GIT_HISTORIES=500` makes this many.

#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]

mod real;

use std::path::Path;

use fastrand::Rng;
use git::lines::{self, LineChange};
use git::{Against, KeptFile};
use real::Real;

/// The file that all of it is about.
const FILE: &str = "src/file.rs";

#[test]
fn hunks_staging_and_blame_are_those_of_git() {
    let count =
        std::env::var("LOCALCODER_GIT_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(12);
    let mut told = Differences::default();
    for seed in 0..count {
        told.add(&one(seed));
    }
    println!("{count} histories: {told:?}");
    assert_eq!(told.wrong_stage, 0, "{told:?}");
    assert_eq!(told.other_hunks, 0, "{told:?}");
    assert_eq!(told.other_blame, 0, "{told:?}");
}

/// What was compared.
#[derive(Debug, Default)]
struct Differences {
    diffs: usize,
    other_hunks: usize,
    stages: usize,
    wrong_stage: usize,
    lines: usize,
    other_blame: usize,
}

impl Differences {
    fn add(&mut self, other: &Differences) {
        self.diffs += other.diffs;
        self.other_hunks += other.other_hunks;
        self.stages += other.stages;
        self.wrong_stage += other.wrong_stage;
        self.lines += other.lines;
        self.other_blame += other.other_blame;
    }
}

fn one(seed: u64) -> Differences {
    let mut random = Rng::with_seed(seed);
    let real = history(&mut random);
    let mut told = Differences::default();
    compare_blame(&real, seed, &mut told);
    for _ in 0..3 {
        let text = edited(&mut random, &read(&real));
        real.write(FILE, &text);
        compare_stage(&real, seed, &mut random, &mut told);
    }
    told
}

/// A repository whose file was written by several hands on two branches, under two names.
fn history(random: &mut Rng) -> Real {
    let real = Real::new();
    let mut name = "first.rs";
    let lines = random.usize(3..25);
    real.write(name, whole(random, lines));
    real.commit("begin");
    for number in 0..random.usize(2..8) {
        match random.u8(0..10) {
            0 if name == "first.rs" => {
                std::fs::create_dir_all(real.path().join("src")).unwrap();
                real.git(&["mv", name, FILE]);
                name = FILE;
                real.commit(&format!("{number}: move"));
            }
            1 | 2 => {
                real.git(&["checkout", "-q", "-b", &format!("side{number}")]);
                let path = real.path().join(name);
                let text = edited(random, &std::fs::read_to_string(&path).unwrap());
                real.write(name, text);
                real.commit(&format!("{number}: aside"));
                real.git(&["checkout", "-q", "main"]);
                let text = edited(random, &std::fs::read_to_string(&path).unwrap());
                real.write(name, text);
                real.commit(&format!("{number}: meanwhile"));
                let side = format!("side{number}");
                if !real.try_git(&["merge", "-q", "--no-edit", &side]).status.success() {
                    real.git(&[
                        "checkout",
                        "-q",
                        if random.bool() { "--ours" } else { "--theirs" },
                        "--",
                        name,
                    ]);
                    real.git(&["add", "-A"]);
                    real.git(&["commit", "-q", "--no-edit"]);
                }
            }
            _ => {
                let path = real.path().join(name);
                let text = edited(random, &std::fs::read_to_string(&path).unwrap());
                real.write(name, text);
                real.commit(&format!("{number}: edit"));
            }
        }
    }
    if name != FILE {
        std::fs::create_dir_all(real.path().join("src")).unwrap();
        real.git(&["mv", name, FILE]);
        real.commit("move at last");
    }
    real
}

fn read(real: &Real) -> String {
    std::fs::read_to_string(real.path().join(FILE)).unwrap()
}

/// A line like those of programs: some of them often, some once.
fn line(random: &mut Rng) -> String {
    let indent = "    ".repeat(random.usize(0..3));
    match random.u8(0..8) {
        0 => String::new(),
        1 => format!("{indent}}}"),
        2 => format!("{indent}fn f{}() {{", random.u8(0..6)),
        3 => format!("{indent}return;"),
        _ => format!("{indent}let a{} = {};", random.u8(0..20), random.u8(0..50)),
    }
}

fn whole(random: &mut Rng, lines: usize) -> String {
    let text: String = (0..lines).map(|_| line(random) + "\n").collect();
    text
}

/// A text with some lines in, out, or changed, and at times with another end.
fn edited(random: &mut Rng, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..random.usize(1..5) {
        let at = random.usize(0..=lines.len());
        match random.u8(0..4) {
            0 | 1 => {
                for _ in 0..random.usize(1..4) {
                    lines.insert(at, line(random));
                }
            }
            2 if at < lines.len() => lines[at] = line(random),
            _ => {
                let end = (at + random.usize(1..4)).min(lines.len());
                lines.drain(at..end);
            }
        }
    }
    let end = if lines.is_empty() || random.u8(0..8) == 0 { "" } else { "\n" };
    lines.join("\n") + end
}

/// The hunks of `git diff -U0`, each with its lines of the patch.
fn hunks_of_git(real: &Real) -> Vec<(LineChange, String)> {
    let patch = real.git(&["diff", "-U0", "--no-color", "--", FILE]);
    let mut hunks: Vec<(LineChange, String)> = Vec::new();
    for line in patch.lines() {
        if let Some(rest) = line.strip_prefix("@@ -") {
            let (old, rest) = rest.split_once(" +").unwrap();
            let (new, _) = rest.split_once(" @@").unwrap();
            hunks.push((LineChange { old: range(old), new: range(new) }, format!("{line}\n")));
        } else if let Some((_, text)) = hunks.last_mut() {
            *text += &format!("{line}\n");
        }
    }
    hunks
}

/// `12,3` or `12`, from 1; where there are none, the line before.
fn range(text: &str) -> std::ops::Range<usize> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let (start, count): (usize, usize) = (start.parse().unwrap(), count.parse().unwrap());
    if count == 0 { start..start } else { start - 1..start - 1 + count }
}

/// A patch of some hunks, numbered as `git add -p` does: where they come to lie without those that are left out.
fn patch_of<'a>(hunks: impl Iterator<Item = &'a (LineChange, String)>) -> String {
    let (mut patch, mut grown) = (String::new(), 0);
    for (hunk, text) in hunks {
        let (_, body) = text.split_once('\n').unwrap();
        let first = |range: &std::ops::Range<usize>| range.start + usize::from(!range.is_empty());
        let old = first(&hunk.old);
        // Where only lines go, git begins to look for them at this line, which has to be their own.
        let new = (hunk.old.start as isize + grown) as usize + 1;
        patch += &format!("@@ -{old},{} +{new},{} @@\n{body}", hunk.old.len(), hunk.new.len());
        grown += hunk.new.len() as isize - hunk.old.len() as isize;
    }
    patch
}

fn compare_stage(real: &Real, seed: u64, random: &mut Rng, told: &mut Differences) {
    let (repository, path) = (real.open(), Path::new(FILE));
    let KeptFile::Blob(staged, id) = repository.kept(path, Against::Index).unwrap() else { panic!("{seed}") };
    let now = repository.as_kept(path, read(real).as_bytes()).unwrap();
    let ours = lines::changes(&staged, &now);
    let gits = hunks_of_git(real);
    told.diffs += 1;
    if ours != gits.iter().map(|(hunk, _)| hunk.clone()).collect::<Vec<_>>() {
        told.other_hunks += 1;
        println!("{seed}: {ours:?}\n{gits:#?}");
        return;
    }
    let chosen: Vec<usize> = (0..ours.len()).filter(|_| random.bool()).collect();
    let part: Vec<LineChange> = chosen.iter().map(|at| ours[*at].clone()).collect();
    repository.stage_text(path, Some(id), &lines::apply(&staged, &now, &part)).unwrap();
    let our_blob = real.git(&["rev-parse", &format!(":{FILE}")]);
    real.git(&["reset", "-q"]);
    let patch = patch_of(chosen.iter().map(|at| &gits[*at]));
    if !patch.is_empty() {
        let file = real.beside("patch");
        std::fs::write(&file, format!("--- a/{FILE}\n+++ b/{FILE}\n{patch}")).unwrap();
        let applied = real.try_git(&["apply", "--cached", "--unidiff-zero", file.to_str().unwrap()]);
        if !applied.status.success() {
            // A last line without a line feed, taken without what follows it: git has no word for that.
            assert!(patch.contains("No newline") || read(real).is_empty(), "{seed}: {applied:?}");
            return;
        }
    }
    told.stages += 1;
    if our_blob != real.git(&["rev-parse", &format!(":{FILE}")]) {
        told.wrong_stage += 1;
        println!("{seed}: staged otherwise\n{patch}");
    }
    real.git(&["reset", "-q"]);
}

fn compare_blame(real: &Real, seed: u64, told: &mut Differences) {
    if read(real).is_empty() {
        return;
    }
    let ours = real.open().blame(Path::new(FILE)).unwrap();
    let printed = real.git(&["blame", "--porcelain", FILE]);
    let is_name = |word: &&str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let gits: Vec<&str> = printed
        .lines()
        .filter(|line| !line.starts_with('\t'))
        .filter_map(|line| line.split(' ').next().filter(is_name))
        .collect();
    assert_eq!(ours.len(), gits.len(), "{seed}");
    told.lines += gits.len();
    let other = ours.iter().zip(&gits).filter(|(ours, git)| **ours != **git).count();
    if other > 0 {
        println!("{seed}: {other} of {} lines blamed otherwise", gits.len());
    }
    told.other_blame += other;
}
