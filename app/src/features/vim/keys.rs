//! Which keys are Vim's: in Normal and Visual mode all that is typed and some with Ctrl, in Insert mode Escape alone.

use ::vim::{VimKey, VimMode};
use egui::{Event as Input, ImeEvent, Key, Modifiers};

use super::{VimEvent, VimKeys};

/// Letters that mean something with Ctrl where keys are commands.
const COMMANDS: &str = "abdeforuvwxy";
/// Letters that mean something with Ctrl in the line at the bottom.
const LINE: &str = "behuwc";

/// What becomes of an input event in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VimInput {
    /// It is the layer's.
    Take(VimEvent),
    /// It comes to nothing: what it types comes by itself.
    Wait,
    /// It is the editor's.
    Leave,
}

/// Reads an input event. `held`: what is held with it. `escapes`: the editor has something to do for Escape where Vim has not.
pub fn read(event: &Input, keys: &VimKeys, held: Modifiers, escapes: bool) -> VimInput {
    let Some(layer) = &keys.layer else { return VimInput::Leave };
    let commands = layer.takes_commands();
    let in_line = layer.command_line().is_some();
    let take = |keys: Vec<VimKey>| VimInput::Take(VimEvent::Keys(keys));
    match event {
        Input::Text(text) | Input::Ime(ImeEvent::Commit(text)) if commands && !text.is_empty() => {
            take(text.chars().map(VimKey::Char).collect())
        }
        Input::Paste(text) if in_line || keys.awaits => VimInput::Take(VimEvent::Paste(text.clone())),
        // The system makes events of its own of these.
        Input::Paste(_) if commands && is_control(held) => take(vec![VimKey::Ctrl('v')]),
        Input::Cut if commands && is_control(held) => take(vec![VimKey::Ctrl('x')]),
        Input::Key { key, pressed: true, modifiers, .. } => {
            let busy = in_line || layer.mode() != VimMode::Normal || !layer.pending_keys().is_empty();
            match pressed(*key, *modifiers, commands, in_line) {
                Some(VimKey::Escape) if !busy && escapes => VimInput::Leave,
                Some(key) => take(vec![key]),
                None if commands && is_typed(*key, *modifiers) => VimInput::Wait,
                None => VimInput::Leave,
            }
        }
        _ => VimInput::Leave,
    }
}

fn is_control(held: Modifiers) -> bool {
    held.ctrl && !held.alt && !held.shift && !held.mac_cmd
}

/// Does the key type something, which comes as text?
fn is_typed(key: Key, held: Modifiers) -> bool {
    !held.ctrl && !held.alt && !held.command && (key.name().chars().count() == 1 || key == Key::Space)
}

/// The key, as Vim knows it, if it is Vim's.
fn pressed(key: Key, held: Modifiers, commands: bool, in_line: bool) -> Option<VimKey> {
    if is_control(held) {
        let name = key.name();
        let letter = name.chars().next().filter(|_| name.len() == 1)?.to_ascii_lowercase();
        return match key {
            Key::OpenBracket => Some(VimKey::Escape),
            _ if in_line => LINE.contains(letter).then_some(VimKey::Ctrl(letter)),
            _ if commands => COMMANDS.contains(letter).then_some(VimKey::Ctrl(letter)),
            _ => None,
        };
    }
    if held.any() {
        return None;
    }
    if key == Key::Escape {
        return Some(VimKey::Escape);
    }
    if !commands {
        return None;
    }
    Some(match key {
        Key::Enter => VimKey::Enter,
        Key::Tab => VimKey::Tab,
        Key::Backspace => VimKey::Backspace,
        Key::Delete => VimKey::Delete,
        Key::ArrowLeft => VimKey::Left,
        Key::ArrowRight => VimKey::Right,
        Key::ArrowUp => VimKey::Up,
        Key::ArrowDown => VimKey::Down,
        Key::Home => VimKey::Home,
        Key::End => VimKey::End,
        Key::PageUp => VimKey::PageUp,
        Key::PageDown => VimKey::PageDown,
        _ => return None,
    })
}
