//! Colours, type and spacing of the whole window: two token tables, and egui's style built from them.
//!
//! Every view takes its colours from [`Theme`]; nothing of egui's own look is left. The contrast of every text token on
//! every ground it stands on is under test.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use egui::style::{HandleShape, ScrollStyle, Selection, TextCursorStyle, WidgetVisuals, Widgets};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, Style,
    TextStyle, Vec2, Visuals,
};
use git::status::FileState;
use settings::themes::{self, ThemeFile};

/// Height of buttons, inputs and rows of lists.
pub const CONTROL: f32 = 28.0;
/// Height of the strip of tabs.
pub const TABS: f32 = 34.0;
/// Height of the status bar.
pub const STATUS: f32 = 24.0;
/// Corner radius of controls.
pub const RADIUS: u8 = 4;
/// Corner radius of popovers.
pub const RADIUS_POPOVER: u8 = 8;

const INTER: &str = "inter";
const INTER_MEDIUM: &str = "inter-medium";
const INTER_SEMIBOLD: &str = "inter-semibold";
const MONO: &str = "jetbrains-mono";
const MONO_BOLD: &str = "jetbrains-mono-bold";
const MONO_ITALIC: &str = "jetbrains-mono-italic";
const ICONS: &str = "lucide";

/// The tokens of one theme, named as in the design.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// True for light text on dark ground.
    pub dark: bool,
    /// Ground of the code.
    pub background: Color32,
    /// Ground of sidebar and bars.
    pub surface: Color32,
    /// Ground of popovers and inputs.
    pub raised: Color32,
    /// Hairlines between areas.
    pub border: Color32,
    /// Ordinary text.
    pub text: Color32,
    /// Secondary text.
    pub muted: Color32,
    /// What can be acted on, and focus.
    pub accent: Color32,
    /// Text on a ground of [`Theme::accent`].
    pub on_accent: Color32,
    /// Ground of selected text and rows.
    pub selection: Color32,
    /// Ground of added lines.
    pub added_ground: Color32,
    /// Text and marks of added lines.
    pub added: Color32,
    /// Ground of removed lines.
    pub removed_ground: Color32,
    /// Text and marks of removed lines.
    pub removed: Color32,
    /// Something to look at.
    pub warning: Color32,
    /// Something that failed.
    pub error: Color32,
    /// Colours of code.
    pub syntax: Syntax,
}

/// Colours of code.
#[derive(Clone, Debug, PartialEq)]
pub struct Syntax {
    /// Comments.
    pub comment: Color32,
    /// Keywords.
    pub keyword: Color32,
    /// Strings.
    pub string: Color32,
    /// Numbers.
    pub number: Color32,
    /// Functions and methods.
    pub function: Color32,
    /// Types.
    pub type_: Color32,
    /// Constants.
    pub constant: Color32,
}

/// `over` laid on `under` with this opacity, as one opaque colour.
pub fn mix(under: Color32, over: Color32, opacity: f32) -> Color32 {
    let channel = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * opacity).round() as u8;
    Color32::from_rgb(
        channel(under.r(), over.r()),
        channel(under.g(), over.g()),
        channel(under.b(), over.b()),
    )
}

thread_local! {
    /// What is drawn with on a dark ground and on a light one. The window lives on one thread; what stands here stays for as long as
    /// the program runs, once for each theme that was ever shown.
    static SHOWN: RefCell<Shown> = RefCell::default();
}

/// The themes that were shown so far, and the two that are.
#[derive(Default)]
struct Shown {
    all: Vec<&'static Theme>,
    now: Option<[&'static Theme; 2]>,
}

impl Theme {
    /// The built-in themes that everything falls back to.
    pub fn fallback(dark: bool) -> &'static Theme {
        static BOTH: LazyLock<[Theme; 2]> = LazyLock::new(|| {
            [true, false].map(|dark| {
                let file = themes::builtin().iter().find(|file| file.dark == dark);
                file.map_or_else(|| Theme::plain(dark), |file| Theme::of_file(file, &Theme::plain(dark)))
            })
        });
        &BOTH[usize::from(!dark)]
    }

    /// A file's theme; what it does not say is that of `otherwise`.
    pub fn of_file(file: &ThemeFile, otherwise: &Theme) -> Theme {
        let mut theme = Theme { dark: file.dark, ..otherwise.clone() };
        let said = |colour: &Option<[u8; 3]>| colour.map(|[r, g, b]| Color32::from_rgb(r, g, b));
        let tokens = theme.window_tokens().into_iter().zip(&file.window);
        tokens.for_each(|(token, colour)| *token = said(colour).unwrap_or(*token));
        let tokens = theme.syntax.tokens().into_iter().zip(&file.code);
        tokens.for_each(|(token, colour)| *token = said(colour).unwrap_or(*token));
        theme
    }

