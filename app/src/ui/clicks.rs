//! Presses in quick succession: what a selection begins with. egui counts clicks when the button is released, which is too late for a
//! selection that grows while it is held.

use egui::{Id, Pos2, Ui};

/// Presses that follow each other within these seconds belong together.
const TOGETHER: f64 = 0.4;
/// And within these points.
const NEAR: f32 = 4.0;

/// How many presses came in quick succession at one place, this one included: 1 to 3, and from 1 again. What is pressed has its
/// own key.
pub fn counted(ui: &Ui, key: Id, point: Pos2) -> u32 {
    let now = ui.input(|input| input.time);
    let last: Option<(f64, Pos2, u32)> = ui.data(|data| data.get_temp(key));
    let count = match last {
        Some((time, at, count)) if now - time < TOGETHER && at.distance(point) < NEAR => count % 3 + 1,
        _ => 1,
    };
    ui.data_mut(|data| data.insert_temp(key, (now, point, count)));
    count
}
