//! The kinds of text that have a colour, whoever finds them: the parser, or the lexer where a text is too large for it.

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TokenKind {
    Comment,
    Keyword,
    String,
    Escape,
    Number,
    Function,
    Macro,
    Type,
    Constant,
    Variable,
    Parameter,
    Property,
    Operator,
    Punctuation,
    Attribute,
    Tag,
    Label,
    Heading,
    Link,
    Emphasis,
    Strong,
    Code,
}
