//! A message for staged changes: the diff cut fairly to a budget, the question, and the cleaning of the answer.
//!
//! Every file keeps its name and figures; what is cut is cut from the largest files, at whole lines, and told.

use std::collections::{BTreeMap, HashSet};

use ipc::protocol::{ChatMessage, ChatRole, Prompt};

/// What the model is told first.
const RULES: &str = include_str!("../../../assets/prompts/commit-system.md");
/// Most characters of changed lines in a prompt: about 2,000 tokens, which a machine without a GPU reads in half a minute.
pub const BUDGET: usize = 7_000;
/// Most files that are told of by name.
const MAX_FILES: usize = 40;
/// Files that tools write: their names say enough.
const WRITTEN_BY_TOOLS: [&str; 6] =
    ["Cargo.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "go.sum"];
/// Most columns of a line of the message below its first (the usual figure of git's users).
const COLUMNS: usize = 72;

/// Staged changes as the model sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagedChanges {
    /// The changes, file by file.
    pub text: String,
    /// How many files there are.
    pub files: usize,
    /// Files of which lines were left out, and how many.
    pub cut: Vec<(String, usize)>,
    /// Files that are not even named.
    pub unnamed: usize,
    /// First lines of the latest commits, for their form.
    pub style: Vec<String>,
    /// The part of the project that changed.
    pub area: Option<String>,
}

impl StagedChanges {
    /// How much was read and what was left out, in a sentence.
    pub fn note(&self) -> String {
        let files =
            if self.files == 1 { "1 staged file".to_owned() } else { format!("{} staged files", self.files) };
        if self.cut.is_empty() && self.unnamed == 0 {
            return format!("From {files}, read whole");
        }
        let lines: usize = self.cut.iter().map(|(_, lines)| lines).sum();
        let names: Vec<&str> = self.cut.iter().map(|(name, _)| name.as_str()).take(3).collect();
        let more = self.cut.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let unnamed = match self.unnamed {
            0 => String::new(),
            count => format!("; {count} files not named"),
        };
        format!("From {files}; {lines} changed lines left out in {}{more}{unnamed}", names.join(", "))
    }
}

/// The changes of one file.
#[derive(Clone, Debug, Default)]
struct File {
    name: String,
    what: &'static str,
    added: usize,
    removed: usize,
    lines: Vec<String>,
}

/// Cuts a diff to about `budget` characters: files that need less than their share leave the rest to the others.
pub fn fit(diff: &str, budget: usize) -> StagedChanges {
    let files = files(diff);
    let wanted = |file: &File| file.lines.iter().map(|line| line.len() + 1).sum::<usize>();
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|index| wanted(&files[*index]));
    let mut left = budget;
    let mut shares = vec![0; files.len()];
    for (done, index) in order.iter().enumerate() {
        let share = left / (files.len() - done);
        shares[*index] = wanted(&files[*index]).min(share);
        left -= shares[*index];
    }
    let mut staged = StagedChanges { files: files.len(), area: area(&files), ..StagedChanges::default() };
    for (file, share) in files.iter().zip(shares).take(MAX_FILES) {
        let File { name, what, added, removed, lines } = file;
        staged.text += &format!("{what} {name} (+{added} -{removed})\n");
        let mut room = share;
        let fits = |line: &&String| {
            let fits = line.len() < room;
            room = room.saturating_sub(line.len() + 1);
            fits
        };
        let kept: Vec<&String> = lines.iter().take_while(fits).collect();
        let is_change = |line: &&String| line.starts_with(['+', '-']);
        let missing = lines[kept.len()..].iter().filter(is_change).count();
        staged.text.extend(kept.iter().map(|line| format!("{line}\n")));
        if missing > 0 {
            staged.text += &format!("({missing} more changed lines)\n");
            staged.cut.push((name.clone(), missing));
        }
        staged.text.push('\n');
    }
    staged.unnamed = files.len().saturating_sub(MAX_FILES);
    if staged.unnamed > 0 {
        staged.text += &format!("and {} more files\n", staged.unnamed);
    }
    staged
}

