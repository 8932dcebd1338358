//! The window: drains events, updates the state, runs effects, draws. Nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ::models::import::ImportMode;
use crossbeam_channel::Receiver;
use egui::{Ui, ViewportCommand};
use ground::command;
use settings::themes::ThemeFile;
use settings::{Keymap, SettingsEvent, ThemeChoice};

use crate::arguments::Wanted;
use crate::door::{CallerAnswer, Door};
use crate::effects::{Effects, Outbox, OutsidePlaces};
use crate::event::{Effect, Event};
use crate::features::models::ManagerEvent;
use crate::features::onboarding::OnboardingEvent;
use crate::frames::FrameLog;
use crate::keyboard::Taken;
use crate::state::State;
use crate::ui::theme;
use crate::update::{self, update};
use crate::workspace::session::Session;
use crate::workspace::{Page, open};
use crate::{keyboard, views};

/// Most events of other threads that one frame takes, so that a flood cannot hold up drawing.
const MAX_EVENTS: usize = 4096;

/// The window.
pub struct App {
    state: State,
    effects: Effects,
    inbox: Receiver<Event>,
    memory: views::ViewsMemory,
    started: Instant,
    frames: Option<FrameLog>,
    /// What events took before the frame that is drawn.
    events_took: Duration,
    /// Input that waits for the next frame.
    waiting: Vec<egui::Event>,
    /// Where the window was, until it is known how large the screen is.
    place: Option<(f32, f32)>,
    shown: Shown,
}

/// What the window was told last, so that it is told only what is new.
#[derive(Default, PartialEq)]
struct Shown {
    title: String,
    theme: Option<ThemeChoice>,
    themes: Option<[Option<ThemeFile>; 2]>,
    zoom: f32,
    keys: (Keymap, BTreeMap<String, Vec<String>>),
    closing: bool,
    full_screen: bool,
}

impl App {
    /// A window on what is `wanted`: files become tabs, a folder goes to the sidebar; without any, what the session remembers.
    pub fn new(
        ctx: &egui::Context,
        session: &Session,
        wanted: impl Into<Wanted>,
        places: OutsidePlaces,
    ) -> App {
        theme::install(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let waker = ctx.clone();
        let (outbox, inbox) = Outbox::new(move || waker.request_repaint());
        let mut state = State::new(session.clone(), places.settings.clone());
        state.home = std::env::var_os("HOME").map(PathBuf::from);
        let effects = Effects::start(places, session, &outbox);
        let mut app = App {
            state,
            effects,
            inbox,
            memory: views::ViewsMemory::default(),
            started: Instant::now(),
            frames: FrameLog::from_environment(),
            events_took: Duration::ZERO,
            waiting: Vec::new(),
            place: session.place,
            shown: Shown::default(),
        };
        app.open(ctx, session, wanted.into());
        app
    }

    /// Other starts of the editor find this window from now on, and hand their files to it.
    pub fn listen(&self, door: Door) {
        self.effects.listen(door);
    }

    /// The system's dialogs are made from this one from now on, if there are any.
    pub fn offer_dialogs(&self, of_window: rfd::AsyncFileDialog) {
        self.effects.offer_dialogs(of_window);
    }

    fn open(&mut self, ctx: &egui::Context, session: &Session, wanted: Wanted) {
        let Wanted { mut paths, piped, waits, diff, new_window: _ } = wanted;
        if let Some((one, other)) = diff {
            paths.push((one.clone(), None));
            self.state.diff = Some((one, other));
        }
        let has_paths = !paths.is_empty() || piped.is_some();
        self.take(ctx, Event::Settings(SettingsEvent::Start));
        self.effects.run(Effect::ListModels, ctx);
        for effect in update::begin() {
            self.effects.run(effect, ctx);
        }
        let fresh = !has_paths && self.state.settings.window.restore_session;
        let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(path, _)| path.is_dir());
        let folder = folders
            .into_iter()
            .last()
            .map(|(path, _)| path)
            .or(session.folder.clone().filter(|folder| fresh && folder.is_dir()));
        if let Some(folder) = folder {
            self.take(ctx, Event::OpenFolder(folder));
        }
        if fresh {
            for folder in session.added_folders.iter().filter(|folder| folder.is_dir()) {
                self.take(ctx, Event::AddFolder(folder.clone()));
            }
            self.memory.editor.restore(session);
            let files = self.state.restore_panes(session);
            let has_tab = |page: &Page| !self.state.panes.with(*page).is_empty();
            let pages: Vec<Page> = Page::ALL.into_iter().filter(has_tab).collect();
            for page in pages {
                self.take(ctx, Event::PageRestored(page));
            }
            for (path, caret, front) in files {
                self.effects.run(Effect::Open { path, caret: Some(caret), front }, ctx);
            }
        }
        if waits {
            self.state.waited_for = files.iter().map(|(path, _)| path.clone()).collect();
        }
        for (path, caret) in files {
            match caret {
                Some(_) => self.effects.run(Effect::Open { path, caret, front: true }, ctx),
                None => self.take(ctx, Event::Open(path)),
            }
        }
        if let Some(text) = piped {
            let mut effects = Vec::new();
            open::new_with(&mut self.state, &text, &mut effects);
            effects.into_iter().for_each(|effect| self.effects.run(effect, ctx));
        }
        // Where nothing is remembered it would come each time.
        if self.effects.remembers() {
            self.take(ctx, Event::Onboarding(OnboardingEvent::Start(has_paths)));
        }
    }