    /// In the order of [`themes::WINDOW_COLOURS`].
    fn window_tokens(&mut self) -> [&mut Color32; themes::WINDOW_COLOURS.len()] {
        [
            &mut self.background,
            &mut self.surface,
            &mut self.raised,
            &mut self.border,
            &mut self.text,
            &mut self.muted,
            &mut self.accent,
            &mut self.on_accent,
            &mut self.selection,
            &mut self.added_ground,
            &mut self.added,
            &mut self.removed_ground,
            &mut self.removed,
            &mut self.warning,
            &mut self.error,
        ]
    }

    /// Black and white: what is left where no file is read.
    fn plain(dark: bool) -> Theme {
        let (ground, ink) =
            if dark { (Color32::BLACK, Color32::WHITE) } else { (Color32::WHITE, Color32::BLACK) };
        let grey = mix(ground, ink, 0.3);
        Theme {
            dark,
            background: ground,
            surface: ground,
            raised: ground,
            border: grey,
            text: ink,
            muted: ink,
            accent: ink,
            on_accent: ground,
            selection: grey,
            added_ground: ground,
            added: ink,
            removed_ground: ground,
            removed: ink,
            warning: ink,
            error: ink,
            syntax: Syntax {
                comment: ink,
                keyword: ink,
                string: ink,
                number: ink,
                function: ink,
                type_: ink,
                constant: ink,
            },
        }
    }

    /// The theme that egui is drawing with.
    pub fn of(ui: &egui::Ui) -> &'static Theme {
        Theme::for_dark(ui.visuals().dark_mode)
    }

    /// The theme for a dark ground, or for a light one.
    pub fn for_dark(dark: bool) -> &'static Theme {
        let now = SHOWN.with_borrow(|shown| shown.now.map(|now| now[usize::from(!dark)]));
        now.unwrap_or_else(|| Theme::fallback(dark))
    }

    /// Ground of a control under the pointer, standing on `ground`.
    pub fn hover(&self, ground: Color32) -> Color32 {
        mix(ground, self.text, 0.08)
    }

    /// Ground of the row that is current in a list on `ground`.
    pub fn current(&self, ground: Color32) -> Color32 {
        mix(ground, self.accent, if self.dark { 0.18 } else { 0.14 })
    }

    /// A hairline.
    pub fn hairline(&self) -> Stroke {
        Stroke::new(1.0, self.border)
    }

    /// The frame of popovers, the only thing with a shadow.
    pub fn popover(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.raised)
            .stroke(self.hairline())
            .corner_radius(RADIUS_POPOVER)
            .shadow(self.shadow())
            .inner_margin(Margin::same(8))
    }

    fn shadow(&self) -> Shadow {
        Shadow {
            offset: [0, 8],
            blur: 24,
            spread: 0,
            color: Color32::from_black_alpha(if self.dark { 110 } else { 38 }),
        }
    }
}

/// The colour of what became of a file since it was committed.
pub fn git_colour(theme: &Theme, state: FileState) -> Color32 {
    match state {
        FileState::Added | FileState::Untracked => theme.added,
        FileState::Modified | FileState::Renamed | FileState::Retyped => theme.warning,
        FileState::Deleted | FileState::Conflicted => theme.error,
    }
}

/// Ordinary interface text.
pub fn body() -> FontId {
    FontId::new(13.0, FontFamily::Proportional)
}

/// Labels.
pub fn label() -> FontId {
    FontId::new(12.0, FontFamily::Proportional)
}

/// Captions and keys.
pub fn caption() -> FontId {
    FontId::new(11.0, FontFamily::Proportional)
}

/// Interface text with weight.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(INTER_MEDIUM.into()))
}

/// Headings.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(INTER_SEMIBOLD.into()))
}

/// Code.
pub fn code(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// Heavy code: headings in Markdown.
pub fn code_bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MONO_BOLD.into()))
}

/// Slanted code: comments.
pub fn code_italic(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MONO_ITALIC.into()))
}

/// Icons.
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICONS.into()))
}

impl Syntax {
    /// In the order of [`themes::CODE_COLOURS`].
    fn tokens(&mut self) -> [&mut Color32; themes::CODE_COLOURS.len()] {
        [
            &mut self.comment,
            &mut self.keyword,
            &mut self.string,
            &mut self.number,
            &mut self.function,
            &mut self.type_,
            &mut self.constant,
        ]
    }
}

