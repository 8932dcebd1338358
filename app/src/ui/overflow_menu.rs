//! What a bar has no room for stands behind one button at its end: the same words with the same keys, in a list.

use egui::{Id, Popup, RectAlign, Ui};
use ground::command::Command;

use super::widgets::{self, ListRow, Tone};
use crate::event::Event;
use crate::ui::icons;
use crate::ui::theme::{self, Theme};

/// Width of the list.
const WIDTH: f32 = 240.0;

/// Something that can be done from a bar.
#[derive(Clone, Copy, Debug)]
pub struct MenuEntry {
    command: Command,
    /// Its word in the bar; with an icon there, its name in the list alone.
    text: &'static str,
    icon: Option<char>,
}

impl MenuEntry {
    /// A button with a word.
    pub fn word(command: Command, text: &'static str) -> MenuEntry {
        MenuEntry { command, text, icon: None }
    }

    /// A button with an icon.
    pub fn icon(command: Command, icon: char) -> MenuEntry {
        MenuEntry { command, text: command.name(), icon: Some(icon) }
    }

    fn width(&self, ui: &Ui) -> f32 {
        match self.icon {
            Some(_) => theme::CONTROL,
            None => widgets::button_width(ui, self.text, ""),
        }
    }

    /// Its button; the key stands in the tooltip.
    pub fn show(&self, ui: &mut Ui, out: &mut Vec<Event>) {
        let response = match self.icon {
            Some(icon) => widgets::command_icon(ui, icon, self.command),
            None => widgets::button(ui, self.text, "", Tone::Quiet).on_hover_text(self.command.tooltip()),
        };
        if response.clicked() {
            out.push(Event::Command(self.command));
        }
    }
}

/// How many of the entries, from the first on, fit into this many points; where not all do, the button of the rest does too.
pub fn fitting(ui: &Ui, entries: &[MenuEntry], room: f32) -> usize {
    let gap = ui.spacing().item_spacing.x;
    let count = |room: f32| {
        let ends = entries.iter().scan(0.0, |end, entry| {
            *end += entry.width(ui) + gap;
            Some(*end)
        });
        ends.take_while(|end| *end <= room).count()
    };
    match count(room) {
        all if all == entries.len() => all,
        _ => count(room - theme::CONTROL - gap),
    }
}

/// The button of the entries that are left over.
pub fn show(ui: &mut Ui, entries: &[MenuEntry], out: &mut Vec<Event>) {
    let button = ui
        .push_id("more", |ui| widgets::icon_button(ui, icons::MORE, theme::CONTROL, "More", "More actions"))
        .inner;
    if button.clicked() {
        // The arrow keys go from the button into the list.
        button.request_focus();
    }
    let id: Id = Popup::default_response_id(&button);
    let was_open = Popup::is_id_open(ui.ctx(), id);
    let frame = Theme::of(ui).popover();
    Popup::menu(&button).align(RectAlign::BOTTOM_END).gap(4.0).width(WIDTH).frame(frame).show(|ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 2.0;
        for entry in entries {
            let key = entry.command.key_text();
            let row = ListRow { text: entry.text, right: &key, icon: entry.icon, ..ListRow::default() };
            if widgets::row(ui, &row).clicked() {
                out.push(Event::Command(entry.command));
                ui.close();
            }
        }
    });
    if was_open && !Popup::is_id_open(ui.ctx(), id) {
        // The text gets the keyboard back.
        let ctx = ui.ctx().clone();
        ctx.memory_mut(|memory| memory.focused().into_iter().for_each(|id| memory.surrender_focus(id)));
    }
}
