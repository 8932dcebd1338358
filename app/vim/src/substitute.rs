//! `:s`, with its flags, and the questions that `c` asks.

use editor_core::{Change, Selection, Span};
use regex::{Captures, Regex};

use crate::command_line::until;
use crate::ex::ExRange;
use crate::keys::VimKey;
use crate::memory::{Confirming, LastSearch, MatchPlace, Substitution};
use crate::pattern;
use crate::vim::{Desk, Vim, VimWish};

/// What stands behind the replacement.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    all: bool,
    asks: bool,
    /// Nothing is wrong where nothing matches.
    quiet: bool,
    ignore_case: Option<bool>,
    only_counts: bool,
}

impl Vim {
    /// `:s/pattern/replacement/flags`, or without any of that the last one again.
    pub(crate) fn substitute(
        &mut self,
        desk: &mut Desk<'_>,
        range: ExRange,
        argument: &str,
    ) -> Result<(), String> {
        let Some(sign) = argument
            .chars()
            .next()
            .filter(|c| !c.is_alphanumeric() && !c.is_whitespace() && !"\"|&".contains(*c))
        else {
            return self.substitute_in(desk, range, argument.trim());
        };
        let (pattern, rest) = until(&argument[sign.len_utf8()..], sign);
        let (replacement, flags) = until(rest.unwrap_or(""), sign);
        let pattern = match (pattern.is_empty(), &self.last_search) {
            (false, _) => pattern,
            (true, Some(last)) => last.pattern.clone(),
            (true, None) => return Err("There is nothing that was searched for.".to_owned()),
        };
        self.last_search = Some(LastSearch { pattern: pattern.clone(), back: false });
        self.last_substitution = Some(Substitution { pattern, replacement });
        self.substitute_in(desk, range, flags.unwrap_or("").trim())
    }

    /// `&`: the last substitution again, in this line, without its flags.
    pub(crate) fn substitute_again(&mut self, desk: &mut Desk<'_>) {
        let line = desk.lines().of(desk.head());
        let range = ExRange { first: line, last: line, given: false };
        if let Err(wrong) = self.substitute_in(desk, range, "") {
            self.failed = true;
            self.wishes.push(VimWish::Complain(wrong));
        }
    }

    /// The last substitution in a range.
    pub(crate) fn substitute_in(
        &mut self,
        desk: &mut Desk<'_>,
        range: ExRange,
        flags: &str,
    ) -> Result<(), String> {
        let last = self.last_substitution.clone().ok_or("There is nothing that was substituted before.")?;
        let (flags, count) = read_flags(flags)?;
        let range = match count {
            None => range,
            Some(count) => {
                let end = (range.last + count.max(1) - 1).min(desk.lines().last());
                ExRange { first: range.last, last: end, ..range }
            }
        };
        let regex = pattern::compile(&last.pattern, flags.ignore_case.unwrap_or(false))?;
        let places = places(desk, &regex, range, &last.replacement, flags.all);
        if places.is_empty() {
            return if flags.quiet { Ok(()) } else { Err(format!("Nothing matches {}", last.pattern)) };
        }
        if flags.only_counts {
            self.wishes.push(VimWish::Say(format!("{} matches", places.len())));
            return Ok(());
        }
        self.wishes.push(VimWish::Highlight(Some(regex.as_str().to_owned())));
        if flags.asks {
            self.confirming = Some(Confirming { places, at: 0, grown: 0, replacement: last.replacement });
            self.ask(desk);
            return Ok(());
        }
        self.replace_places(desk, &places);
        Ok(())
    }

    fn replace_places(&mut self, desk: &mut Desk<'_>, places: &[MatchPlace]) {
        let Some(last) = places.last() else { return };
        let changes = places.iter().map(|place| Change::new(place.start..place.end, place.text.as_str()));
        let grown: isize = places.iter().map(MatchPlace::growth).sum();
        let first = desk.lines().start(desk.lines().of(places[0].start));
        // The line of the last place, by its end: what was put may have broken it.
        let end = last.end.saturating_add_signed(grown);
        if self.edit(desk, changes.collect(), first, first) {
            let lines = desk.lines();
            let at = lines.begin(lines.of(end));
            self.put_caret(desk, at);
        }
        if places.len() > 2 {
            self.wishes.push(VimWish::Say(format!("{} places changed", places.len())));
        }
    }

    /// Shows the place that is asked about.
    fn ask(&mut self, desk: &mut Desk<'_>) {
        let Some(confirming) = &self.confirming else { return };
        match confirming.places.get(confirming.at) {
            Some(place) => {
                let start = place.start.saturating_add_signed(confirming.grown);
                let end = place.end.saturating_add_signed(confirming.grown);
                desk.document.select(&Selection::single(Span::new(end, start)));
                self.wishes.push(VimWish::Reveal);
            }
            None => self.end_asking(desk),
        }
    }