/// Gives egui our fonts and both styles. Once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    wear(ctx, [None, None]);
}

/// Draws with these themes from now on, that of a dark window first; without one the built-in one is drawn with.
pub fn wear(ctx: &egui::Context, wanted: [Option<&ThemeFile>; 2]) {
    let now = [true, false].map(|dark| {
        let fallback = Theme::fallback(dark);
        let file = wanted[usize::from(!dark)].filter(|file| file.dark == dark);
        file.map_or(fallback, |file| kept(Theme::of_file(file, fallback)))
    });
    SHOWN.with_borrow_mut(|shown| shown.now = Some(now));
    ctx.set_style_of(egui::Theme::Dark, style(now[0]));
    ctx.set_style_of(egui::Theme::Light, style(now[1]));
}

/// The theme for as long as the program runs. Views take it along wherever they go; one that was shown before is taken again, so that
/// this is bounded by how often somebody saves a theme that he works on.
fn kept(theme: Theme) -> &'static Theme {
    SHOWN.with_borrow_mut(|shown| {
        if let Some(known) = shown.all.iter().find(|known| ***known == theme) {
            return *known;
        }
        let kept: &'static Theme = Box::leak(Box::new(theme));
        shown.all.push(kept);
        kept
    })
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    };
    add(INTER, include_bytes!("../../../assets/fonts/Inter-Regular.otf"));
    add(INTER_MEDIUM, include_bytes!("../../../assets/fonts/Inter-Medium.otf"));
    add(INTER_SEMIBOLD, include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"));
    add(MONO, include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf"));
    add(MONO_BOLD, include_bytes!("../../../assets/fonts/JetBrainsMono-Bold.ttf"));
    add(MONO_ITALIC, include_bytes!("../../../assets/fonts/JetBrainsMono-Italic.ttf"));
    add(ICONS, include_bytes!("../../../assets/icons/lucide.ttf"));
    let mut family = |family: FontFamily, faces: &[&str]| {
        fonts.families.insert(family, faces.iter().map(|face| (*face).to_owned()).collect());
    };
    family(FontFamily::Proportional, &[INTER, MONO]);
    family(FontFamily::Monospace, &[MONO, INTER]);
    family(FontFamily::Name(INTER_MEDIUM.into()), &[INTER_MEDIUM, INTER, MONO]);
    family(FontFamily::Name(INTER_SEMIBOLD.into()), &[INTER_SEMIBOLD, INTER, MONO]);
    family(FontFamily::Name(MONO_BOLD.into()), &[MONO_BOLD, MONO, INTER]);
    family(FontFamily::Name(MONO_ITALIC.into()), &[MONO_ITALIC, MONO, INTER]);
    family(FontFamily::Name(ICONS.into()), &[ICONS]);
    fonts
}

/// egui's style for one theme.
fn style(theme: &Theme) -> Style {
    let mut style = Style { visuals: visuals(theme), animation_time: 0.08, ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, caption()),
        (TextStyle::Body, body()),
        (TextStyle::Button, body()),
        (TextStyle::Heading, semibold(15.0)),
        (TextStyle::Monospace, code(13.0)),
    ]
    .into();
    style.always_scroll_the_only_direction = true;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.button_padding = Vec2::new(8.0, 4.0);
    spacing.interact_size = Vec2::new(CONTROL, CONTROL);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        foreground_color: true,
        dormant_handle_opacity: 0.0,
        active_handle_opacity: 0.25,
        interact_handle_opacity: 0.4,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        fade: egui::style::ScrollFadeStyle { strength: 0.0, size: 0.0 },
        ..ScrollStyle::floating()
    };
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    style.interaction.resize_grab_radius_side = 4.0;
    style
}

fn visuals(theme: &Theme) -> Visuals {
    let base = if theme.dark { Visuals::dark() } else { Visuals::light() };
    Visuals {
        override_text_color: None,
        weak_text_color: Some(theme.muted),
        widgets: widgets(theme),
        selection: Selection { bg_fill: theme.selection, stroke: Stroke::new(1.0, theme.text) },
        hyperlink_color: theme.accent,
        faint_bg_color: theme.surface,
        extreme_bg_color: theme.background,
        text_edit_bg_color: Some(theme.background),
        code_bg_color: theme.background,
        warn_fg_color: theme.warning,
        error_fg_color: theme.error,
        window_corner_radius: CornerRadius::same(RADIUS_POPOVER),
        window_shadow: theme.shadow(),
        window_fill: theme.raised,
        window_stroke: theme.hairline(),
        menu_corner_radius: CornerRadius::same(RADIUS_POPOVER),
        panel_fill: theme.surface,
        popup_shadow: theme.shadow(),
        text_cursor: TextCursorStyle {
            stroke: Stroke::new(1.5, theme.accent),
            preview: false,
            blink: false,
            ..base.text_cursor.clone()
        },
        handle_shape: HandleShape::Circle,
        indent_has_left_vline: false,
        ..base
    }
}

