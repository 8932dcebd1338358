//! Which keys are Vim's, and what they do to a workspace.

use ::vim::{VimKey, VimMode};
use editor_core::{Document, EditKind, Language, edit as core_edit};
use egui::{Event as Input, Key, Modifiers};

use super::keys::{VimInput, read};
use super::update::{edited, follow, on};
use super::{VimEvent, VimKeys};
use crate::event::{Effect, Event, Typed};
use crate::workspace::{Workspace, edit, open};

/// A workspace with one text, and the keys.
struct Desktop {
    workspace: Workspace,
    keys: VimKeys,
    out: Vec<Effect>,
}

impl Desktop {
    fn new(text: &str) -> Self {
        let mut workspace = Workspace::default();
        workspace.settings.editor.vim = true;
        let mut document = Document::untitled("Untitled 1", text);
        document.set_language(Language::PlainText);
        open::add(&mut workspace, document, true, &mut Vec::new());
        let mut desktop = Self { workspace, keys: VimKeys::default(), out: Vec::new() };
        follow(&mut desktop.keys, &mut desktop.workspace);
        desktop
    }

    /// Presses keys as they are written; in Insert mode the editor types what the layer leaves.
    fn press(&mut self, keys: &str) -> &mut Self {
        for key in VimKey::read(keys) {
            let inserts = self.keys.layer.as_ref().is_some_and(|layer| !layer.takes_commands());
            match key {
                VimKey::Char(c) if inserts => self.typed(Typed::Text(c.to_string())),
                key => self.event(VimEvent::Keys(vec![key])),
            }
        }
        self
    }

    fn typed(&mut self, typed: Typed) {
        super::update::typed(&mut self.keys, &typed);
        let Typed::Text(text) = typed else { panic!("only characters are typed here") };
        let document = &self.workspace.tab().unwrap().document;
        let typed =
            core_edit::insert_text(document.buffer(), document.selection(), &text, &document.style(4));
        edit::apply(&mut self.workspace, typed, EditKind::Type, 0, &mut self.out);
        self.pass_on();
    }

    fn event(&mut self, event: VimEvent) {
        on(&mut self.keys, &mut self.workspace, event, 0, &mut self.out);
        self.pass_on();
    }

    /// What edits are told, as the window passes it on.
    fn pass_on(&mut self) {
        for effect in &self.out {
            if let Effect::Then(event) = effect
                && let Event::Edited(tab, steps) = event.as_ref()
            {
                edited(&mut self.keys, *tab, steps);
            }
        }
        self.out
            .retain(|effect| !matches!(effect, Effect::Then(event) if matches!(**event, Event::Edited(..))));
    }

    fn text(&self) -> String {
        self.workspace.tab().unwrap().document.rope().to_string()
    }

    fn mode(&self) -> VimMode {
        self.keys.layer.as_ref().unwrap().mode()
    }
}

fn key(key: Key, modifiers: Modifiers) -> Input {
    Input::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

const CONTROL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

#[test]
fn what_is_typed_by_the_editor_is_typed_again_and_undone_as_one() {
    let mut desktop = Desktop::new("one two\none two\n");
    desktop.press("cw(x<Esc>");
    assert_eq!(desktop.text(), "(x) two\none two\n", "the bracket is closed as ever");
    desktop.press("j0.");
    assert_eq!(desktop.text(), "(x) two\n(x) two\n");
    desktop.press("u");
    assert_eq!(desktop.text(), "(x) two\none two\n");
    desktop.press("u");
    assert_eq!(desktop.text(), "one two\none two\n");
    desktop.press("<C-r>");
    assert_eq!(desktop.text(), "(x) two\none two\n");
}

#[test]
fn a_macro_has_what_the_editor_typed() {
    let mut desktop = Desktop::new("a\nb\nc\n");
    desktop.press("qqA!<Esc>jq@q");
    assert_eq!(desktop.text(), "a!\nb!\nc\n");
}

#[test]
fn commands_behind_a_colon_are_those_of_the_window() {
    let mut desktop = Desktop::new("a\n");
    desktop.press(":wq<CR>");
    let wanted: Vec<String> = desktop
        .out
        .iter()
        .filter_map(|effect| match effect {
            Effect::Then(event) => Some(format!("{event:?}")),
            _ => None,
        })
        .collect();
    assert_eq!(wanted, ["Command(Save)", "Command(CloseTab)"]);
}

#[test]
fn a_selection_is_the_editors_and_the_clipboard_is_asked_for() {
    let mut desktop = Desktop::new("one two\n");
    desktop.press("wve");
    let range = || desktop.workspace.tab().unwrap().document.selection().primary().range();
    assert_eq!(range(), 4..7);
    desktop.press("\"+y0\"+P");
    assert!(desktop.out.iter().any(|effect| matches!(effect, Effect::Copy(text) if text == "two")));
    assert!(desktop.out.iter().any(|effect| matches!(effect, Effect::RequestPaste)) && desktop.keys.awaits);
    desktop.event(VimEvent::Paste("X".into()));
    assert_eq!(desktop.text(), "Xone two\n");
}

#[test]
fn another_text_and_the_setting_end_insert_mode() {
    let mut desktop = Desktop::new("one\n");
    desktop.press("i");
    assert_eq!(desktop.mode(), VimMode::Insert);
    open::add(&mut desktop.workspace, Document::untitled("Untitled 2", "b"), true, &mut Vec::new());
    follow(&mut desktop.keys, &mut desktop.workspace);
    assert_eq!(desktop.mode(), VimMode::Normal);
    desktop.workspace.settings.editor.vim = false;
    follow(&mut desktop.keys, &mut desktop.workspace);
    assert!(desktop.keys.layer.is_none());
    assert_eq!(read(&Input::Text("x".into()), &desktop.keys, Modifiers::NONE, true), VimInput::Leave);
}

#[test]
fn the_editor_keeps_its_keys() {
    let mut desktop = Desktop::new("one\n");
    let keys = |desktop: &Desktop, event: &Input| read(event, &desktop.keys, Modifiers::NONE, true);
    let take = |key| VimInput::Take(VimEvent::Keys(vec![key]));
    assert_eq!(keys(&desktop, &Input::Text("d".into())), take(VimKey::Char('d')));
    assert_eq!(keys(&desktop, &key(Key::D, Modifiers::NONE)), VimInput::Wait);
    assert_eq!(keys(&desktop, &key(Key::D, CONTROL)), take(VimKey::Ctrl('d')));
    for (pressed, held) in
        [(Key::I, CONTROL), (Key::S, CONTROL), (Key::P, CONTROL), (Key::F8, Modifiers::NONE)]
    {
        assert_eq!(keys(&desktop, &key(pressed, held)), VimInput::Leave, "{pressed:?}");
    }
    assert_eq!(keys(&desktop, &key(Key::Escape, Modifiers::NONE)), VimInput::Leave, "nothing to leave");
    desktop.press("v");
    assert_eq!(keys(&desktop, &key(Key::Escape, Modifiers::NONE)), take(VimKey::Escape));
    desktop.press("<Esc>i");
    for event in [key(Key::D, CONTROL), key(Key::Enter, Modifiers::NONE), Input::Text("d".into())] {
        assert_eq!(keys(&desktop, &event), VimInput::Leave, "{event:?}");
    }
    assert_eq!(keys(&desktop, &key(Key::Escape, Modifiers::NONE)), take(VimKey::Escape));
}