    fn end_asking(&mut self, desk: &mut Desk<'_>) {
        self.confirming = None;
        let at = desk.document.selection().primary().start();
        self.put_caret(desk, at);
    }

    /// The answer to whether one place is to change.
    pub(crate) fn confirm(&mut self, desk: &mut Desk<'_>, key: VimKey) {
        let Some(confirming) = &mut self.confirming else { return };
        match key {
            VimKey::Char('y' | 'l') => {
                let last = key == VimKey::Char('l');
                let place = confirming.places[confirming.at].clone();
                let grown = confirming.grown;
                confirming.at += 1;
                confirming.grown += place.growth();
                let moved = place.moved(grown);
                let change = Change::new(moved.start..moved.end, moved.text);
                self.edit(desk, vec![change], moved.start, moved.start);
                if last { self.end_asking(desk) } else { self.ask(desk) }
            }
            VimKey::Char('n') => {
                confirming.at += 1;
                self.ask(desk);
            }
            VimKey::Char('a') => {
                let rest: Vec<MatchPlace> = confirming.places[confirming.at..]
                    .iter()
                    .map(|place| place.moved(confirming.grown))
                    .collect();
                self.confirming = None;
                self.replace_places(desk, &rest);
            }
            VimKey::Char('q') | VimKey::Escape => self.end_asking(desk),
            _ => {}
        }
    }
}

fn read_flags(text: &str) -> Result<(Flags, Option<usize>), String> {
    let mut flags = Flags::default();
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    for c in letters.chars().filter(|c| !c.is_whitespace()) {
        match c {
            'g' => flags.all = !flags.all,
            'c' => flags.asks = true,
            'e' => flags.quiet = true,
            'n' => flags.only_counts = true,
            'i' => flags.ignore_case = Some(true),
            'I' => flags.ignore_case = Some(false),
            '&' | 'r' => {}
            c => return Err(format!("The flag {c} means nothing here.")),
        }
    }
    Ok((flags, text[letters.len()..].parse().ok()))
}

/// All places that change in a range of lines. Without `all` the first one of each line.
fn places(desk: &Desk<'_>, regex: &Regex, range: ExRange, replacement: &str, all: bool) -> Vec<MatchPlace> {
    let lines = desk.lines();
    let origin = lines.start(range.first);
    let text = lines.slice(origin..lines.after(range.last));
    let ending = desk.document.line_ending().as_str();
    let mut found = Vec::new();
    // Bytes and characters of the text that are counted so far.
    let (mut bytes, mut chars, mut blocked) = (0, origin, 0);
    let last_line_end = text.trim_end_matches(['\n', '\r']).len();
    for captures in regex.captures_iter(&text) {
        let Some(whole) = captures.get(0) else { continue };
        let ends_behind = whole.start() >= text.len() && text.ends_with('\n');
        if whole.start() < blocked
            || ends_behind
            || (whole.is_empty() && whole.start() > last_line_end && range.last == range.first)
        {
            continue;
        }
        chars += text[bytes..whole.start()].chars().count();
        bytes = whole.start();
        if !all {
            blocked = text[whole.start()..].find('\n').map_or(text.len() + 1, |at| whole.start() + at + 1);
        }
        let length = whole.as_str().chars().count();
        found.push(MatchPlace {
            start: chars,
            end: chars + length,
            text: replaced(replacement, &captures, ending),
        });
    }
    found
}

/// Which case the next characters are put in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Same,
    Upper,
    Lower,
}

/// The text that comes in the place of a match.
fn replaced(replacement: &str, captures: &Captures<'_>, ending: &str) -> String {
    let mut out = String::new();
    let (mut case, mut once) = (Case::Same, Case::Same);
    let mut put = |text: &str, case: Case, once: &mut Case| {
        for c in text.chars() {
            let now = if *once == Case::Same { case } else { *once };
            *once = Case::Same;
            match now {
                Case::Same => out.push(c),
                Case::Upper => out.extend(c.to_uppercase()),
                Case::Lower => out.extend(c.to_lowercase()),
            }
        }
    };
    let group = |number: usize| captures.get(number).map_or("", |group| group.as_str());
    let mut chars = replacement.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => put(group(0), case, &mut once),
            '\r' => put(ending, Case::Same, &mut once),
            '\\' => match chars.next() {
                Some('u') => once = Case::Upper,
                Some('l') => once = Case::Lower,
                Some('U') => case = Case::Upper,
                Some('L') => case = Case::Lower,
                Some('e' | 'E') => case = Case::Same,
                Some('r') => put(ending, Case::Same, &mut once),
                Some('n') => put("\0", Case::Same, &mut once),
                Some('t') => put("\t", Case::Same, &mut once),
                Some(digit @ '0'..='9') => put(group(digit as usize - '0' as usize), case, &mut once),
                Some(other) => put(&other.to_string(), case, &mut once),
                None => put("\\", case, &mut once),
            },
            c => put(&c.to_string(), case, &mut once),
        }
    }
    out
}
