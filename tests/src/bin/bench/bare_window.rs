//! The least that a window of eframe can be: one text, drawn and edited by egui itself. What ours costs is measured against it, in a
//! process of its own: this program, called with [`BARE_WINDOW`].

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use eframe::egui::{
    Context, FontData, FontDefinitions, FontFamily, ScrollArea, TextEdit, Ui, ViewportBuilder,
};

/// The word that makes this program the bare window; a file follows.
pub const BARE_WINDOW: &str = "bare-window";

const FONT: &[u8] = include_bytes!("../../../../assets/fonts/JetBrainsMono-Regular.ttf");

/// Shows a file until the window is closed.
pub fn show(file: &Path) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let viewport = ViewportBuilder::default().with_inner_size([1200.0, 800.0]);
    let options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let app: eframe::AppCreator<'_> = Box::new(|cc| {
        install_font(&cc.egui_ctx);
        Ok(Box::new(BareWindow { text, has_keys: false }))
    });
    eframe::run_native("bare window", options, app).map_err(|error| anyhow!("{error}"))
}

/// The same font as ours, and no other.
fn install_font(ctx: &Context) {
    let mut fonts = FontDefinitions::empty();
    fonts.font_data.insert("font".into(), Arc::new(FontData::from_static(FONT)));
    for family in [FontFamily::Monospace, FontFamily::Proportional] {
        fonts.families.insert(family, vec!["font".into()]);
    }
    ctx.set_fonts(fonts);
}

struct BareWindow {
    text: String,
    has_keys: bool,
}

impl eframe::App for BareWindow {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let text = TextEdit::multiline(&mut self.text).code_editor().desired_width(f32::INFINITY);
        ScrollArea::vertical().show(ui, |ui| {
            let shown = ui.add(text);
            // Once: to an egui that is asked in each frame no key comes.
            if !std::mem::replace(&mut self.has_keys, true) {
                shown.request_focus();
            }
        });
    }
}
