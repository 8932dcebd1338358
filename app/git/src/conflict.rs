//! Places where git could not join two sides, as it marks them in the text.

use std::ops::Range;

/// One place, in lines counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// All of it, markers included.
    pub all: Range<usize>,
    /// What stands here.
    pub ours: Range<usize>,
    /// What both come from, where it is marked (`diff3`).
    pub base: Option<Range<usize>>,
    /// What comes from there.
    pub theirs: Range<usize>,
    /// What the markers call the two: a branch, a commit.
    pub names: (String, String),
}

/// What stays of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictSide {
    /// What stands here.
    Ours,
    /// What comes from there.
    Theirs,
    /// Both, ours first.
    Both,
}

impl Conflict {
    /// The lines that stay.
    pub fn kept(&self, side: ConflictSide) -> Vec<Range<usize>> {
        match side {
            ConflictSide::Ours => vec![self.ours.clone()],
            ConflictSide::Theirs => vec![self.theirs.clone()],
            ConflictSide::Both => vec![self.ours.clone(), self.theirs.clone()],
        }
    }
}

/// How a line that marks something begins; git may be told to make them longer, and nobody does.
fn marks(line: &str, sign: char) -> Option<&str> {
    let rest = line.trim_end_matches(['\r', '\n']);
    let length = rest.chars().take_while(|c| *c == sign).count();
    let rest = rest.get(length..)?;
    (length == 7 && (rest.is_empty() || rest.starts_with(' '))).then(|| rest.trim())
}

/// The conflicts of a text, in order. Markers that do not belong together are passed over.
pub fn find<'a>(lines: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> Vec<Conflict> {
    let mut found = Vec::new();
    let (mut start, mut base, mut middle) = (None, None, None);
    for (number, line) in lines.enumerate() {
        // Nearly all lines end here.
        if !line.starts_with(['<', '|', '=', '>']) {
            continue;
        }
        if let Some(name) = marks(&line, '<') {
            (start, base, middle) = (Some((number, name.to_owned())), None, None);
        } else if start.is_some() && middle.is_none() && base.is_none() && marks(&line, '|').is_some() {
            base = Some(number);
        } else if start.is_some() && middle.is_none() && marks(&line, '=') == Some("") {
            middle = Some(number);
        } else if let (Some(name), Some(middle)) = (marks(&line, '>'), middle.take())
            && let Some((first, ours)) = start.take()
        {
            found.push(Conflict {
                all: first..number + 1,
                ours: first + 1..base.unwrap_or(middle),
                base: base.take().map(|base| base + 1..middle),
                theirs: middle + 1..number,
                names: (ours, name.to_owned()),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Conflict> {
        find(text.split_inclusive('\n').map(Into::into))
    }

    #[test]
    fn both_styles_are_found() {
        let text = "a\n<<<<<<< HEAD\nours\n=======\ntheirs\nmore\n>>>>>>> topic\nb\n";
        let [one] = &found(text)[..] else { panic!() };
        assert_eq!((one.all.clone(), one.ours.clone(), one.theirs.clone()), (1..7, 2..3, 4..6));
        assert_eq!(one.names, ("HEAD".to_owned(), "topic".to_owned()));
        assert_eq!(one.kept(ConflictSide::Both), [2..3, 4..6]);
        let text = "<<<<<<< a\r\n||||||| base\r\nwas\r\n=======\r\n>>>>>>> b\r\n";
        let [one] = &found(text)[..] else { panic!() };
        assert_eq!((one.ours.clone(), one.base.clone(), one.theirs.clone()), (1..1, Some(2..3), 4..4));
    }

    #[test]
    fn what_only_looks_like_one_is_passed_over() {
        assert!(found("Title\n=======\n").is_empty());
        assert!(found("<<<<<<< a\n=======\n").is_empty());
        assert!(found("<<<<<<<< a\n=======\n>>>>>>> b\n").is_empty());
        assert_eq!(found("<<<<<<< a\n<<<<<<< b\nx\n=======\ny\n>>>>>>> c\n=======\n>>>>>>> d\n").len(), 1);
    }
}