fn widgets(theme: &Theme) -> Widgets {
    let look = |ground: Color32, line: Color32, text: Color32| WidgetVisuals {
        bg_fill: ground,
        weak_bg_fill: ground,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: look(theme.surface, theme.border, theme.text),
        inactive: look(theme.raised, theme.border, theme.text),
        hovered: look(theme.hover(theme.raised), theme.border, theme.text),
        active: look(theme.current(theme.raised), theme.accent, theme.text),
        open: look(theme.hover(theme.raised), theme.border, theme.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: Color32, b: Color32) -> f64 {
        themes::contrast([a.r(), a.g(), a.b()], [b.r(), b.g(), b.b()])
    }

    #[test]
    fn every_text_token_reaches_4_5_on_its_grounds_and_7_where_contrast_is_promised() {
        for file in themes::builtin() {
            let theme = Theme::of_file(file, Theme::fallback(file.dark));
            let least = if file.id.starts_with("contrast") { 7.0 } else { 4.5 };
            let check = |theme: &Theme, text: Color32, ground: Color32, what: &str| {
                let ratio = contrast(text, ground);
                assert!(
                    ratio >= least,
                    "{what} has {ratio:.2}:1 in the theme {} ({})",
                    file.name,
                    theme.dark
                );
            };
            let syntax = &theme.syntax;
            let tokens = [
                ("text", theme.text),
                ("muted", theme.muted),
                ("accent", theme.accent),
                ("added", theme.added),
                ("removed", theme.removed),
                ("warning", theme.warning),
                ("error", theme.error),
                ("comment", syntax.comment),
                ("keyword", syntax.keyword),
                ("string", syntax.string),
                ("number", syntax.number),
                ("function", syntax.function),
                ("type", syntax.type_),
                ("constant", syntax.constant),
            ];
            for (name, token) in tokens {
                check(&theme, token, theme.background, &format!("{name} on background"));
                check(&theme, token, theme.surface, &format!("{name} on surface"));
            }
            for (name, token) in [("text", theme.text), ("muted", theme.muted)] {
                check(&theme, token, theme.raised, &format!("{name} on raised"));
            }
            check(&theme, theme.added, theme.added_ground, "added on its ground");
            check(&theme, theme.removed, theme.removed_ground, "removed on its ground");
            check(&theme, theme.on_accent, theme.accent, "text on accent");
            check(&theme, theme.text, theme.selection, "text on selection");
        }
    }

    #[test]
    fn mixing_ends_at_both_colours() {
        let (a, b) = (Color32::from_rgb(16, 32, 48), Color32::from_rgb(160, 176, 192));
        assert_eq!(mix(a, b, 0.0), a);
        assert_eq!(mix(a, b, 1.0), b);
    }

    #[test]
    fn a_file_that_says_little_is_the_built_in_theme_with_that_little() {
        let file = ThemeFile::read("mine", "kind = 'light'\n[colors]\naccent = '#123456'\n").unwrap();
        let theme = Theme::of_file(&file, Theme::fallback(false));
        assert_eq!(theme.accent, Color32::from_rgb(0x12, 0x34, 0x56));
        assert_eq!(Theme { accent: Theme::fallback(false).accent, ..theme }, *Theme::fallback(false));
    }

    #[test]
    fn a_theme_is_kept_once_however_often_it_is_shown() {
        let ctx = egui::Context::default();
        let file = |ink: &str| {
            ThemeFile::read("mine", &format!("kind = 'dark'\n[colors]\ntext = '{ink}'\n")).unwrap()
        };
        for _ in 0..5 {
            wear(&ctx, [Some(&file("#fff")), None]);
            wear(&ctx, [Some(&file("#eee")), None]);
        }
        assert_eq!(SHOWN.with_borrow(|shown| shown.all.len()), 2);
        assert_eq!(Theme::for_dark(true).text, Color32::from_rgb(0xee, 0xee, 0xee));
        assert_eq!(Theme::for_dark(false), Theme::fallback(false));
    }
}