fn files(diff: &str) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut in_hunk = false;
    for line in diff.lines() {
        if let Some(names) = line.strip_prefix("diff --git ") {
            let name = names.rsplit_once(" b/").map_or(names, |(_, name)| name).trim_matches('"').to_owned();
            files.push(File { name, what: "Changed", ..File::default() });
            in_hunk = false;
            continue;
        }
        let Some(file) = files.last_mut() else { continue };
        in_hunk |= line.starts_with("@@");
        if !in_hunk {
            match line {
                _ if line.starts_with("new file") => file.what = "New",
                _ if line.starts_with("deleted file") => file.what = "Deleted",
                _ if line.starts_with("rename from ") => file.what = "Renamed to",
                _ if line.starts_with("Binary files") => file.what = "Binary",
                _ => {}
            }
            continue;
        }
        file.added += usize::from(line.starts_with('+'));
        file.removed += usize::from(line.starts_with('-'));
        let by_tool = WRITTEN_BY_TOOLS.contains(&file.name.rsplit('/').next().unwrap_or_default());
        // What is gone as a whole needs no reading.
        if !by_tool && file.what != "Deleted" {
            let text =
                line.strip_prefix("@@").map_or(line, |rest| rest.split_once("@@").map_or(line, |(_, f)| f));
            let text = if line.starts_with("@@") { format!("@@{text}") } else { text.to_owned() };
            file.lines.push(text);
        }
    }
    files
}

/// The question.
pub fn prompt(staged: &StagedChanges) -> Prompt {
    // Earlier messages themselves are not shown: a small model copies them. Their form is kept by `message`.
    let begins = match staged.form() {
        Form::Typed => " Begin the first line with one of feat:, fix:, docs:, refactor:, test:, chore:.",
        Form::Area(_) | Form::Plain => "",
    };
    let user = format!(
        "The staged changes:\n\n{}\nWrite the commit message for the staged changes: what they are for, never a list of files.{begins}",
        staged.text
    );
    Prompt::Chat(vec![
        ChatMessage { role: ChatRole::System, text: RULES.trim_end().into() },
        ChatMessage { role: ChatRole::User, text: user },
    ])
}

/// How first lines begin in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// With a word of the change.
    Plain,
    /// `feat: …`, `fix(parser): …`.
    Typed,
    /// With the part of the project that changed: `parser: …`.
    Area(String),
}

impl StagedChanges {
    /// How first lines begin here, when most earlier ones agree.
    pub fn form(&self) -> Form {
        const TYPES: [&str; 10] =
            ["feat", "fix", "docs", "refactor", "test", "chore", "perf", "build", "ci", "style"];
        let before: Vec<&str> = self.style.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
        let is_typed = |word: &&&str| TYPES.contains(&word.split(['(', '!']).next().unwrap_or_default());
        if before.is_empty() || before.len() * 2 < self.style.len() {
            return Form::Plain;
        }
        if before.iter().filter(is_typed).count() * 2 >= before.len() {
            return Form::Typed;
        }
        let is_short = |word: &&str| word.split(' ').count() <= 4 && !word.contains('"');
        match &self.area {
            Some(area) if before.iter().all(is_short) => Form::Area(area.clone()),
            _ => Form::Plain,
        }
    }
}

/// The folder that most of the changes are in.
fn area(files: &[File]) -> Option<String> {
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        let top = file.name.split_once('/').map_or("", |(folder, _)| folder);
        *lines.entry(top).or_default() += file.added + file.removed + 1;
    }
    let all: usize = lines.values().sum();
    let (top, most) = lines.into_iter().max_by_key(|(_, lines)| *lines)?;
    (most * 2 > all && !top.is_empty()).then(|| top.to_lowercase())
}

/// The message in an answer, complete or not, with its first line in the form of the repository's.
pub fn message(answer: &str, form: &Form) -> String {
    let message = cleaned(answer);
    let Form::Area(area) = form else { return message };
    let mut words = message.splitn(2, ' ');
    let (Some(first), Some(rest)) = (words.next(), words.next()) else { return message };
    if first.ends_with(':') {
        return message;
    }
    // `Add` becomes `add`, `README` stays.
    let plain = first.chars().skip(1).all(char::is_lowercase);
    let first = if plain { first.to_lowercase() } else { first.to_owned() };
    format!("{area}: {first} {rest}")
}

