//! What is seen of the keys: the mode and the keys that wait, in the status bar, and the line at the bottom.

use egui::{Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::VimKeys;
use crate::ui::theme::{self, Theme};

/// The mode, the register that is recorded into, and the keys that wait; nothing while the keys are off.
pub fn words(keys: &VimKeys) -> Option<String> {
    let layer = keys.layer.as_ref()?;
    let mut words = layer.mode().name().to_owned();
    if let Some(register) = layer.recording() {
        words += &format!(" · recording @{register}");
    }
    let pending = layer.pending_keys();
    if !pending.is_empty() {
        words += &format!(" · {pending}");
    }
    Some(words)
}

/// Is there a line at the bottom?
pub fn has_line(keys: &VimKeys) -> bool {
    keys.layer.as_ref().is_some_and(|layer| layer.command_line().is_some())
}

/// The line at the bottom.
pub fn line(ui: &mut Ui, keys: &VimKeys) {
    let Some((text, caret)) = keys.layer.as_ref().and_then(|layer| layer.command_line()) else { return };
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Command line: {text}")));
    let font = theme::code(13.0);
    let cell = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let left = rect.left() + 8.0;
    let galley = ui.painter().layout_no_wrap(text, font, theme.text);
    // A line that is longer than the window ends at its end.
    let offset = (galley.size().x + cell - (rect.width() - 16.0)).max(0.0);
    let at = pos2(left - offset, rect.center().y - galley.size().y / 2.0);
    let painter = ui.painter().with_clip_rect(rect);
    let x = galley.pos_from_cursor(egui::text::CCursor::new(caret)).left();
    painter.galley(at, galley, theme.text);
    let bar = egui::Rect::from_min_size(pos2(at.x + x, rect.top() + 4.0), vec2(2.0, rect.height() - 8.0));
    painter.rect_filled(bar, 0.0, theme.accent);
}
