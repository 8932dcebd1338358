//! Keys become commands: a pure function of the keys pressed so far, so that nothing is remembered but them.

use crate::command::{
    Act, Deed, FindChar, Forced, InsertAt, ObjectKind, Operator, OperatorTarget, PaneWish, Scroll, ScrollTo,
    TextObject, VimCommand, VimMotion, VisualKind,
};
use crate::keys::VimKey::{self, Char, Ctrl};

/// What the keys mean so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parsed {
    /// Nothing yet: others have to follow.
    More,
    /// A line of text has to follow, as after `/`; true: backwards.
    Line(bool),
    /// Nothing at all.
    Invalid,
    Done(VimCommand),
}

/// Where the keys are pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Circumstances {
    /// Something is selected.
    pub visual: bool,
    pub recording: bool,
}

/// Why a command is none (yet).
enum Stop {
    More,
    Line(bool),
    Invalid,
}

type Outcome<T> = Result<T, Stop>;

/// Reads the keys pressed so far; `line` is what was typed behind `/` or `?`, once it was.
pub(crate) fn parse(keys: &[VimKey], at: Circumstances, line: Option<&str>) -> Parsed {
    match (Reader { keys, at, line }).command() {
        Ok(command) => Parsed::Done(command),
        Err(Stop::More) => Parsed::More,
        Err(Stop::Line(back)) => Parsed::Line(back),
        Err(Stop::Invalid) => Parsed::Invalid,
    }
}

struct Reader<'a> {
    keys: &'a [VimKey],
    at: Circumstances,
    line: Option<&'a str>,
}

