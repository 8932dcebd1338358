//! What needs the user and stays until it was dealt with: what happened, what was kept, and what can be done, in a bar over
//! everything else.

use egui::{Align, Frame, Layout, Margin, RichText, Role, Ui, WidgetInfo, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::features::health::{HealthEvent, advice};
use crate::features::recovery::RecoveryEvent;
use crate::state::State;
use crate::ui::icons;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::{Notice, NoticeKind, Page};

/// Narrower bars put their buttons beneath the words.
const NARROW: f32 = 860.0;

/// Shows the most important notice, with the way to the others: however many there are, they take the room of one.
pub fn show(ui: &mut Ui, state: &State, out: &mut Vec<Event>) {
    let all = by_importance(&state.notices);
    let key = egui::Id::unique("notice shown");
    // One that was gone to stays as long as there is nothing else than before.
    let kinds: Vec<u8> = all.iter().map(|notice| rank(&notice.kind)).collect();
    let (known, at): (Vec<u8>, usize) = ui.data(|data| data.get_temp(key)).unwrap_or_default();
    let at = if known == kinds { at.min(all.len().saturating_sub(1)) } else { 0 };
    let Some(notice) = all.get(at) else { return };
    let next = one(ui, state, notice, (at, all.len()), out);
    let at = if next { (at + 1) % all.len() } else { at };
    ui.data_mut(|data| data.insert_temp(key, (kinds, at)));
}

/// The most important first; of the same importance the latest.
fn by_importance(notices: &[Notice]) -> Vec<&Notice> {
    let mut all: Vec<&Notice> = notices.iter().rev().collect();
    all.sort_by_key(|notice| rank(&notice.kind));
    all
}

/// What may lose something comes first, what only could be better last.
fn rank(kind: &NoticeKind) -> u8 {
    match kind {
        NoticeKind::Unkept => 0,
        NoticeKind::Recovery => 1,
        NoticeKind::GaveUp => 2,
        NoticeKind::Stepped => 3,
        NoticeKind::Slow(_) => 4,
    }
}

/// A button of a notice.
struct Choice {
    words: &'static str,
    tone: Tone,
    key: String,
    event: Event,
}

fn choice(words: &'static str, tone: Tone, event: Event) -> Choice {
    Choice { words, tone, key: String::new(), event }
}

fn command(words: &'static str, tone: Tone, command: Command) -> Choice {
    Choice { words, tone, key: command.key_text(), event: Event::Command(command) }
}

/// What can be done, the best first.
fn choices(state: &State, notice: &Notice) -> Vec<Choice> {
    let dismiss = |words| choice(words, Tone::Quiet, Event::DismissNotice(notice.kind.clone()));
    let has_lighter = advice::lighter(state).is_some();
    // The command of the panel would close the one that is open.
    let more = |words| (!state.shows(Page::Activity)).then(|| command(words, Tone::Plain, Command::Activity));
    match &notice.kind {
        NoticeKind::GaveUp => {
            let smaller = has_lighter
                .then(|| choice("Smaller model", Tone::Plain, Event::Health(HealthEvent::Smaller)));
            let cpu = (state.health.has_gpu() && !state.health.cpu_only)
                .then(|| choice("On the CPU", Tone::Plain, Event::Health(HealthEvent::OnCpu)));
            let mut all = vec![choice("Try again", Tone::Primary, Event::Health(HealthEvent::Retry))];
            all.extend(smaller.into_iter().chain(cpu));
            all.extend(more("Show log"));
            all
        }
        NoticeKind::Stepped => more("Details").into_iter().chain([dismiss("Close")]).collect(),
        NoticeKind::Unkept => vec![command("Save", Tone::Primary, Command::Save), dismiss("Close")],
        NoticeKind::Recovery => {
            let left = &state.recovery.left;
            let recover = choice("Recover", Tone::Primary, Event::Recovery(RecoveryEvent::Recover));
            let report = choice("Show report", Tone::Plain, Event::Recovery(RecoveryEvent::ShowCrash));
            let words = if left.texts.is_empty() { "Close" } else { "Discard" };
            let discard = choice(words, Tone::Quiet, Event::Recovery(RecoveryEvent::DiscardLeft));
            let all = (!left.texts.is_empty()).then_some(recover);
            all.into_iter().chain(left.report.is_some().then_some(report)).chain([discard]).collect()
        }
        NoticeKind::Slow(lighter) => vec![
            match lighter {
                Some(_) => command("Use it", Tone::Primary, Command::UseLighter),
                None => command("Models", Tone::Plain, Command::ModelManager),
            },
            dismiss("Not now"),
            choice("Don't ask again", Tone::Quiet, Event::Health(HealthEvent::NeverSuggest)),
        ],
    }
}

/// Shows a notice, the one with this number of so many; true: the next one is wanted.
fn one(
    ui: &mut Ui,
    state: &State,
    notice: &Notice,
    (at, count): (usize, usize),
    out: &mut Vec<Event>,
) -> bool {
    let mut next = false;
    let theme = Theme::of(ui);
    let (icon, ink) = match notice.kind {
        NoticeKind::GaveUp => (icons::CIRCLE_ALERT, theme.error),
        NoticeKind::Stepped | NoticeKind::Recovery | NoticeKind::Unkept => (icons::WARNING, theme.warning),
        NoticeKind::Slow(_) => (icons::INFO, theme.accent),
    };
    let wide = ui.available_width() >= NARROW;
    let frame = Frame::new().fill(theme.surface).inner_margin(Margin::symmetric(12, 8));
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, theme::CONTROL), egui::Sense::hover());
            widgets::paint_icon(ui, rect, icon, 16.0, ink);
            if wide {
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    next |= count_of(ui, at, count);
                    buttons(ui, state, notice, true, out);
                    words(ui, &notice.text);
                });
            } else {
                words(ui, &notice.text);
            }
        });
        if !wide {
            ui.horizontal_top(|ui| {
                // Level with the words behind the icon.
                ui.add_space(26.0);
                ui.horizontal_wrapped(|ui| {
                    buttons(ui, state, notice, false, out);
                    next |= count_of(ui, at, count);
                });
            });
        }
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &notice.text));
    next
}

