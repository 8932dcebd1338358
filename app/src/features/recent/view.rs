//! What was open lately, on the start screen.

use egui::Ui;

use crate::event::Event;
use crate::ui::widgets::ListRow;
use crate::ui::{icons, widgets};
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
            let icon = if matches!(item.choice, Choice::Folder(_)) { icons::FOLDER } else { icons::FILE };
            let row =
                ListRow { icon: Some(icon), text: &item.text, detail: &item.detail, ..ListRow::default() };
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
