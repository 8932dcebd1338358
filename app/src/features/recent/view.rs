//! What was open lately, on the start screen.

use egui::Ui;

use crate::event::Event;
use crate::ui::theme::Theme;
use crate::ui::widgets::ListRow;
use crate::ui::{file_icons, icons, widgets};
use crate::workspace::Workspace;
use crate::workspace::picker::{Choice, Item};

/// Most rows; the list of the command has the rest.
const MAX: usize = 5;
/// Height of a row with the gap behind it, in points.
const STEP: f32 = 34.0;

/// The latest files and folders, a row each.
#[derive(Debug)]
pub struct Lately(Vec<Item>);

impl Lately {
    /// Those that are not open.
    pub fn of(workspace: &Workspace) -> Lately {
        let mut items = super::rows(workspace);
        items.truncate(MAX);
        Lately(items)
    }

    /// The room that they take, in points.
    pub fn height(&self) -> f32 {
        self.0.len() as f32 * STEP
    }

    /// Draws them; nothing when there are none.
    pub fn show(self, ui: &mut Ui, out: &mut Vec<Event>) {
        if self.0.is_empty() {
            return;
        }
        ui.add_space(12.0);
        for item in self.0 {
            let file = matches!(item.choice, Choice::File(_)).then(|| file_icons::of(&item.text));
            let row = ListRow {
                icon: Some(file.map_or(icons::FOLDER, |file| file.sign)),
                icon_colour: file.map(|file| file.colour(Theme::of(ui))),
                text: &item.text,
                detail: &item.detail,
                ..ListRow::default()
            };
            if widgets::row(ui, &row).clicked() {
                match item.choice {
                    Choice::Folder(path) => out.push(Event::OpenFolder(path)),
                    Choice::File(path) => out.push(Event::Open(path)),
                    _ => {}
                }
            }
        }
    }
}
