//! The menu of a result: what can be done with a file that was found, or with a line of it.

use ground::command::Command;
use search::HitPlace;
use search::page::SearchRow;

use super::super::ProjectSearchEvent;
use super::look::ListLook;
use crate::event::Event;
use crate::ui::menu::{self, MenuLine};
use crate::workspace::tree::FileTree;

/// The lines for a row.
pub fn lines(look: &ListLook<'_>, row: SearchRow) -> Vec<MenuLine> {
    let page = &look.search.results.page;
    let (file, line) = match row {
        SearchRow::File(file) => (file, None),
        SearchRow::Line(file, line) => (file, Some(line)),
    };
    let Some(found) = page.file(file) else { return Vec::new() };
    let line = line.and_then(|line| found.lines.get(line));
    let number = line
        .map(|line| line.number)
        .filter(|number| found.hits.binary_search_by_key(number, |hit| hit.line).is_ok());
    let what = if line.is_none() { "file" } else { "line" };
    let place = || found.place.clone();
    let say = |name: &str, event| MenuLine::event(name, "", Event::ProjectSearch(event));
    let mut replace = Vec::new();
    if look.replaces() {
        let refused = look.search.previews.of(&found.place).is_some_and(|preview| preview.is_err());
        let possible = !refused && (line.is_none() || number.is_some());
        let event = ProjectSearchEvent::ReplaceRow(place(), number);
        replace.push(say(&format!("Replace in {what}"), event).only_if(possible));
        replace.push(say("Review the changes in the file", ProjectSearchEvent::Review(place())));
    }
    let copy = match line {
        Some(line) => vec![MenuLine::copy("Copy line", line.text.as_str())],
        None => {
            let all: Vec<&str> =
                found.lines.iter().filter(|line| line.is_match).map(|line| line.text.as_str()).collect();
            vec![MenuLine::copy("Copy lines with results", all.join("\n"))]
        }
    };
    let of_file = match &found.place {
        HitPlace::File(path) => {
            let mut roots = look.workspace.tree.iter().flat_map(FileTree::roots);
            let inside = roots.find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path.as_path());
            let mut lines = menu::file_lines(path, inside);
            if let Some(line) = line {
                let place = format!("{}:{}", inside.display(), line.number + 1);
                lines.insert(0, MenuLine::copy("Copy path with line number", place));
            }
            lines
        }
        HitPlace::Text(_) => Vec::new(),
    };
    let open = ProjectSearchEvent::DoubleClick(place(), line.map(|line| line.number));
    let dismiss = ProjectSearchEvent::DismissRow(place(), number);
    let can_dismiss = line.is_none() || number.is_some();
    menu::grouped([
        vec![say("Open", open)],
        replace,
        copy,
        of_file,
        vec![say(&format!("Dismiss {what}"), dismiss).only_if(can_dismiss)],
        vec![MenuLine::command(Command::SearchAgain)],
    ])
}