/// Which of how many notices is shown; pressed, the next one.
fn count_of(ui: &mut Ui, at: usize, count: usize) -> bool {
    if count < 2 {
        return false;
    }
    let words = format!("{} of {count}", at + 1);
    widgets::button(ui, &words, "", Tone::Quiet).on_hover_text("Show the next notice").clicked()
}

/// The sentence, in as many lines as it takes, level with the buttons.
fn words(ui: &mut Ui, text: &str) {
    ui.vertical(|ui| {
        ui.add_space(5.0);
        ui.add(egui::Label::new(RichText::new(text).font(theme::body()).color(Theme::of(ui).text)).wrap());
    });
}

fn buttons(ui: &mut Ui, state: &State, notice: &Notice, from_the_right: bool, out: &mut Vec<Event>) {
    let mut all = choices(state, notice);
    if from_the_right {
        all.reverse();
    }
    for Choice { words, tone, key, event } in all {
        if widgets::button(ui, words, &key, tone).clicked() {
            out.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_lose_something_comes_first() {
        let kinds = [
            NoticeKind::Slow(None),
            NoticeKind::Stepped,
            NoticeKind::GaveUp,
            NoticeKind::Unkept,
            NoticeKind::Recovery,
        ];
        let notices = kinds.map(|kind| Notice { kind, text: String::new() });
        let order: Vec<&NoticeKind> =
            by_importance(&notices).into_iter().map(|notice| &notice.kind).collect();
        assert_eq!(
            order,
            [
                &NoticeKind::Unkept,
                &NoticeKind::Recovery,
                &NoticeKind::GaveUp,
                &NoticeKind::Stepped,
                &NoticeKind::Slow(None)
            ]
        );
    }
}