impl Reader<'_> {
    fn next(&mut self) -> Outcome<VimKey> {
        let (first, rest) = self.keys.split_first().ok_or(Stop::More)?;
        self.keys = rest;
        Ok(*first)
    }

    /// A key that stands for a character.
    fn character(&mut self) -> Outcome<char> {
        match self.next()? {
            VimKey::Enter => Ok('\n'),
            key => key.typed().ok_or(Stop::Invalid),
        }
    }

    fn count(&mut self) -> Option<usize> {
        let mut count: Option<usize> = None;
        while let Some(Char(c)) = self.keys.first()
            && let Some(digit) = c.to_digit(10)
            && (digit > 0 || count.is_some())
        {
            count = Some(count.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize).min(99_999));
            self.keys = &self.keys[1..];
        }
        count
    }

    fn command(&mut self) -> Outcome<VimCommand> {
        let mut register = None;
        let mut count = self.count();
        while self.keys.first() == Some(&Char('"')) {
            self.next()?;
            register = Some(self.character()?);
            count = multiplied(count, self.count());
        }
        let key = self.next()?;
        let (deed, inner) = if self.at.visual { self.in_visual(key)? } else { self.in_normal(key)? };
        if self.keys.is_empty() {
            Ok(VimCommand { register, count: multiplied(count, inner), deed })
        } else {
            Err(Stop::Invalid)
        }
    }

    /// What a key means in Normal mode, and the count within it.
    fn in_normal(&mut self, key: VimKey) -> Outcome<(Deed, Option<usize>)> {
        if let Some(operator) = self.operator(key)? {
            return self.operated(key, operator);
        }
        let short = |operator, motion| Deed::Operate(operator, OperatorTarget::Motion(motion, None));
        let deed = match key {
            Char('x') | VimKey::Delete => short(Operator::Delete, VimMotion::Right),
            Char('X') => short(Operator::Delete, VimMotion::Left),
            Char('D') => short(Operator::Delete, VimMotion::LineEnd),
            Char('C') => short(Operator::Change, VimMotion::LineEnd),
            Char('s') => short(Operator::Change, VimMotion::Right),
            Char('S') => Deed::Operate(Operator::Change, OperatorTarget::Lines),
            Char('Y') => Deed::Operate(Operator::Yank, OperatorTarget::Lines),
            _ => match self.act(key)? {
                Some(act) => Deed::Act(act),
                None => Deed::Move(self.motion(key)?),
            },
        };
        Ok((deed, None))
    }

    /// The operator that a key is, alone or behind `g`.
    fn operator(&mut self, key: VimKey) -> Outcome<Option<Operator>> {
        let operator = match key {
            Char('d') => Operator::Delete,
            Char('c') => Operator::Change,
            Char('y') => Operator::Yank,
            Char('>') => Operator::Indent,
            Char('<') => Operator::Outdent,
            Char('=') => Operator::Reindent,
            Char('g') => {
                let operator = match self.keys.first() {
                    None => return Err(Stop::More),
                    Some(Char('u')) => Operator::Lower,
                    Some(Char('U')) => Operator::Upper,
                    Some(Char('~')) => Operator::Toggle,
                    Some(_) => return Ok(None),
                };
                self.next()?;
                operator
            }
            _ => return Ok(None),
        };
        Ok(Some(operator))
    }

    /// What an operator works on.
    fn operated(&mut self, key: VimKey, operator: Operator) -> Outcome<(Deed, Option<usize>)> {
        let mut forced = None;
        let mut count = self.count();
        let mut next = self.next()?;
        while let Char('v' | 'V') = next {
            forced = Some(if next == Char('v') { Forced::Chars } else { Forced::Lines });
            count = multiplied(count, self.count());
            next = self.next()?;
        }
        let target = match next {
            Char('i' | 'a') => OperatorTarget::Object(self.object(next == Char('a'))?),
            _ if key != Char('g') && next == key => OperatorTarget::Lines,
            Char('u') if operator == Operator::Lower => OperatorTarget::Lines,
            Char('U') if operator == Operator::Upper => OperatorTarget::Lines,
            Char('~') if operator == Operator::Toggle => OperatorTarget::Lines,
            // `gUgU` is `gUU`.
            Char('g') if key == Char('g') && self.is_itself(operator)? => OperatorTarget::Lines,
            _ => OperatorTarget::Motion(self.motion(next)?, forced),
        };
        Ok((Deed::Operate(operator, target), count))
    }

    fn is_itself(&mut self, operator: Operator) -> Outcome<bool> {
        let own = match operator {
            Operator::Lower => 'u',
            Operator::Upper => 'U',
            _ => '~',
        };
        let is_own = *self.keys.first().ok_or(Stop::More)? == Char(own);
        if is_own {
            self.next()?;
        }
        Ok(is_own)
    }

    fn object(&mut self, around: bool) -> Outcome<TextObject> {
        let kind = match self.character()? {
            'w' => ObjectKind::Word(false),
            'W' => ObjectKind::Word(true),
            's' => ObjectKind::Sentence,
            'p' => ObjectKind::Paragraph,
            '(' | ')' | 'b' => ObjectKind::Block('(', ')'),
            '[' | ']' => ObjectKind::Block('[', ']'),
            '{' | '}' | 'B' => ObjectKind::Block('{', '}'),
            '<' | '>' => ObjectKind::Block('<', '>'),
            quote @ ('"' | '\'' | '`') => ObjectKind::Quote(quote),
            't' => ObjectKind::Tag,
            _ => return Err(Stop::Invalid),
        };
        Ok(TextObject { around, kind })
    }

    /// What a key does in Normal mode that is neither a motion nor an operator.
    fn act(&mut self, key: VimKey) -> Outcome<Option<Act>> {
        let act = match key {
            Char('i') => Act::Insert(InsertAt::Here),
            Char('I') => Act::Insert(InsertAt::FirstFilled),
            Char('a') => Act::Insert(InsertAt::Behind),
            Char('A') => Act::Insert(InsertAt::LineEnd),
            Char('o') => Act::Insert(InsertAt::LineBelow),
            Char('O') => Act::Insert(InsertAt::LineAbove),
            Char('R') => Act::Overwrite,
            Char('r') => Act::Replace(self.character()?),
            Char('u') => Act::Undo,
            Ctrl('r') => Act::Redo,
            Char('.') => Act::Repeat,
            Char('~') => Act::SwapCase,
            Char('&') => Act::SubstituteAgain,
            Char('v') => Act::Visual(VisualKind::Chars),
            Char('V') => Act::Visual(VisualKind::Lines),
            Ctrl('v') => Act::Visual(VisualKind::Block),
            VimKey::Escape => Act::Leave,
            Ctrl('o') => Act::Jump(false),
            VimKey::Tab => Act::Jump(true),
            Ctrl('w') => self.pane()?,
            Char('g') => match *self.keys.first().ok_or(Stop::More)? {
                Char('i') => self.take(Act::Insert(InsertAt::Last))?,
                Char('I') => self.take(Act::Insert(InsertAt::Column0))?,
                _ => return self.common_act(key),
            },
            _ => return self.common_act(key),
        };
        Ok(Some(act))
    }

    fn take(&mut self, act: Act) -> Outcome<Act> {
        self.next()?;
        Ok(act)
    }

    /// What the key behind Ctrl+W does.
    fn pane(&mut self) -> Outcome<Act> {
        Ok(Act::Pane(match self.next()? {
            Char('h') | VimKey::Left => PaneWish::Left,
            Char('j') | VimKey::Down => PaneWish::Below,
            Char('k') | VimKey::Up => PaneWish::Above,
            Char('l') | VimKey::Right => PaneWish::Right,
            Char('w') | Ctrl('w') => PaneWish::Next,
            Char('W') => PaneWish::Previous,
            Char('c' | 'q') => PaneWish::Close,
            Char('=') => PaneWish::Even,
            Char('s') => return Ok(Act::Split(false)),
            Char('v') | Ctrl('v') => return Ok(Act::Split(true)),
            _ => return Err(Stop::Invalid),
        }))
    }

    /// What a key does in Normal and in Visual mode.
    fn common_act(&mut self, key: VimKey) -> Outcome<Option<Act>> {
        let act = match key {
            Char('p') => Act::Put { after: true, beyond: false },
            Char('P') => Act::Put { after: false, beyond: false },
            Char('J') => Act::Join(true),
            Ctrl('a') => Act::Add(true),
            Ctrl('x') => Act::Add(false),
            Char('q') if self.at.recording => Act::StopRecording,
            Char('q') => Act::Record(self.character()?),
            Char('@') => Act::Play(self.character()?),
            Char('m') => Act::SetMark(self.character()?),
            Char(':') => Act::CommandLine,
            Ctrl('d') => Act::Scroll(Scroll::Half(true)),
            Ctrl('u') => Act::Scroll(Scroll::Half(false)),
            Ctrl('f') | VimKey::PageDown => Act::Scroll(Scroll::Page(true)),
            Ctrl('b') | VimKey::PageUp => Act::Scroll(Scroll::Page(false)),
            Ctrl('e') => Act::Scroll(Scroll::Line(true)),
            Ctrl('y') => Act::Scroll(Scroll::Line(false)),
            Char('z') => Act::Scroll(self.scroll()?),
            Char('Z') => match self.next()? {
                Char('Z') => Act::SaveAndClose,
                Char('Q') => Act::CloseUnsaved,
                _ => return Err(Stop::Invalid),
            },
            Char('g') => match *self.keys.first().ok_or(Stop::More)? {
                Char('J') => self.take(Act::Join(false))?,
                Char('p') => self.take(Act::Put { after: true, beyond: true })?,
                Char('P') => self.take(Act::Put { after: false, beyond: true })?,
                Char('v') => self.take(Act::Reselect)?,
                Char('d') => self.take(Act::GoToDefinition)?,
                Char('t') => self.take(Act::Tab(true))?,
                Char('T') => self.take(Act::Tab(false))?,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(act))
    }

    fn scroll(&mut self) -> Outcome<Scroll> {
        Ok(match self.next()? {
            Char('z') => Scroll::To(ScrollTo::Middle, false),
            Char('.') => Scroll::To(ScrollTo::Middle, true),
            Char('t') => Scroll::To(ScrollTo::Top, false),
            VimKey::Enter => Scroll::To(ScrollTo::Top, true),
            Char('b') => Scroll::To(ScrollTo::Bottom, false),
            Char('-') => Scroll::To(ScrollTo::Bottom, true),
            _ => return Err(Stop::Invalid),
        })
    }

    /// What a key means in Visual mode.
    fn in_visual(&mut self, key: VimKey) -> Outcome<(Deed, Option<usize>)> {
        let on = |operator, whole| Deed::Operate(operator, OperatorTarget::Selection(whole));
        let deed = match key {
            Char('d' | 'x') | VimKey::Delete => on(Operator::Delete, false),
            Char('D' | 'X') => on(Operator::Delete, true),
            Char('c' | 's') => on(Operator::Change, false),
            Char('C' | 'S' | 'R') => on(Operator::Change, true),
            Char('y') => on(Operator::Yank, false),
            Char('Y') => on(Operator::Yank, true),
            Char('>') => on(Operator::Indent, false),
            Char('<') => on(Operator::Outdent, false),
            Char('=') => on(Operator::Reindent, false),
            Char('u') => on(Operator::Lower, false),
            Char('U') => on(Operator::Upper, false),
            Char('~') => on(Operator::Toggle, false),
            Char('r') => Deed::Act(Act::Replace(self.character()?)),
            Char('o') => Deed::Act(Act::OtherEnd(false)),
            Char('O') => Deed::Act(Act::OtherEnd(true)),
            Char('I') => Deed::Act(Act::InsertAround(true)),
            Char('A') => Deed::Act(Act::InsertAround(false)),
            Char('v') => Deed::Act(Act::Visual(VisualKind::Chars)),
            Char('V') => Deed::Act(Act::Visual(VisualKind::Lines)),
            Ctrl('v') => Deed::Act(Act::Visual(VisualKind::Block)),
            VimKey::Escape => Deed::Act(Act::Leave),
            Char('i') => Deed::Select(self.object(false)?),
            Char('a') => Deed::Select(self.object(true)?),
            Char('g') => match self.operator(key)? {
                Some(operator) => on(operator, false),
                None => self.acted(key)?,
            },
            _ => self.acted(key)?,
        };
        Ok((deed, None))
    }

    fn acted(&mut self, key: VimKey) -> Outcome<Deed> {
        match self.common_act(key)? {
            Some(act) => Ok(Deed::Act(act)),
            None => Ok(Deed::Move(self.motion(key)?)),
        }
    }

    fn find(&mut self, back: bool, till: bool) -> Outcome<VimMotion> {
        Ok(VimMotion::Find(FindChar { c: self.character()?, back, till }))
    }

    fn motion(&mut self, key: VimKey) -> Outcome<VimMotion> {
        Ok(match key {
            Char('h') | VimKey::Left => VimMotion::Left,
            VimKey::Backspace | Ctrl('h') => VimMotion::BackOver,
            Char('l') | VimKey::Right => VimMotion::Right,
            Char(' ') => VimMotion::OnOver,
            Char('j') | VimKey::Down | Ctrl('j' | 'n') => VimMotion::Down,
            Char('k') | VimKey::Up | Ctrl('p') => VimMotion::Up,
            Char('+') | VimKey::Enter | Ctrl('m') => VimMotion::LineDown,
            Char('-') => VimMotion::LineUp,
            Char('_') => VimMotion::LineFirst,
            Char('0') | VimKey::Home => VimMotion::Column0,
            Char('^') => VimMotion::FirstFilled,
            Char('$') | VimKey::End => VimMotion::LineEnd,
            Char('|') => VimMotion::Column,
            Char('w') => VimMotion::WordOn(false),
            Char('W') => VimMotion::WordOn(true),
            Char('b') => VimMotion::WordBack(false),
            Char('B') => VimMotion::WordBack(true),
            Char('e') => VimMotion::WordEnd(false),
            Char('E') => VimMotion::WordEnd(true),
            Char('f') => self.find(false, false)?,
            Char('F') => self.find(true, false)?,
            Char('t') => self.find(false, true)?,
            Char('T') => self.find(true, true)?,
            Char(';') => VimMotion::FindAgain(false),
            Char(',') => VimMotion::FindAgain(true),
            Char('}') => VimMotion::ParagraphOn,
            Char('{') => VimMotion::ParagraphBack,
            Char(')') => VimMotion::SentenceOn,
            Char('(') => VimMotion::SentenceBack,
            Char('G') => VimMotion::LastLine,
            Char('%') => VimMotion::Matching,
            Char('H') => VimMotion::ScreenTop,
            Char('M') => VimMotion::ScreenMiddle,
            Char('L') => VimMotion::ScreenBottom,
            Char('n') => VimMotion::SearchAgain(false),
            Char('N') => VimMotion::SearchAgain(true),
            Char('*') => VimMotion::SearchWord { back: false, whole: true },
            Char('#') => VimMotion::SearchWord { back: true, whole: true },
            Char('/') => self.searched(false)?,
            Char('?') => self.searched(true)?,
            Char('\'') => VimMotion::Mark(self.character()?, false),
            Char('`') => VimMotion::Mark(self.character()?, true),
            Char('[') => match self.character()? {
                bracket @ ('(' | '{') => VimMotion::Unmatched(bracket),
                _ => return Err(Stop::Invalid),
            },
            Char(']') => match self.character()? {
                bracket @ (')' | '}') => VimMotion::Unmatched(bracket),
                _ => return Err(Stop::Invalid),
            },
            Char('g') => match self.next()? {
                Char('g') => VimMotion::FirstLine,
                Char('e') => VimMotion::WordEndBack(false),
                Char('E') => VimMotion::WordEndBack(true),
                Char('_') => VimMotion::LastFilled,
                Char('j') | VimKey::Down => VimMotion::RowDown,
                Char('k') | VimKey::Up => VimMotion::RowUp,
                Char('0') => VimMotion::Column0,
                Char('^') => VimMotion::FirstFilled,
                Char('$') => VimMotion::LineEnd,
                Char('*') => VimMotion::SearchWord { back: false, whole: false },
                Char('#') => VimMotion::SearchWord { back: true, whole: false },
                _ => return Err(Stop::Invalid),
            },
            _ => return Err(Stop::Invalid),
        })
    }

    fn searched(&self, back: bool) -> Outcome<VimMotion> {
        match self.line {
            Some(pattern) => Ok(VimMotion::Search { back, pattern: pattern.to_owned() }),
            None if self.keys.is_empty() => Err(Stop::Line(back)),
            None => Err(Stop::Invalid),
        }
    }
}

