//! Colours, type and spacing of the whole window: two token tables, and egui's style built from them.
//!
//! Every view takes its colours from [`Theme`]; nothing of egui's own look is left. The contrast of every text token on
//! every ground it stands on is under test.

use std::sync::Arc;

use egui::style::{HandleShape, ScrollStyle, Selection, TextCursorStyle, WidgetVisuals, Widgets};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, Style,
    TextStyle, Vec2, Visuals,
};
use git::status::FileState;

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

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
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

impl Theme {
    /// The dark theme.
    pub const fn dark() -> Theme {
        Theme {
            dark: true,
            background: rgb(0x1b1d22),
            surface: rgb(0x22252b),
            raised: rgb(0x2a2e36),
            border: rgb(0x3a404b),
            text: rgb(0xd7dae0),
            muted: rgb(0x9aa1ad),
            accent: rgb(0x6ea8fe),
            on_accent: rgb(0x14171c),
            selection: rgb(0x2f4468),
            added_ground: rgb(0x1f3327),
            added: rgb(0x7fd1a0),
            removed_ground: rgb(0x3d2529),
            removed: rgb(0xf2a3a7),
            warning: rgb(0xe5b567),
            error: rgb(0xf08a90),
            syntax: Syntax {
                comment: rgb(0x868e9b),
                keyword: rgb(0xc79bf0),
                string: rgb(0x9ccf8f),
                number: rgb(0xf2b880),
                function: rgb(0x7fb4ff),
                type_: rgb(0x6fd3c3),
                constant: rgb(0xf2a3c0),
            },
        }
    }

    /// The light theme.
    pub const fn light() -> Theme {
        Theme {
            dark: false,
            background: rgb(0xfcfbf8),
            surface: rgb(0xf4f2ed),
            raised: rgb(0xffffff),
            border: rgb(0xd8d4ca),
            text: rgb(0x23262d),
            muted: rgb(0x5d6572),
            accent: rgb(0x1d5bcc),
            on_accent: rgb(0xffffff),
            selection: rgb(0xcfe0fb),
            added_ground: rgb(0xe1f3e6),
            added: rgb(0x14633a),
            removed_ground: rgb(0xfbe5e6),
            removed: rgb(0x99242e),
            warning: rgb(0x8a5a00),
            error: rgb(0xb3261e),
            syntax: Syntax {
                comment: rgb(0x646c79),
                keyword: rgb(0x7c3aad),
                string: rgb(0x2d6a2f),
                number: rgb(0x9a4a00),
                function: rgb(0x1d5bcc),
                type_: rgb(0x0b6b62),
                constant: rgb(0xa02563),
            },
        }
    }

    /// The theme that egui is drawing with.
    pub fn of(ui: &egui::Ui) -> &'static Theme {
        Theme::for_dark(ui.visuals().dark_mode)
    }

    /// The theme for a dark ground, or for a light one.
    pub fn for_dark(dark: bool) -> &'static Theme {
        static DARK: Theme = Theme::dark();
        static LIGHT: Theme = Theme::light();
        if dark { &DARK } else { &LIGHT }
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

/// Gives egui our fonts and both styles. Once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(egui::Theme::Dark, style(&Theme::dark()));
    ctx.set_style_of(egui::Theme::Light, style(&Theme::light()));
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

    fn luminance(colour: Color32) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    /// WCAG 2 contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn check(theme: &Theme, text: Color32, ground: Color32, what: &str) {
        let ratio = contrast(text, ground);
        assert!(
            ratio >= 4.5,
            "{what} has {ratio:.2}:1 in the {} theme",
            if theme.dark { "dark" } else { "light" }
        );
    }

    #[test]
    fn every_text_token_reaches_4_5_on_its_grounds() {
        for theme in [Theme::dark(), Theme::light()] {
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
        let (a, b) = (rgb(0x102030), rgb(0xa0b0c0));
        assert_eq!(mix(a, b, 0.0), a);
        assert_eq!(mix(a, b, 1.0), b);
    }
}
