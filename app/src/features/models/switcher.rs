//! The lists of installed models and of profiles to switch to.

use ::models::fit::FitVerdict;

use crate::event::{Effect, Event};
use crate::workspace::picker::{Choice, Item, Picker, PickerKind};
use crate::workspace::{Overlay, Workspace};

/// Shows the installed models.
pub fn models(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let items = model_items(workspace);
    let in_use = workspace.model().map(|model| Choice::Model(model.reference.id.clone()));
    let other =
        |item: &Item| matches!(item.choice, Choice::Model(_)) && Some(&item.choice) != in_use.as_ref();
    // Enter goes to another model at once.
    let current = items.iter().position(other).unwrap_or(0);
    let mut picker = Picker::new(PickerKind::Models, items);
    picker.current = current;
    workspace.overlay = Overlay::Picker(picker);
    out.push(Effect::then(Event::ListEverything));
}

/// The rows of the model switcher: the loaded one is marked, and can be unloaded.
pub fn model_items(workspace: &Workspace) -> Vec<Item> {
    let selected = workspace.model().map(|model| model.reference.id.clone());
    let models = workspace.models.installed.iter().flatten().map(|model| {
        let id = &model.reference.id;
        let mark = match (workspace.worker.holds(id), Some(id) == selected.as_ref()) {
            (true, true) => "in use, loaded",
            (true, false) => "loaded",
            (false, true) => "in use",
            _ => "",
        };
        let (fits, cost) = fit(workspace, id).unzip();
        let words = [mark.to_owned(), fits.unwrap_or_default()];
        Item {
            text: model.name.clone(),
            detail: words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", "),
            right: cost.unwrap_or_else(|| ground::words::bytes(model.size)),
            choice: Choice::Model(id.clone()),
        }
    });
    let unload = workspace.worker.model.as_ref().map(|_| Item {
        text: "Unload model".into(),
        detail: "frees its memory".into(),
        right: String::new(),
        choice: Choice::Command(ground::command::Command::UnloadModel),
    });
    let manager = Item {
        text: "Model manager".into(),
        detail: "install, import, verify, remove".into(),
        right: ground::command::Command::ModelManager.key_text(),
        choice: Choice::Command(ground::command::Command::ModelManager),
    };
    models.chain(unload).chain([manager]).collect()
}

/// Whether an installed model fits this machine, and the memory that it takes, as far as its header was read.
fn fit(workspace: &Workspace, id: &str) -> Option<(String, String)> {
    let shelf = workspace.manager.shelf()?;
    let owned = shelf.installed.iter().find(|owned| owned.model.record.id == id)?;
    let facts = owned.facts.as_ref().ok()?;
    let words = match facts.fit.verdict {
        FitVerdict::Fits => "fits",
        FitVerdict::Tight { .. } => "is tight",
        FitVerdict::DoesNotFit { .. } => "does not fit",
    };
    Some((words.to_owned(), format!("{} of memory", ground::words::bytes(facts.fit.need.total()))))
}

/// The rows of an open switcher are brought up to date.
pub fn models_listed(workspace: &mut Workspace) {
    let items = model_items(workspace);
    if let Overlay::Picker(picker) = &mut workspace.overlay
        && picker.kind == PickerKind::Models
    {
        picker.set_items(items);
    }
}

/// Shows the profiles.
pub fn profiles(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let settings = &workspace.settings;
    let mut names: Vec<&String> = settings.profiles.keys().collect();
    names.sort_by_key(|name| settings::table::profile_order(name));
    let item = |name: &String| {
        let profile = &settings.profiles[name];
        let installed = workspace.models.find(&profile.model).map(|model| model.name.clone());
        let here = if *name == settings.profile { "in use, " } else { "" };
        let shelf = workspace.manager.shelf();
        let card = shelf.and_then(|shelf| shelf.catalogue.iter().find(|card| card.entry.id == profile.model));
        let about = card.map(|card| format!(". {}", card.entry.about)).unwrap_or_default();
        let missing = || {
            if profile.model.is_empty() {
                "any model".into()
            } else {
                format!("{}, not installed", profile.model)
            }
        };
        Item {
            text: name.clone(),
            detail: format!("{here}{}{about}", installed.unwrap_or_else(missing)),
            right: format!("{} tokens", profile.context_tokens),
            choice: Choice::Profile(name.clone()),
        }
    };
    let items = names.into_iter().map(item).collect();
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Profiles, items));
    out.push(Effect::ListModels);
}
