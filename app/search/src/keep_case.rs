//! A replacement that is written in capitals as what it replaces.

/// `text` as `found` is written: all in capitals, with a capital first, or small. What is written in both keeps its own
/// capitals behind the first letter, so that `userName` becomes `AccountOwner` in the place of `Client`.
pub(crate) fn like(found: &str, text: &str) -> String {
    let cased =
        |text: &str| text.chars().filter(|c| c.is_uppercase() || c.is_lowercase()).collect::<Vec<_>>();
    let found = cased(found);
    let Some(first) = found.first() else { return text.to_owned() };
    let letters = cased(text);
    let is_mixed = letters.iter().any(|c| c.is_uppercase()) && letters.iter().any(|c| c.is_lowercase());
    let all_upper = found.iter().all(|c| c.is_uppercase());
    if all_upper && found.len() > 1 {
        return text.to_uppercase();
    }
    let rest = if is_mixed || letters.len() == 1 { text.to_owned() } else { text.to_lowercase() };
    with_first(&rest, first.is_uppercase())
}

/// The text with its first letter in capitals or small.
fn with_first(text: &str, upper: bool) -> String {
    let Some((at, letter)) = text.char_indices().find(|(_, c)| c.is_uppercase() || c.is_lowercase()) else {
        return text.to_owned();
    };
    let letter_end = at + letter.len_utf8();
    let letter = if upper { letter.to_uppercase().to_string() } else { letter.to_lowercase().to_string() };
    format!("{}{letter}{}", &text[..at], &text[letter_end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_is_written_as_what_it_replaces() {
        let cases = [
            ("client", "account", "account"),
            ("Client", "account", "Account"),
            ("CLIENT", "account", "ACCOUNT"),
            ("client", "Account", "account"),
            ("client", "ACCOUNT", "account"),
            ("client", "accountOwner", "accountOwner"),
            ("client", "AccountOwner", "accountOwner"),
            ("Client", "accountOwner", "AccountOwner"),
            ("CLIENT_ID", "accountOwner", "ACCOUNTOWNER"),
            ("clientId", "account", "account"),
            ("X", "y", "Y"),
            ("X", "row", "Row"),
            ("_client", "account", "account"),
            ("été", "hiver", "hiver"),
            ("ÉTÉ", "straße", "STRASSE"),
            ("漢", "Kanji", "Kanji"),
            ("42", "Answer", "Answer"),
            ("Client", "42", "42"),
        ];
        for (found, text, expected) in cases {
            assert_eq!(like(found, text), expected, "{text} for {found}");
        }
    }
}
