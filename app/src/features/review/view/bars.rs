//! Bars between tabs and text: the review, a file that changed on disk, a file that cannot be edited.

use assist::behaviour::Behaviour;
use assist::presets::short_wish;
use assist::proof::promise::PromiseState;
use assist::reference;
use assist::task::Task;
use egui::{Color32, Rect, Sense, Ui, UiBuilder, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::ui::bar::bar;
use crate::ui::icons;
use crate::ui::overflow_menu::{self, MenuEntry};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::{Candidates, ReviewStatus, Tab, TabReview, Workspace};

/// Narrower bars drop the keys from their buttons.
const NARROW: f32 = 900.0;
/// What became of the answer must stay readable: so much is left for it, in points, and what then does not fit goes into a menu.
const WORDS: f32 = 240.0;
/// With less room for it beside the two decisions, the second of them goes there, too.
const MIN_WORDS: f32 = 140.0;

/// Height of what is known about a proposal, width of the number of what has no room, and the least width of a text there.
const PILL: f32 = 20.0;
const COUNT: f32 = 32.0;
const MIN: f32 = 40.0;

pub fn show(ui: &mut Ui, tab: &Tab, review: &TabReview, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let wide = ui.available_width() >= NARROW;
    let (icon, ink, words) = words(review, workspace, theme);
    let words = match tab.queue.place() {
        Some((at, of)) => format!("{at} of {of} selections  ·  {words}"),
        None => words,
    };
    let words = crate::phrases::capital(&words);
    let in_full = match words.strip_suffix(short_wish(&review.instruction).as_str()) {
        Some(rest) if !review.instruction.is_empty() => format!("{rest}{}", review.instruction),
        _ => words.clone(),
    };
    bar(ui, icon, ink, (&words, &in_full), |ui| {
        let control = |ui: &mut Ui, out: &mut Vec<Event>, command: Command, text: &str, tone: Tone| {
            let key = if wide { command.key_text() } else { String::new() };
            if widgets::button(ui, text, &key, tone).on_hover_text(command.tooltip()).clicked() {
                out.push(Event::Command(command));
            }
        };
        match &review.status {
            ReviewStatus::Waiting | ReviewStatus::Streaming | ReviewStatus::Checking => {
                control(ui, out, Command::StopReview, "Stop", Tone::Plain);
            }
            ReviewStatus::Ready | ReviewStatus::Incomplete => {
                let gap = ui.spacing().item_spacing.x;
                let decisions = [(Command::RejectAll, "Reject all"), (Command::AcceptAll, "Accept all")];
                let width = |(command, text): (Command, &str)| {
                    let key = if wide { command.key_text() } else { String::new() };
                    widgets::button_width(ui, text, &key) + gap
                };
                let taken: f32 = decisions.into_iter().map(width).sum();
                let mut further = further(review, workspace);
                let fit = overflow_menu::fitting(ui, &further, ui.available_width() - taken - WORDS);
                let mut left_over = further.split_off(fit);
                let is_crowded = ui.available_width() - taken < MIN_WORDS;
                let [(reject_all, reject), (accept_all, accept)] = decisions;
                if is_crowded {
                    left_over.insert(0, MenuEntry::word(reject_all, reject));
                }
                if !left_over.is_empty() {
                    overflow_menu::show(ui, &left_over, out);
                }
                if !is_crowded {
                    control(ui, out, reject_all, reject, Tone::Plain);
                }
                control(ui, out, accept_all, accept, Tone::Primary);
                further.iter().for_each(|entry| entry.show(ui, out));
            }
            ReviewStatus::Unchanged | ReviewStatus::Stale | ReviewStatus::Failed(_) => {
                let leave = match (tab.goes_on(), review.earlier.is_some()) {
                    (true, _) => "Next",
                    // To the proposal that the further wish was about.
                    (false, true) => "Back",
                    (false, false) => "Close",
                };
                let tone = if review.task.asks() { Tone::Plain } else { Tone::Primary };
                control(ui, out, Command::StopReview, leave, tone);
                let lacks_model = workspace.models.installed.as_ref().is_some_and(Vec::is_empty);
                if review.task.asks() && lacks_model {
                    control(ui, out, Command::ModelManager, "Models", Tone::Primary);
                } else if review.task.asks() {
                    control(ui, out, Command::TryAgain, "Try again", Tone::Primary);
                }
            }
        }
    });
    let badges = match review.status {
        ReviewStatus::Ready | ReviewStatus::Incomplete => badges(review),
        _ => Vec::new(),
    };
    if !badges.is_empty() {
        let place = review.is_untouched().then(|| review.place()).flatten();
        show_badges(ui, &badges, place, out);
    }
}

/// What can be done besides deciding, the most wanted first.
fn further(review: &TabReview, workspace: &Workspace) -> Vec<MenuEntry> {
    let untouched = review.is_untouched();
    let another = untouched && review.task.asks();
    let refine = untouched && review.task.refines();
    let look = if workspace.session.side_by_side { "Inline" } else { "Side by side" };
    let steps = review.counts().0 > 1;
    let all = [
        another.then(|| MenuEntry::word(Command::NextAlternative, "Another")),
        refine.then(|| MenuEntry::word(Command::Improve, "Refine")),
        Some(MenuEntry::word(Command::EditProposal, "Edit")),
        steps.then(|| MenuEntry::icon(Command::NextHunk, icons::ARROW_DOWN)),
        steps.then(|| MenuEntry::icon(Command::PreviousHunk, icons::ARROW_UP)),
        Some(MenuEntry::word(Command::SideBySide, look)),
    ];
    all.into_iter().flatten().collect()
}

/// Icon, its colour, and one line about how far the review is.
fn words(review: &TabReview, workspace: &Workspace, theme: &Theme) -> (char, Color32, String) {
    let wish = short_wish(&review.instruction);
    let (total, pending) = review.counts();
    let (icon, ink, rest) = match &review.status {
        ReviewStatus::Waiting => (icons::SPARKLES, theme.accent, attempt(review, workspace.worker.waiting())),
        ReviewStatus::Streaming => (icons::SPARKLES, theme.accent, attempt(review, "writing…".to_owned())),
        ReviewStatus::Checking => {
            (icons::SPARKLES, theme.accent, attempt(review, "checking the answer…".to_owned()))
        }
        ReviewStatus::Ready
            if review.candidates.proposal().is_some_and(|it| !review.candidates.attempts.passes(it)) =>
        {
            (icons::WARNING, theme.warning, hunks(review, pending, total))
        }
        ReviewStatus::Ready if review.task == Task::Compare => {
            (icons::FILE, theme.warning, hunks(review, pending, total))
        }
        ReviewStatus::Ready => (icons::SPARKLES, theme.accent, hunks(review, pending, total)),
        ReviewStatus::Incomplete => {
            let text = format!("{}, cut off at the token limit", hunks(review, pending, total));
            (icons::WARNING, theme.warning, text)
        }
        ReviewStatus::Unchanged if !review.task.asks() => {
            (icons::CHECK, theme.muted, "this code exists already".into())
        }
        ReviewStatus::Unchanged => (icons::CHECK, theme.muted, "the model proposes no change".into()),
        ReviewStatus::Stale => (
            icons::WARNING,
            theme.warning,
            "the lines were edited meanwhile, so the answer no longer fits".into(),
        ),
        ReviewStatus::Failed(reason) => return (icons::CIRCLE_ALERT, theme.error, reason.clone()),
    };
    // What became of it comes first: of a long line the end is left out.
    (icon, ink, format!("{rest}  ·  {wish}"))
}

/// Something that is known about a proposal.
struct Badge {
    /// Does it speak for the proposal, or against it?
    speaks_for: Option<bool>,
    words: String,
    /// Why that is so, where the words leave it open.
    reason: Option<String>,
    /// What a click does, and what is said of it.
    does: Option<(Command, &'static str)>,
}

impl Badge {
    fn new(speaks_for: Option<bool>, words: String) -> Badge {
        Badge { speaks_for, words, reason: None, does: None }
    }
}

/// What is known about the proposal that is shown.
fn badges(review: &TabReview) -> Vec<Badge> {
    let Candidates { attempts, .. } = &review.candidates;
    let Some(proposal) = review.candidates.proposal() else { return Vec::new() };
    let what = if review.is_refined() { "Proposal" } else { "Alternative" };
    let place = review.place().map(|(at, of)| Badge::new(None, format!("{what} {at} of {of}")));
    let lost = lost_words(&review.lost)
        .map(|(words, all)| Badge { reason: Some(all), ..Badge::new(Some(false), words) });
    let breaks = proposal.breaks.as_ref();
    let breaks = breaks.map(|at| Badge::new(Some(false), format!("Breaks the syntax: {}", at.text)));
    let ran: Vec<bool> = proposal.held.iter().filter(|held| held.ran).map(|held| held.passed).collect();
    let passed = ran.iter().filter(|passed| **passed).count();
    let examples = match (ran.len(), passed) {
        (0, _) => not_run(review),
        (all, passed) if all == passed || attempts.examples_hold(proposal) => {
            let words = match (all, passed) {
                (1, _) => "Its example holds".to_owned(),
                (all, passed) if all == passed => format!("All {all} examples hold"),
                (all, passed) => format!("{passed} of {all} examples hold"),
            };
            Some(Badge::new(Some(true), words))
        }
        (1, _) => Some(Badge::new(Some(false), "Its example does not hold".to_owned())),
        (all, passed) => Some(Badge::new(Some(false), format!("Only {passed} of {all} examples hold"))),
    };
    let checker =
        review.candidates.target.checker.as_ref().map_or("checker", |checker| checker.program.as_str());
    let checked = proposal.checked.as_ref().map(|checked| match checked {
        Ok(()) => Badge::new(Some(true), format!("Passes {checker}")),
        Err(said) => Badge::new(Some(false), format!("{checker}: {said}")),
    });
    let proof = proposal.proof.as_ref().map(|proof| Badge {
        reason: Some(proof.reason()),
        ..Badge::new(Some(!proof.is_warning()), proof.words())
    });
    let promise = match &proposal.promise {
        Some(PromiseState::Repaired(said)) => Some(Badge {
            reason: Some(format!("{said} What else it changed was left out.")),
            ..Badge::new(None, "Other changes of the answer left out".to_owned())
        }),
        _ => None,
    };
    let behaviour = proposal.behaviour.as_ref().map(|found| compared(found, attempts.keeps()));
    let speed = match &proposal.behaviour {
        Some(Behaviour::Same { speed: Some(speed), .. }) => {
            Some(Badge { reason: Some(speed.reason()), ..Badge::new(speed.is_faster(), speed.words()) })
        }
        _ => None,
    };
    let cut = review.prompt.as_ref().and_then(reference::left_out);
    let cut = cut.map(|words| Badge::new(Some(false), words));
    let notes = review.notes.iter().map(|note| Badge::new(Some(false), crate::phrases::capital(note)));
    let seen = review.seen.as_ref().map(|seen| Badge::new(None, crate::phrases::capital(seen)));
    // It comes first, so that its arrows stay where they are while one goes through the alternatives.
    [place, breaks, lost, proof, promise, checked, behaviour, speed, examples, cut]
        .into_iter()
        .flatten()
        .chain(notes)
        .chain(seen)
        .collect()
}

/// Whether the results stayed. A difference speaks against a proposal that must keep them; of another one it says what changes.
fn compared(found: &Behaviour, keeps: bool) -> Badge {
    let (speaks_for, words) = match found.difference() {
        None => (Some(true), found.words()),
        Some(_) if keeps => (Some(false), format!("Other result: {}", found.words())),
        Some(_) => (None, format!("Changes {}", found.words())),
    };
    Badge { reason: Some(found.reason()), ..Badge::new(speaks_for, words) }
}

/// Which definitions a proposal takes away: in short, and in full.
fn lost_words(lost: &[String]) -> Option<(String, String)> {
    let words = match lost {
        [] => return None,
        [one] => format!("Removes {one}"),
        [one, other] => format!("Removes {one} and {other}"),
        all => format!("Removes {} definitions: {}", all.len(), all.join(", ")),
    };
    let all = format!("These lines declare what the proposal does not: {}.", lost.join(", "));
    Some((words, all))
}

/// What nobody has allowed to be run.
fn not_run(review: &TabReview) -> Option<Badge> {
    const WORDS: &str = "Run the code before and after, and its examples, now and for later answers in this folder: sandboxed, with no \
                         network, files or other programs";
    let Candidates { target, runs, .. } = &review.candidates;
    let parses = review.candidates.proposal().is_some_and(|proposal| proposal.breaks.is_none());
    let offered = !runs && parses && target.can_run();
    offered.then(|| Badge {
        speaks_for: None,
        reason: None,
        words: match target.examples.len() {
            0 => "Compare its results".to_owned(),
            1 => "Run its example".to_owned(),
            count => format!("Run its {count} examples"),
        },
        does: Some((Command::RunExamples, WORDS)),
    })
}

/// A second line under the bar with what is known about a proposal. `place`: which alternative of how many is shown, where
/// another one can be.
fn show_badges(ui: &mut Ui, badges: &[Badge], place: Option<(usize, usize)>, out: &mut Vec<Event>) {
    const LINE: f32 = 28.0;
    let theme = Theme::of(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    ui.painter().rect_filled(line.expand2(vec2(0.0, 1.0)), 0.0, theme.surface);
    ui.painter().hline(line.x_range(), line.bottom() - 0.5, theme.hairline());
    let mut left = line.left() + 12.0;
    if let Some(place) = place {
        left = arrows(ui, line.with_min_x(left - 4.0), place, out);
    }
    for (index, badge) in badges.iter().enumerate() {
        let (icon, ink) = match badge.speaks_for {
            Some(true) => (Some(icons::CHECK), theme.added),
            Some(false) => (Some(icons::WARNING), theme.warning),
            None => (None, theme.text),
        };
        let words = if badge.does.is_some() { theme.accent } else { theme.text };
        let sign = if icon.is_some() { 18.0 } else { 0.0 };
        // Those that follow need room for their number at least.
        let behind = if index + 1 < badges.len() { COUNT + 6.0 } else { 0.0 };
        let room = line.right() - 12.0 - left - 16.0 - sign;
        if room - behind < MIN {
            count_of_more(ui, line.with_min_x(left), &badges[index..]);
            break;
        }
        let text = widgets::elided(ui, &badge.words, theme::caption(), words, room - behind);
        let size = vec2((text.size().x + 16.0 + sign).ceil(), PILL);
        let pill = Rect::from_min_size(egui::pos2(left, line.top() + 1.0), size);
        let sense = if badge.does.is_some() { Sense::click() } else { Sense::hover() };
        let response = ui.interact(pill, ui.scope_id().with(("badge", index)), sense);
        let is_pointed_at = badge.does.is_some() && response.hovered();
        let ground = if is_pointed_at { theme.hover(theme.raised) } else { theme.raised };
        ui.painter().rect_filled(pill, PILL / 2.0, ground);
        ui.painter().rect_stroke(pill, PILL / 2.0, theme.hairline(), egui::StrokeKind::Inside);
        if let Some(icon) = icon {
            let place = Rect::from_min_size(pill.min + vec2(8.0, 0.0), vec2(12.0, PILL));
            widgets::paint_icon(ui, place, icon, 12.0, ink);
        }
        let middle = egui::pos2(pill.left() + 8.0 + sign, pill.center().y - text.size().y / 2.0);
        ui.painter().galley(middle, text, words);
        let role = if badge.does.is_some() { egui::Role::Button } else { egui::Role::Status };
        response.widget_info(|| egui::WidgetInfo::labeled(role, true, &badge.words));
        widgets::focus_ring(ui, &response, pill);
        let clicked = response.clicked();
        let reason = badge.reason.as_deref().unwrap_or(&badge.words);
        response.on_hover_text(badge.does.map_or(reason, |(_, said)| said));
        if let Some((command, _)) = badge.does.filter(|_| clicked) {
            out.push(Event::Command(command));
        }
        left = pill.right() + 6.0;
    }
}

/// Stands for the badges that have no room.
fn count_of_more(ui: &mut Ui, line: Rect, badges: &[Badge]) {
    let theme = Theme::of(ui);
    let words: Vec<&str> = badges.iter().map(|badge| badge.words.as_str()).collect();
    let words = words.join("\n");
    let ink =
        if badges.iter().any(|badge| badge.speaks_for == Some(false)) { theme.warning } else { theme.text };
    let pill = Rect::from_min_size(egui::pos2(line.left(), line.top() + 1.0), vec2(COUNT, PILL));
    ui.painter().rect_filled(pill, PILL / 2.0, theme.raised);
    ui.painter().rect_stroke(pill, PILL / 2.0, theme.hairline(), egui::StrokeKind::Inside);
    let count = format!("+{}", badges.len());
    ui.painter().text(pill.center(), egui::Align2::CENTER_CENTER, count, theme::caption(), ink);
    let response = ui.interact(pill, ui.scope_id().with("further badges"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Status, true, &words));
    response.on_hover_text(&words);
}

/// Goes through the alternatives; answers where the line goes on.
fn arrows(ui: &mut Ui, line: Rect, (at, of): (usize, usize), out: &mut Vec<Event>) -> f32 {
    const SIDE: f32 = 20.0;
    let top = line.top() + 1.0;
    let steps = [
        (icons::CHEVRON_LEFT, Command::PreviousAlternative, at > 1),
        (icons::CHEVRON_RIGHT, Command::NextAlternative, at < of),
    ];
    for (index, (icon, command, there)) in steps.into_iter().enumerate() {
        let rect =
            Rect::from_min_size(egui::pos2(line.left() + SIDE * index as f32, top), egui::Vec2::splat(SIDE));
        let mut place = ui.new_child(UiBuilder::new().id_salt(command.id()).max_rect(rect));
        let button = |ui: &mut Ui| widgets::icon_button(ui, icon, SIDE, command.name(), &command.tooltip());
        if place.add_enabled_ui(there, button).inner.clicked() {
            out.push(Event::Command(command));
        }
    }
    line.left() + SIDE * 2.0 + 4.0
}

/// Which attempt it is, once there was another one.
fn attempt(review: &TabReview, doing: String) -> String {
    match review.candidates.attempts.count() {
        (0 | 1, _) => doing,
        (at, of) => format!("asking in another way ({at} of {of}), {doing}"),
    }
}

fn hunks(review: &TabReview, pending: usize, total: usize) -> String {
    let place = review.current.map_or(1, |hunk| hunk + 1);
    match (total, pending == total) {
        (1, _) => "1 hunk".to_owned(),
        (_, true) => format!("{place} of {total} hunks"),
        (_, false) => format!("{place} of {total} hunks, {pending} left"),
    }
}
