//! Models that are too slow for the machine, and what would be faster.

use ipc::protocol::Usage;
use settings::table::profile_order;

use super::memory_fallback::policy;
use crate::event::Effect;
use crate::workspace::health::PendingJob;
use crate::workspace::log::Severity;
use crate::workspace::{Lighter, Model, NoticeKind, ToastKind, Workspace, configure};

/// An answer came to its end.
pub fn answered(workspace: &mut Workspace, asked: &PendingJob, usage: &Usage, now: u64) {
    let text = format!(
        "{} answered with {} tokens, {:.1} a second, the first after {}.",
        workspace.models.name_of(&asked.way.model.id),
        usage.generated_tokens,
        usage.decode_rate(),
        crate::phrases::milliseconds(usage.ttft_ms)
    );
    workspace.record(now, Severity::Debug, text);
    if usage.generated_tokens > 0 {
        workspace.health.history.worked(&asked.way);
        workspace.settle(&NoticeKind::GaveUp);
    }
    let id = asked.way.model.id.clone();
    // A model of its own for explanations or completions does not change with the profile.
    if workspace.model().is_none_or(|model| model.reference.id != asked.wanted.model.id) {
        return;
    }
    let policy = policy(workspace);
    let figure = workspace.health.slow.observe(&policy, &id, usage);
    let (Some(figure), true) = (figure, workspace.settings.models.suggest_lighter) else { return };
    let lighter = lighter_than(workspace, &id);
    let slow = workspace.models.name_of(&id);
    let faster = |name: String| format!("{name} is lighter and would be faster.");
    let help = match &lighter {
        Some(Lighter::Profile(profile)) => {
            let model = workspace
                .settings
                .profiles
                .get(profile)
                .map(|profile| workspace.models.name_of(&profile.model));
            faster(format!("The profile {profile}, with {},", model.unwrap_or_default()))
        }
        Some(Lighter::Model(model)) => faster(workspace.models.name_of(model)),
        None => format!("No lighter model for code is installed. {}", figure.advice()),
    };
    let text = format!("{slow} {}. {help}", figure.tell());
    workspace.record(now, Severity::Info, &text);
    workspace.notify(NoticeKind::Slow(lighter), text);
}

/// What would be faster than a model and still be meant for code: the next lighter profile whose model is installed, else the
/// next smaller model. `None`: nothing here.
fn lighter_than(workspace: &Workspace, id: &str) -> Option<Lighter> {
    let size = |id: &str| workspace.models.find(id).map(|model| model.size);
    let own = size(id)?;
    let current = workspace.settings.profile.as_str();
    let lighter = workspace.settings.profiles.iter().filter_map(|(name, profile)| {
        let size = size(&profile.model).filter(|size| *size < own && name != current)?;
        Some((size, std::cmp::Reverse(profile_order(name)), name))
    });
    let profile = lighter.max().map(|(_, _, name)| Lighter::Profile(name.clone()));
    profile.or_else(|| Some(Lighter::Model(next_smaller(workspace, id)?.reference.id.clone())))
}

fn next_smaller<'a>(workspace: &'a Workspace, id: &str) -> Option<&'a Model> {
    let installed = workspace.models.installed.as_ref()?;
    let size = installed.iter().find(|model| model.reference.id == id)?.size;
    installed.iter().filter(|model| model.for_code && model.size < size).max_by_key(|model| model.size)
}

/// The next smaller model for code than the one in use.
pub fn lighter(workspace: &Workspace) -> Option<&Model> {
    next_smaller(workspace, &workspace.model()?.reference.id)
}

/// The lighter profile or model that was suggested is used from now on; without a suggestion the next one.
pub fn use_lighter(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let suggested = workspace.notices.iter().find_map(|notice| match &notice.kind {
        NoticeKind::Slow(lighter) => lighter.clone(),
        _ => None,
    });
    settle_slow(workspace);
    let next = || lighter_than(workspace, &workspace.model()?.reference.id);
    match suggested.or_else(next) {
        Some(Lighter::Profile(name)) => configure::use_profile(workspace, &name, now, out),
        Some(Lighter::Model(id)) => configure::use_model(workspace, &id, now, out),
        None => {
            let text = "No lighter model for code is installed. You can install one in the model manager.";
            workspace.toast(ToastKind::Info, text.into(), now);
        }
    }
}

pub fn settle_slow(workspace: &mut Workspace) {
    workspace.notices.retain(|notice| !matches!(notice.kind, NoticeKind::Slow(_)));
}