    fn take(&mut self, ctx: &egui::Context, event: Event) {
        let now = self.now();
        if let Event::Asked(caller, _) = event
            && (self.shown.closing || self.state.quitting)
        {
            // Files that would close with the window again are not taken.
            return self.effects.run(Effect::AnswerCaller(caller, CallerAnswer::Refused), ctx);
        }
        for effect in update(&mut self.state, event, now) {
            // The window's own request to close must not be asked about a second time.
            self.shown.closing |= matches!(effect, Effect::Quit);
            let effect = match effect {
                Effect::Remember(mut session) => {
                    self.memory.editor.note_scroll(&mut session);
                    Effect::Remember(session)
                }
                effect => effect,
            };
            self.effects.run(effect, ctx);
        }
    }

    /// Reads the keys one by one, each with the state and the focus that the one before it left: what is typed fast
    /// after a key that opens a field belongs to that field.
    fn keys(&mut self, ctx: &egui::Context) {
        let mut queue = std::mem::take(&mut self.waiting);
        queue.extend(ctx.input_mut(|input| std::mem::take(&mut input.events)));
        let (mut left, mut typing, mut meant) = (Vec::new(), false, false);
        let (mut pressed, mut later) = (false, Vec::new());
        let mut queue = queue.into_iter();
        while let Some(event) = queue.next() {
            // What is typed after a click, in a slow frame, is for what was clicked: that is known once it is drawn.
            pressed |= matches!(event, egui::Event::PointerButton { pressed: true, .. });
            if pressed && keyboard::is_typed(&event) {
                later.push(event);
                continue;
            }
            // With Alt held the system also sends the character of a key that was a command, or might have been one.
            if std::mem::take(&mut meant) && matches!(event, egui::Event::Text(_)) {
                continue;
            }
            let is_key = matches!(event, egui::Event::Key { .. });
            // The keyboard may be nobody's since egui took it from somebody, as it does on Escape: then what follows, in a slow
            // frame a whole line, is for the text.
            if !matches!(event, egui::Event::Key { key: egui::Key::Escape, pressed: true, .. }) {
                views::give_focus(ctx, &mut self.state);
            }
            match keyboard::read(ctx, &event, &self.state, &mut self.memory, typing) {
                Taken::Event(event) => {
                    meant = is_key;
                    self.take(ctx, event);
                    views::give_focus(ctx, &mut self.state);
                }
                Taken::Done => meant = is_key,
                Taken::Left => {
                    meant = keyboard::is_held(&event);
                    typing |= keyboard::is_text(&event);
                    left.push(event);
                }
                Taken::Wait => {
                    self.waiting = std::iter::once(event).chain(queue).collect();
                    ctx.request_repaint();
                    break;
                }
            }
        }
        ctx.input_mut(|input| input.events = left);
        views::give_focus(ctx, &mut self.state);
        if !later.is_empty() {
            drop(self.waiting.splice(..0, later));
            ctx.request_repaint();
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Tells the window what changed: title, theme, zoom.
    fn tell(&mut self, ctx: &egui::Context) {
        let title = self.state.title();
        if title != self.shown.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.shown.title = title;
        }
        let (theme, themes) = self.state.looks();
        let are_same = |shown: &[Option<ThemeFile>; 2]| shown.each_ref().map(Option::as_ref) == themes;
        if !self.shown.themes.as_ref().is_some_and(are_same) {
            theme::wear(ctx, themes);
            let themes = themes.map(Option::<&ThemeFile>::cloned);
            self.shown.themes = Some(themes);
        }
        if self.shown.theme != Some(theme) {
            ctx.set_theme(match theme {
                ThemeChoice::System => egui::ThemePreference::System,
                ThemeChoice::Dark => egui::ThemePreference::Dark,
                ThemeChoice::Light => egui::ThemePreference::Light,
            });
            self.shown.theme = Some(theme);
        }
        if self.shown.zoom != self.state.settings.window.zoom {
            self.shown.zoom = self.state.settings.window.zoom;
            ctx.set_zoom_factor(self.shown.zoom);
        }
        if self.shown.full_screen != self.state.full_screen {
            self.shown.full_screen = self.state.full_screen;
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(self.shown.full_screen));
        }
        let settings = &self.state.settings;
        if (self.shown.keys.0, &self.shown.keys.1) != (settings.keymap, &settings.keys) {
            command::bind(&settings.keymap.with(&settings.keys));
            self.shown.keys = (settings.keymap, settings.keys.clone());
        }
    }