/// First line, a blank one, and the rest wrapped.
fn cleaned(answer: &str) -> String {
    let answer = answer.split("</think>").last().unwrap_or_default();
    if answer.contains("<think>") {
        return String::new();
    }
    let mut seen = HashSet::new();
    let mut lines = answer
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("```"))
        .filter(|line| !is_chatter(line));
    let Some(whole) = lines.by_ref().map(subject).find(|line| !line.is_empty()) else { return String::new() };
    let (first, rest) = match whole.find(". ").filter(|_| whole.chars().count() > COLUMNS) {
        Some(end) => (whole[..end].to_owned(), Some(whole[end + 2..].to_owned() + ".")),
        None => (whole.clone(), None),
    };
    seen.insert(whole);
    let mut body: Vec<String> = rest.into_iter().collect();
    for line in lines {
        let line = line.replace("**", "").replace('`', "");
        let is_blank = line.is_empty();
        if is_blank && body.last().is_none_or(String::is_empty) || !is_blank && !seen.insert(line.clone()) {
            continue;
        }
        body.push(line.trim_start_matches("# ").to_owned());
    }
    let body = body.iter().flat_map(|line| wrapped(line)).collect::<Vec<_>>().join("\n");
    let body = body.trim();
    if body.is_empty() { format!("{first}\n") } else { format!("{first}\n\n{body}\n") }
}

fn is_chatter(line: &str) -> bool {
    let said = line.to_lowercase();
    let talks = said.starts_with("here is") || said.starts_with("here's") || said.starts_with("sure");
    talks && line.ends_with([':', '!'])
}

/// The first line without what models put around it.
fn subject(line: &str) -> String {
    let mut line = line.trim_matches(|c: char| "*_`\"'# ".contains(c));
    for before in ["commit message:", "subject:", "title:", "summary:"] {
        let starts = line.get(..before.len()).is_some_and(|start| start.eq_ignore_ascii_case(before));
        line = if starts { line[before.len()..].trim_matches(|c: char| "*_`\"' ".contains(c)) } else { line };
    }
    line.trim_end_matches('.').to_owned()
}

