//! How kinds of symbols look in lists: an icon and a colour of the code.

use editor_core::symbols::SymbolKind;
use egui::Color32;

use super::icons;
use super::theme::Theme;

/// The icon of a kind.
pub fn sign(kind: SymbolKind) -> char {
    match kind {
        SymbolKind::Module | SymbolKind::Stage => icons::BOX,
        SymbolKind::Class
        | SymbolKind::Struct
        | SymbolKind::Interface
        | SymbolKind::Type
        | SymbolKind::Implementation => icons::BRACES,
        SymbolKind::Enum | SymbolKind::Table => icons::LIST,
        SymbolKind::Function | SymbolKind::Method => icons::FUNCTION_SQUARE,
        SymbolKind::Macro | SymbolKind::Target => icons::PLAY,
        SymbolKind::Heading | SymbolKind::Element | SymbolKind::Selector => icons::HASH,
        SymbolKind::Constant
        | SymbolKind::Variable
        | SymbolKind::Variant
        | SymbolKind::Field
        | SymbolKind::Key => icons::VARIABLE,
    }
}

/// Its colour: that which such names have in the code.
pub fn colour(theme: &Theme, kind: SymbolKind) -> Color32 {
    match kind {
        SymbolKind::Function | SymbolKind::Method | SymbolKind::Macro | SymbolKind::Target => {
            theme.syntax.function
        }
        SymbolKind::Class
        | SymbolKind::Struct
        | SymbolKind::Enum
        | SymbolKind::Interface
        | SymbolKind::Type
        | SymbolKind::Implementation
        | SymbolKind::Table => theme.syntax.type_,
        SymbolKind::Constant | SymbolKind::Variant => theme.syntax.constant,
        _ => theme.muted,
    }
}