    /// What the system says about the window.
    fn watch_window(&mut self, ctx: &egui::Context) {
        self.watch_place(ctx);
        let (close, focused, size, dropped) = ctx.input(|input| {
            let viewport = input.viewport();
            let focused = input.events.iter().any(|event| matches!(event, egui::Event::WindowFocused(true)));
            let dropped: Vec<PathBuf> =
                input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
            (viewport.close_requested(), focused, viewport.inner_rect.map(|rect| rect.size()), dropped)
        });
        if focused {
            self.effects.in_front();
            self.take(ctx, Event::WindowFocused);
        }
        if let Some(size) = size {
            // With the zoom that this frame is drawn with, which in the first one is not yet the user's.
            let (width, height) = (size.x * ctx.zoom_factor(), size.y * ctx.zoom_factor());
            if self.state.session.window != Some((width, height)) && !self.state.session.maximized {
                self.take(ctx, Event::WindowSize(width, height));
            }
        }
        for path in dropped {
            let ends = |wanted: &str| path.extension().is_some_and(|end| end.eq_ignore_ascii_case(wanted));
            // A catalogue is meant only over the panel; elsewhere JSON is a text.
            let is_model = ends("gguf") || (ends("json") && self.state.shows(Page::Models));
            let event = match path {
                path if path.is_dir() => Event::OpenFolder(path),
                path if is_model => Event::Models(ManagerEvent::Import(path, ImportMode::default())),
                path => Event::Open(path),
            };
            self.take(ctx, event);
        }
        if close && !self.shown.closing {
            self.close(ctx);
        }
    }