/// A line of the body in lines of at most [`COLUMNS`] columns; an item of a list goes on under its text.
fn wrapped(line: &str) -> Vec<String> {
    let hang = if line.starts_with("- ") || line.starts_with("* ") { "  " } else { "" };
    let mut made = vec![String::new()];
    for word in line.split_whitespace() {
        let here = made.last_mut().map(|last| {
            let fits = last.trim().is_empty() || last.chars().count() + 1 + word.chars().count() <= COLUMNS;
            if fits {
                if !last.trim().is_empty() {
                    last.push(' ');
                }
                last.push_str(word);
            }
            fits
        });
        if here == Some(false) {
            made.push(format!("{hang}{word}"));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn diff(files: &[(&str, usize)]) -> String {
        let one = |(name, lines): &(&str, usize)| {
            let added: String = (0..*lines).map(|n| format!("+line {n}\n")).collect();
            format!(
                "diff --git a/{name} b/{name}\nindex 1..2 100644\n--- a/{name}\n+++ b/{name}\n@@ -1 +1,{lines} @@ fn f\n{added}"
            )
        };
        files.iter().map(one).collect()
    }

    #[test]
    fn a_small_diff_is_whole_and_a_large_file_leaves_room_for_the_others() {
        let small = fit(&diff(&[("a.rs", 2), ("b c.rs", 3)]), BUDGET);
        assert_eq!(
            small.text,
            "Changed a.rs (+2 -0)\n@@ fn f\n+line 0\n+line 1\n\nChanged b c.rs (+3 -0)\n@@ fn f\n+line 0\n+line 1\n+line 2\n\n"
        );
        assert_eq!(small.note(), "From 2 staged files, read whole");
        let large = fit(&diff(&[("big.rs", 5000), ("a.rs", 10), ("b.rs", 12)]), 1000);
        assert!(large.text.len() < 1300, "{}", large.text.len());
        assert!(large.text.contains("Changed b.rs (+12 -0)") && large.text.contains("+line 11\n"));
        assert_eq!(large.cut.len(), 1);
        assert!(large.note().contains("left out in big.rs"), "{}", large.note());
    }

    #[test]
    fn lines_that_only_look_like_headers_count() {
        let staged = fit(
            "diff --git a/x b/x\nnew file mode 1\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+++ y\n--- z\n",
            BUDGET,
        );
        assert!(staged.text.starts_with("New x (+1 -1)\n"), "{}", staged.text);
        let lock = fit(&diff(&[("sub/Cargo.lock", 900)]), BUDGET);
        assert_eq!(lock.text, "Changed sub/Cargo.lock (+900 -0)\n\n");
    }

    #[test]
    fn answers_become_messages() {
        let check =
            |answer: &str, expected: &str| assert_eq!(message(answer, &Form::Plain), expected, "{answer}");
        check("Add a parser.\n\nIt reads.", "Add a parser\n\nIt reads.\n");
        check(
            "Here is the commit message:\n```\n**Fix the cache**\nIt was stale.\n```",
            "Fix the cache\n\nIt was stale.\n",
        );
        check("Commit message: \"Fix it\"\n", "Fix it\n");
        check("<think>hm", "");
        let long = format!("A\n\n- {}", "word ".repeat(30));
        assert!(cleaned(&long).lines().all(|line| line.chars().count() <= COLUMNS), "{}", cleaned(&long));
        assert!(cleaned(&long).lines().nth(3).is_some_and(|line| line.starts_with("  word")));
    }

    #[test]
    fn first_lines_begin_as_they_do_in_the_repository() {
        let form = |style: &[&str], files: &[(&str, usize)]| {
            let style = style.iter().map(|line| (*line).to_owned()).collect();
            StagedChanges { style, ..fit(&diff(files), BUDGET) }.form()
        };
        let parts = ["app: add a thing", "docs: the figures", "ipc, app: less"];
        assert_eq!(form(&parts, &[("app/src/a.rs", 9), ("README.md", 1)]), Form::Area("app".into()));
        assert_eq!(form(&parts, &[("app/a.rs", 5), ("ipc/b.rs", 5)]), Form::Plain);
        assert_eq!(form(&["feat: a", "fix(b): c"], &[("a.rs", 1)]), Form::Typed);
        assert_eq!(form(&["Add a", "Note: b", "Fix"], &[("a.rs", 1)]), Form::Plain);
        assert_eq!(form(&[], &[("a.rs", 1)]), Form::Plain);
        let area = Form::Area("app".into());
        assert_eq!(
            message("Add a thing.\n\nIt was missing.", &area),
            "app: add a thing\n\nIt was missing.\n"
        );
        assert_eq!(message("app: add a thing", &area), "app: add a thing\n");
        assert_eq!(message("README names it", &area), "app: README names it\n");
        let long = "Add a parser. Fix the cache of the window that was stale. Remove what was left over";
        assert!(message(long, &Form::Plain).starts_with("Add a parser\n\nFix the cache"));
    }

    proptest! {
        /// Wherever an answer is cut, what is used of it has no fence and no thought, and a blank second line.
        #[test]
        fn a_message_is_clean_wherever_its_answer_is_cut(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "```\n", "Add a parser\n", "\n", "<think>", "</think>\n", "Here is the message:\n", "- It reads `x`.\n",
                "**Fix** it. ", "# Title\n", "\"Quoted\"\n",
            ]), 0..12),
            cut in 0usize..200,
        ) {
            let raw: String = pieces.concat().chars().take(cut).collect();
            for form in [Form::Plain, Form::Area("app".into())] {
                let message = message(&raw, &form);
                prop_assert!(!message.contains("```") && !message.contains("<think>"), "{raw:?} gave {message:?}");
                prop_assert!(message.lines().nth(1).is_none_or(str::is_empty), "{raw:?} gave {message:?}");
                prop_assert!(message.is_empty() || message.ends_with('\n'), "{message:?}");
            }
        }

        #[test]
        fn no_file_takes_from_the_others_and_nothing_is_lost_silently(
            sizes in prop::collection::vec(0usize..400, 1..50), budget in 200usize..4000,
        ) {
            let names: Vec<String> = (0..sizes.len()).map(|n| format!("f{n}.rs")).collect();
            let files: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(sizes.iter().copied()).collect();
            let staged = fit(&diff(&files), budget);
            let shown = staged.text.lines().filter(|line| line.starts_with('+')).count();
            let cut: usize = staged.cut.iter().map(|(_, lines)| lines).sum();
            let unnamed: usize = sizes.iter().skip(MAX_FILES).sum();
            prop_assert_eq!(shown + cut + unnamed, sizes.iter().sum::<usize>());
            prop_assert!(staged.text.len() <= budget + 80 * MAX_FILES);
        }
    }
}
