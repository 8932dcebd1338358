//! How the window looks: the list of themes, each shown while it is gone through, and what the folder of the user's own has.

use ::settings::ThemeChoice;
use ::settings::table::SettingKey;
use ::settings::value::Field as _;
use ground::command::Command;

use crate::event::Effect;
use crate::workspace::picker::{Choice, Item, ListWords, Picker, PickerKind};
use crate::workspace::{Overlay, ThemesRead, ToastKind, Workspace, configure};

static WORDS: ListWords = ListWords {
    command: Command::ChooseTheme,
    hint: "Type part of a theme's name; the arrows show each",
    empty: "No theme has such a name.",
};

/// Shows the list, with the theme of the window at its place in it.
pub fn open(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let rows = rows(workspace);
    let window = &workspace.settings.window;
    let wanted = match window.theme {
        ThemeChoice::Light => &window.light_theme,
        ThemeChoice::Dark | ThemeChoice::System => &window.dark_theme,
    };
    let current = rows.iter().position(|row| row.choice == Choice::Theme(wanted.clone())).unwrap_or(0);
    let mut picker = Picker::new(PickerKind::Own(&WORDS), rows);
    picker.current = current;
    workspace.overlay = Overlay::Picker(picker);
    out.push(Effect::ListThemes);
}

/// Dark themes, then light ones.
fn rows(workspace: &Workspace) -> Vec<Item> {
    let window = &workspace.settings.window;
    let own = &workspace.theme_shelf.own;
    let mut themes: Vec<_> = workspace.themes().collect();
    themes.sort_by_key(|theme| !theme.dark);
    let item = |theme: &&::settings::themes::ThemeFile| {
        let is_used = [&window.dark_theme, &window.light_theme][usize::from(!theme.dark)] == &theme.id;
        let whose = if own.iter().any(|own| own.id == theme.id) { "your own" } else { "" };
        let words = [if is_used { "in use" } else { "" }, whose];
        Item {
            text: theme.name.clone(),
            detail: words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", "),
            right: if theme.dark { "dark".into() } else { "light".into() },
            choice: Choice::Theme(theme.id.clone()),
        }
    };
    themes.iter().map(item).collect()
}

/// Gives the window a theme: from now on it is that of its kind, and the window is of this kind.
pub fn choose(workspace: &mut Workspace, id: &str, now: u64, out: &mut Vec<Effect>) {
    let Some(dark) = workspace.themes().find(|theme| theme.id == id).map(|theme| theme.dark) else { return };
    let (path, kind) = match dark {
        true => ("window.dark_theme", ThemeChoice::Dark),
        false => ("window.light_theme", ThemeChoice::Light),
    };
    let changes = [(path, id.to_owned().to_value()), ("window.theme", kind.to_value())];
    let known = |(path, value)| Some((SettingKey::find(path)?, Some(value)));
    configure::change(workspace, changes.into_iter().filter_map(known).collect(), now, out);
}

/// The folder of themes was read: what is drawn follows at once. What is wrong is said once.
pub fn read(workspace: &mut Workspace, (folder, own, wrong): ThemesRead, now: u64) {
    let shelf = &mut workspace.theme_shelf;
    let told = std::mem::replace(&mut shelf.wrong, wrong.clone());
    (shelf.folder, shelf.own) = (folder, own);
    if let Some(new) = wrong.into_iter().find(|wrong| !told.contains(wrong)) {
        workspace.toast(ToastKind::Error, new, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::settings::themes::ThemeFile;

    fn theme(id: &str, kind: &str) -> ThemeFile {
        ThemeFile::read(id, &format!("kind = '{kind}'\n")).unwrap()
    }

    #[test]
    fn a_theme_is_shown_while_it_is_current_and_stays_when_it_is_chosen() {
        let mut workspace = Workspace::default();
        let mut out = Vec::new();
        let before = workspace.looks().1.map(|theme| theme.map(|theme| theme.id.clone()));
        assert_eq!(before, [Some("dark".to_owned()), Some("light".to_owned())]);
        open(&mut workspace, &mut out);
        let Overlay::Picker(picker) = &mut workspace.overlay else { panic!() };
        let paper = picker.shown().position(|item| item.text == "Paper").unwrap();
        picker.current = paper;
        let (kind, [_, light]) = workspace.looks();
        assert_eq!((kind, light.unwrap().id.as_str()), (ThemeChoice::Light, "paper"));
        workspace.overlay = Overlay::None;
        assert_eq!(workspace.looks().1[1].unwrap().id, "light", "nothing was chosen");
        choose(&mut workspace, "paper", 0, &mut out);
        let window = &workspace.settings.window;
        assert_eq!((window.theme, window.light_theme.as_str()), (ThemeChoice::Light, "paper"));
        assert_eq!(window.dark_theme, "dark", "that of the other kind stays");
    }

    #[test]
    fn an_own_theme_stands_for_a_built_in_one_and_what_is_wrong_is_said_once() {
        let mut workspace = Workspace::default();
        let own = vec![theme("paper", "light"), theme("mine", "dark")];
        read(&mut workspace, (None, own.clone(), vec!["bad.toml is no theme.".into()]), 0);
        read(&mut workspace, (None, own, vec!["bad.toml is no theme.".into()]), 9_000);
        assert_eq!(workspace.toasts.len(), 1);
        assert_eq!(workspace.toasts[0].since, 0);
        assert_eq!(workspace.themes().filter(|theme| theme.id == "paper").count(), 1);
        let mut out = Vec::new();
        choose(&mut workspace, "mine", 0, &mut out);
        assert_eq!(workspace.looks().1[0].unwrap().id, "mine");
        read(&mut workspace, (None, Vec::new(), Vec::new()), 0);
        assert!(workspace.looks().1[0].is_none(), "its file is gone, the built-in one is drawn");
    }
}