    /// Where the window is. Once it is known how large the screen is it goes where it was, if that is on this screen.
    fn watch_place(&mut self, ctx: &egui::Context) {
        let zoom = ctx.zoom_factor();
        let (place, maximized, screen) = ctx.input(|input| {
            let viewport = input.viewport();
            let place = viewport.outer_rect.map(|rect| (rect.left() * zoom, rect.top() * zoom));
            (place, viewport.maximized.unwrap_or(false), viewport.monitor_size.map(|size| size * zoom))
        });
        let (Some(place), Some(screen)) = (place, screen) else { return };
        if let Some((x, y)) = self.place.take() {
            if (0.0..screen.x - 100.0).contains(&x) && (0.0..screen.y - 100.0).contains(&y) && !maximized {
                let there = egui::pos2(x / zoom, y / zoom);
                ctx.send_viewport_cmd(ViewportCommand::OuterPosition(there));
            }
            return;
        }
        let session = &self.state.session;
        // Where it stands while it fills the screen is not where it goes back to.
        let place = if maximized { session.place } else { Some(place) };
        if (session.place, session.maximized) != (place, maximized) {
            self.take(ctx, Event::WindowPlace(place, maximized));
        }
    }

    /// The window closes by its button or by a command: once nothing is left to save it may.
    fn close(&mut self, ctx: &egui::Context) {
        let now = self.now();
        let effects = update(&mut self.state, Event::CloseRequested, now);
        let quits = effects.iter().any(|effect| matches!(effect, Effect::Quit));
        if quits {
            self.shown.closing = true;
        } else {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
        for effect in effects.into_iter().filter(|effect| !matches!(effect, Effect::Quit)) {
            self.effects.run(effect, ctx);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let began = Instant::now();
        self.take(ctx, Event::Frame);
        if let Some(wait) = update::wake_in(&self.state, self.now()) {
            ctx.request_repaint_after(Duration::from_millis(wait));
        }
        for _ in 0..MAX_EVENTS {
            let Ok(event) = self.inbox.try_recv() else { break };
            self.take(ctx, event);
        }
        if !self.inbox.is_empty() {
            ctx.request_repaint();
        }
        self.watch_window(ctx);
        self.tell(ctx);
        self.events_took = began.elapsed();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let began = Instant::now();
        let ctx = ui.ctx().clone();
        self.keys(&ctx);
        let mut events = Vec::new();
        views::show(ui, &self.state, &mut self.memory, &mut events);
        if !events.is_empty() || self.is_searching() {
            ctx.request_repaint();
        }
        for event in events {
            self.take(&ctx, event);
        }
        if let Some(frames) = &mut self.frames {
            frames.frame((self.events_took, began.elapsed()), &self.state);
        }
    }

    #[cfg(not(target_os = "macos"))]
    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.remember();
    }

    #[cfg(target_os = "macos")]
    fn on_exit(&mut self) {
        self.remember();
    }
}

impl App {
    /// Keeps the session for the next start.
    fn remember(&mut self) {
        let mut session = self.state.session_now();
        self.memory.editor.note_scroll(&mut session);
        self.effects.remember_now(&session);
    }

    fn is_searching(&self) -> bool {
        self.state.tab().and_then(|tab| tab.search.as_ref()).is_some_and(|search| !search.is_done())
    }

    /// The state, for tests.
    #[cfg(test)]
    pub fn state(&mut self) -> &mut State {
        &mut self.state
    }

    /// The next frame is as the first, which has told the window nothing yet, for tests.
    #[cfg(test)]
    pub fn forget_shown(&mut self) {
        self.shown = Shown::default();
    }

    /// Does the window close, for tests?
    #[cfg(test)]
    pub fn is_closing(&self) -> bool {
        self.shown.closing
    }

    /// The window is gone: everything is as at its end, for tests.
    #[cfg(test)]
    pub fn end(&mut self) {
        self.remember();
    }

    /// Takes an event as if it had happened, for tests.
    #[cfg(test)]
    pub fn happen(&mut self, ctx: &egui::Context, event: Event) {
        self.take(ctx, event);
    }
}
