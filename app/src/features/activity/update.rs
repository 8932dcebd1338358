//! The activity page, and the log on its way to the disk.

use std::collections::BTreeMap;

use super::{Activity, ActivityEffect, ActivityEvent, HostConnections};
use crate::event::{Effect, Event};
use crate::workspace::log::Severity;
use crate::workspace::{Page, ToastKind, Workspace, open};

/// How often the open page is brought up to date, in milliseconds.
const PANEL: u64 = 1_000;

/// Something happened in the page.
pub fn on(
    activity: &mut Activity,
    workspace: &mut Workspace,
    event: ActivityEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        ActivityEvent::CopyReport => {
            out.push(Effect::Copy(super::report::text(activity, workspace, now)));
            workspace.toast(
                ToastKind::Info,
                "The report was copied to the clipboard. It contains no code and no paths.".into(),
                now,
            );
        }
        ActivityEvent::ShowLevel(least) => activity.least = least,
        ActivityEvent::OpenLog => out.push(Effect::Activity(ActivityEffect::OpenLog)),
        ActivityEvent::OpenLedger => out.push(Effect::Activity(ActivityEffect::ReadLedger)),
        ActivityEvent::LedgerRead(Ok(text)) => open::new_titled(workspace, "Connections", &text, out),
        ActivityEvent::LedgerRead(Err(error)) => {
            workspace.toast(ToastKind::Error, ground::words::sentence(&error.to_string()), now);
        }
        ActivityEvent::Connections(hosts) => connected(activity, workspace, hosts, now),
    }
}

/// Shows the activity page, or goes back to the text.
pub fn toggle(activity: &mut Activity, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if workspace.page_in_front() == Some(Page::Activity) {
        out.push(Effect::then(Event::LeavePage));
    } else {
        workspace.show_page(Page::Activity);
        activity.least = Severity::default();
        out.push(Effect::CountConnections);
    }
}

/// Milliseconds until what the panel or the status bar shows has changed by time alone.
pub fn wake_in(workspace: &Workspace, now: u64) -> Option<u64> {
    let counts_down = workspace
        .health
        .idle_left(workspace.settings.run_profile().idle_unload_s, now)
        .map(|left| left % 60_000 + 1);
    workspace.shows(Page::Activity).then_some(PANEL).into_iter().chain(counts_down).min()
}

/// Hands new entries of the log on to the disk. Called with all effects of an event.
pub fn keep_log(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let lines = workspace.log.take_waiting();
    if !lines.is_empty() {
        let lines = super::report::for_disk(workspace, lines);
        out.push(Effect::Activity(ActivityEffect::WriteLog(lines)));
    }
}

/// Connections were counted: new ones go into the log, which outlives the window.
fn connected(activity: &mut Activity, workspace: &mut Workspace, hosts: Vec<HostConnections>, now: u64) {
    let before: BTreeMap<String, u64> =
        activity.connections.drain(..).map(|counted| (counted.host, counted.times)).collect();
    for HostConnections { host, times, .. } in &hosts {
        let new = times.saturating_sub(before.get(host).copied().unwrap_or(0));
        if new > 0 {
            let times = if new == 1 { "once".to_owned() } else { format!("{new} times") };
            workspace.record(
                now,
                Severity::Info,
                format!("Connected {times} to {host}, to download a model."),
            );
        }
    }
    activity.connections = hosts;
}

/// What the panel shows and nobody tells.
pub fn tick(activity: &mut Activity, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    activity.clock = now;
    if workspace.shows(Page::Activity) && activity.counted.is_due(now, PANEL) {
        out.push(Effect::CountConnections);
    }
}
