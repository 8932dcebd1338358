//! stub
pub const MIN_WIDTH: f32 = 320.0;
#[derive(Default)]
pub struct SearchMemory {}
pub fn show(_ui: &mut egui::Ui, _s: &super::ProjectSearch, _w: &crate::workspace::Workspace, _f: bool, _m: &mut SearchMemory, _o: &mut Vec<crate::event::Event>) {}