fn multiplied(first: Option<usize>, second: Option<usize>) -> Option<usize> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.saturating_mul(second).min(99_999)),
        (first, second) => first.or(second),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: Circumstances = Circumstances { visual: false, recording: false };

    fn parsed(keys: &str) -> Parsed {
        parse(&VimKey::read(keys), NORMAL, None)
    }

    fn command(keys: &str) -> VimCommand {
        match parsed(keys) {
            Parsed::Done(command) => command,
            other => panic!("{keys}: {other:?}"),
        }
    }

    #[test]
    fn counts_are_multiplied_and_registers_stand_anywhere_before() {
        let expected =
            Deed::Operate(Operator::Delete, OperatorTarget::Motion(VimMotion::WordOn(false), None));
        for keys in ["2\"ad3w", "\"a2d3w", "\"a6dw"] {
            let expected = VimCommand { register: Some('a'), count: Some(6), deed: expected.clone() };
            assert_eq!(command(keys), expected, "{keys}");
        }
        assert_eq!(command("10j").count, Some(10));
        assert_eq!(command("0").deed, Deed::Move(VimMotion::Column0));
    }

    #[test]
    fn what_is_unfinished_waits_and_what_is_wrong_is_nothing() {
        for keys in ["", "2", "\"", "d", "d2", "di", "g", "gu", "f", "z", "r", "q", "dg", "<C-w>"] {
            assert_eq!(parsed(keys), Parsed::More, "{keys}");
        }
        for keys in ["dx", "dij", "gy", "zx", "d<Esc>", "[x", "<C-w>x"] {
            assert_eq!(parsed(keys), Parsed::Invalid, "{keys}");
        }
        assert_eq!(parsed("d/"), Parsed::Line(false));
    }

    #[test]
    fn panes_and_places_are_reached_without_the_mouse() {
        for (keys, act) in [
            ("<C-o>", Act::Jump(false)),
            ("<Tab>", Act::Jump(true)),
            ("<C-w>h", Act::Pane(PaneWish::Left)),
            ("<C-w><C-w>", Act::Pane(PaneWish::Next)),
            ("<C-w>v", Act::Split(true)),
            ("<C-w>s", Act::Split(false)),
        ] {
            assert_eq!(command(keys).deed, Deed::Act(act), "{keys}");
        }
    }

    #[test]
    fn an_operator_twice_is_lines() {
        for keys in ["dd", "cc", "yy", ">>", "==", "guu", "gugu", "gUU", "g~~", "g~g~", "Y", "S"] {
            assert!(matches!(command(keys).deed, Deed::Operate(_, OperatorTarget::Lines)), "{keys}");
        }
    }
}
