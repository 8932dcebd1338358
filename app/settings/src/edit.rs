//! Changing one key of a settings file. Everything else of the file, comments above all, stays as it is.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike};

use super::error::SettingsFileError;
use super::file;
use super::table::{self, SettingKey, SettingScope, TABLE};
use super::value::SettingValue;
use super::{Settings, profile};

/// The text with the key set, or reset when there is no value.
///
/// # Errors
/// The text is no TOML.
pub fn change(
    text: &str,
    key: &SettingKey,
    value: Option<&SettingValue>,
) -> Result<String, SettingsFileError> {
    let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let (line, column) = file::place(text, error.span().map_or(0, |span| span.start));
        SettingsFileError::NotToml { line, column }
    })?;
    let there = locate(document.as_table(), &key.path());
    Ok(match (value, there) {
        (Some(value), Some(place)) => replaced(document, &place, value),
        (Some(value), None) => {
            taken_from_comment(text, key, value).unwrap_or_else(|| added(document, key, value))
        }
        (None, Some(place)) => removed(text, document, key, &place),
        (None, None) => text.to_owned(),
    })
}

/// Where a key is in a document: commands' ids may be one quoted part or several.
fn locate(table: &dyn TableLike, path: &str) -> Option<Vec<String>> {
    table.iter().find_map(|(name, item)| {
        if name == path && !item.is_table_like() {
            return Some(vec![name.to_owned()]);
        }
        let rest = path.strip_prefix(name)?.strip_prefix('.')?;
        let mut place = locate(item.as_table_like()?, rest)?;
        place.insert(0, name.to_owned());
        Some(place)
    })
}

/// The table that holds a place, and the place's name in it.
fn parent<'a, 'b>(
    document: &'a mut DocumentMut,
    place: &'b [String],
) -> Option<(&'a mut dyn TableLike, &'b str)> {
    let (name, above) = place.split_last()?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for part in above {
        table = table.get_mut(part)?.as_table_like_mut()?;
    }
    Some((table, name))
}

fn replaced(mut document: DocumentMut, place: &[String], value: &SettingValue) -> String {
    if let Some((table, name)) = parent(&mut document, place)
        && let Some(old) = table.get_mut(name).and_then(Item::as_value_mut)
    {
        let mut new = match (old.as_array(), value) {
            (Some(array), SettingValue::List(words)) => toml_edit::Value::from(rewritten(array, words)),
            _ => value.item(),
        };
        *new.decor_mut() = old.decor().clone();
        *old = new;
    }
    document.to_string()
}

/// An array with these texts. Those that were there keep what stands around them; comments about the others move on.
fn rewritten(old: &Array, words: &[String]) -> Array {
    let kept: Vec<&str> = old
        .iter()
        .filter_map(toml_edit::Value::as_str)
        .filter(|word| words.iter().any(|wanted| wanted == word))
        .collect();
    let in_order = kept.iter().zip(words).all(|(kept, word)| kept == word) && kept.len() <= words.len();
    let (mut new, mut waiting) = (Array::new(), String::new());
    let raw =
        |raw: Option<&toml_edit::RawString>| raw.and_then(|raw| raw.as_str()).unwrap_or_default().to_owned();
    for item in old {
        let before = raw(item.decor().prefix());
        if in_order && item.as_str().is_some_and(|word| kept.contains(&word)) {
            let mut item = item.clone();
            item.decor_mut().set_prefix(std::mem::take(&mut waiting) + &before);
            new.push_formatted(item);
        } else if before.contains('#') {
            waiting += &before;
        }
    }
    for word in &words[new.len()..] {
        new.push(word.as_str());
    }
    new.set_trailing(waiting + &raw(Some(old.trailing())));
    new.set_trailing_comma(old.trailing_comma() && !new.is_empty());
    *new.decor_mut() = old.decor().clone();
    new
}

/// The comment that stands for the key in the template becomes the key.
fn taken_from_comment(text: &str, key: &SettingKey, value: &SettingValue) -> Option<String> {
    let (header, name) = header_and_name(key);
    let start = format!("# {name} = ");
    let mut within = header.is_empty();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        if words.starts_with('[') {
            within = words == header;
        } else if within && words.starts_with(&start) {
            let end = offset + line.trim_end().len();
            let new = format!("{}{name} = {}{}", &text[..offset], value.toml(), &text[end..]);
            return is_only_change(text, &new, key, Some(value)).then_some(new);
        }
        offset += line.len();
    }
    None
}

/// The header of a key's table in the template, empty at the top, and its name there.
fn header_and_name(key: &SettingKey) -> (String, String) {
    let parts: Vec<String> = key.parts().iter().map(|part| toml_edit::Key::new(part).to_string()).collect();
    match parts.split_last() {
        Some((name, [])) => (String::new(), name.clone()),
        Some((name, above)) => (format!("[{}]", above.join(".")), name.clone()),
        None => (String::new(), String::new()),
    }
}

fn added(mut document: DocumentMut, key: &SettingKey, value: &SettingValue) -> String {
    let parts = key.parts();
    let Some((name, above)) = parts.split_last() else { return document.to_string() };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, part) in above.iter().enumerate() {
        let fresh = || {
            let mut fresh = Table::new();
            fresh.set_implicit(depth + 1 < above.len());
            Item::Table(fresh)
        };
        let next = table.entry(part).or_insert_with(fresh);
        match next.as_table_like_mut() {
            Some(inner) => table = inner,
            // A value stands where a table belongs: it is unknown to us and gives way to nothing.
            None => return document.to_string(),
        }
    }
    table.insert(name, Item::Value(value.item()));
    document.to_string()
}

/// Takes the key away by its bytes: what stands before and behind it is not touched.
fn removed(text: &str, mut document: DocumentMut, key: &SettingKey, place: &[String]) -> String {
    if let Some(new) = without(text, key, place) {
        return new;
    }
    if let Some((table, name)) = parent(&mut document, place) {
        table.remove(name);
    }
    document.to_string()
}

fn without(text: &str, key: &SettingKey, place: &[String]) -> Option<String> {
    let document = toml_edit::Document::parse(text).ok()?;
    let (name, above) = place.split_last()?;
    let mut table: &dyn TableLike = document.as_table();
    for part in above {
        table = table.get(part)?.as_table_like()?;
    }
    let item = table.get(name)?;
    let value = item.span()?.end;
    // Each comment within a list becomes a line of its own.
    let within: String = item.as_array().map(|list| comments_within(text, list)).unwrap_or_default();
    let name_at = table.key(name)?.span()?.start;
    let line = text[..name_at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[value..].find('\n').map_or(text.len(), |end| value + end + 1);
    let comment = text[value..end].trim();
    let template = template_line(key);
    let new = if text[..line].lines().last() == template.lines().rev().nth(1) {
        // It came from the template, where its default stands as a comment.
        format!("{}{within}{}{}", &text[..line], template.lines().last()?, &text[value..])
    } else if comment.is_empty() {
        format!("{}{within}{}", &text[..line], &text[end..])
    } else {
        format!("{}{within}{}", &text[..line], text[value..].trim_start_matches([' ', '\t']))
    };
    is_only_change(text, &new, key, None).then_some(new)
}

fn comments_within(text: &str, list: &Array) -> String {
    let decors = list.iter().flat_map(|item| [item.decor().prefix(), item.decor().suffix()]);
    let spans = decors.flatten().chain([list.trailing()]).filter_map(toml_edit::RawString::span);
    let all = spans.filter_map(|span| text.get(span));
    let lines = all.flat_map(str::lines).map(str::trim).filter(|line| line.starts_with('#'));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Does the new text say the same as the old one but for this key?
fn is_only_change(old: &str, new: &str, key: &SettingKey, value: Option<&SettingValue>) -> bool {
    let says = |text: &str| {
        let read = file::read(text, SettingScope::User);
        let entries = read.entries.into_iter().map(|entry| (entry.key.path(), entry.value));
        let mut entries: Vec<_> = entries.filter(|(path, _)| *path != key.path()).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let unknown: Vec<String> =
            read.problems.into_iter().map(|found| found.key).filter(|path| *path != key.path()).collect();
        (entries, unknown)
    };
    let now =
        file::read(new, SettingScope::User).entries.into_iter().find(|entry| entry.key.path() == key.path());
    says(old) == says(new) && now.map(|entry| entry.value).as_ref() == value
}

/// What the template says of one key: its help, and its default as a comment.
fn template_line(key: &SettingKey) -> String {
    let value = key.default().map_or_else(|| "[]".to_owned(), |value| value.toml());
    format!("# {}\n# {} = {value}\n", key.spec.help, header_and_name(key).1)
}

/// A file in which every key stands as a comment.
pub fn template() -> String {
    let mut text = String::from(
        "# The settings of LocalCoder. A line that begins with # is a comment: take the # away to change what it says.\n\
         # `localcoder settings list` shows what is in force and where it comes from.\n\n",
    );
    let mut header = String::new();
    for key in table::keys(&Settings::default()) {
        let own = header_and_name(&key).0;
        if own != header {
            text += &format!("{}{own}\n", if header.is_empty() { "" } else { "\n" });
            header = own;
        }
        text += &template_line(&key);
        if header.is_empty() {
            text += "\n";
        }
    }
    text += "\n# A profile of your own is a section with its name; what it does not say is as in balanced.\n\
             # [profiles.mine]\n# model = \"\"\n";
    for (spec, example) in examples() {
        let (section, _) = spec.path.rsplit_once('.').unwrap_or_default();
        text += &format!("\n[{section}]\n# {}\n{example}\n", spec.help);
    }
    debug_assert!(profile::BUILTIN.iter().all(|name| text.contains(&format!("[profiles.{name}]"))));
    text
}

/// The same for a project: only what a project may set.
pub fn project_template() -> String {
    let mut text = String::from(
        "# Settings of this project. A line that begins with # is a comment: take the # away to change what it says.\n\
         # What a project cannot set, such as programs to run and connections, belongs into your own settings.\n",
    );
    let mut header = String::new();
    for key in
        table::keys(&Settings::default()).into_iter().filter(|key| key.spec.scope == SettingScope::Project)
    {
        let own = header_and_name(&key).0;
        if own != header {
            text += &format!("\n{own}\n");
            header = own;
        }
        text += &template_line(&key);
    }
    text
}

/// The keys that have no default to show, with an example each.
fn examples() -> impl Iterator<Item = (&'static table::Spec, &'static str)> {
    let example = |path: &str| match path {
        "checks.commands.*" => Some("# python = [\"python3\", \"-m\", \"py_compile\", \"{file}\"]"),
        "keys.*" => Some("# \"review.accept-hunk\" = \"Ctrl+Alt+Y\""),
        _ => None,
    };
    TABLE.iter().filter_map(move |spec| Some((spec, example(spec.path)?)))
}

#[cfg(test)]
mod tests {
    use super::super::layers::{Layers, Origin};
    use super::*;
    use crate::{field, panel};
    use proptest::prelude::*;

    fn key(path: &str) -> SettingKey {
        SettingKey::find(path).unwrap()
    }

    fn set(text: &str, path: &str, value: &SettingValue) -> String {
        change(text, &key(path), Some(value)).unwrap()
    }

    fn reset(text: &str, path: &str) -> String {
        change(text, &key(path), None).unwrap()
    }

    #[test]
    fn the_template_is_all_comments_and_says_nothing() {
        let template = template();
        let read = file::read(&template, SettingScope::User);
        assert!(
            read.entries.is_empty(),
            "{:?}",
            read.entries.iter().map(|entry| entry.key.path()).collect::<Vec<_>>()
        );
        assert_eq!(read.problems, []);
        let uncommented: String = template
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(words) if words.contains(" = ") && !words.contains(' ') => words,
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        assert_eq!(file::read(&uncommented, SettingScope::User).problems, []);
    }

    #[test]
    fn what_stands_around_a_value_stays() {
        let text = "# mine\n[editor] # all of it\n# large\nfont_size = 18.0   # for talks\n\ntab_width = 2\n";
        let new = set(text, "editor.font_size", &SettingValue::Number(20.0));
        assert_eq!(new, text.replace("18.0", "20.0"));
        assert_eq!(
            reset(&new, "editor.font_size"),
            text.replace("font_size = 18.0   # for talks", "# for talks")
        );
        assert_eq!(reset(text, "editor.tab_width"), text.replace("tab_width = 2\n", ""));
    }

    #[test]
    fn a_key_of_the_template_comes_and_goes_in_its_place() {
        let template = template();
        let new = set(&template, "window.theme", &SettingValue::Text("dark".into()));
        assert_eq!(new, template.replace("# theme = \"system\"", "theme = \"dark\""));
        assert_eq!(reset(&new, "window.theme"), template);
        let fast = set(&template, "profiles.heavy.kv", &SettingValue::Text("q8".into()));
        assert_eq!(fast.lines().filter(|line| *line == "kv = \"q8\"").count(), 1);
        assert_eq!(file::read(&fast, SettingScope::User).entries[0].key.path(), "profiles.heavy.kv");
    }

    #[test]
    fn a_list_keeps_the_comments_of_what_stays() {
        let text = "[files]\nexclude = [\n  \"a\", # why\n  \"b\",\n]\n";
        let new = set(text, "files.exclude", &SettingValue::List(vec!["a".into(), "b".into(), "c".into()]));
        assert!(new.contains("# why"), "{new}");
        let new = set(&new, "files.exclude", &SettingValue::List(vec!["a".into(), "c".into()]));
        assert!(new.contains("# why") && !new.contains("\"b\""), "{new}");
    }

    #[test]
    fn ids_of_commands_are_found_quoted_or_nested() {
        for text in [
            "[keys]\n\"file.save\" = \"F2\" # x\n",
            "[keys]\nfile.save = \"F2\" # x\n",
            "[keys.file]\nsave = \"F2\" # x\n",
        ] {
            let new = set(text, "keys.file.save", &SettingValue::List(vec!["F3".into()]));
            assert_eq!(new, text.replace("\"F2\"", "[\"F3\"]"));
            assert!(!reset(&new, "keys.file.save").contains("F3"));
        }
        let new = set("", "keys.file.save", &SettingValue::List(vec!["F3".into()]));
        assert_eq!(new, "[keys]\n\"file.save\" = [\"F3\"]\n");
    }

    #[test]
    fn a_file_that_is_no_toml_is_left_alone_with_a_reason() {
        let refused = change("[editor\n", &key("editor.tab_width"), Some(&SettingValue::Int(2))).unwrap_err();
        assert!(refused.to_string().contains("line 1"), "{refused}");
    }

    /// Some value that a key takes.
    fn value_of(key: &SettingKey) -> BoxedStrategy<SettingValue> {
        use super::super::table::ValueKind;
        let text = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            prop::sample::select(words).prop_map(SettingValue::Text).boxed()
        };
        match key.spec.kind {
            ValueKind::Switch => any::<bool>().prop_map(SettingValue::Bool).boxed(),
            ValueKind::Integer(least, most) => (least..=most).prop_map(SettingValue::Int).boxed(),
            ValueKind::Number(least, most) => ((least * 100.0) as i64..=(most * 100.0) as i64)
                .prop_map(|n| SettingValue::Number(n as f64 / 100.0))
                .boxed(),
            ValueKind::Choice(words) => text(words),
            ValueKind::Profile => text(&["fast", "heavy", "mine"]),
            ValueKind::Theme => text(&["dark", "paper", "mine"]),
            ValueKind::Model => "[a-z0-9. \"'#\\\\]{0,12}".prop_map(SettingValue::Text).boxed(),
            ValueKind::File => text(&["", "/a b/c.pem", "/\"#"]),
            ValueKind::Address(starts) => text(&["", &format!("{}h#1", starts[0])]),
            ValueKind::Rate => text(&["", "500k", "5M"]),
            ValueKind::Words => {
                prop::collection::vec("[a-z*.\"# ]{1,6}", 0..4).prop_map(SettingValue::List).boxed()
            }
            ValueKind::Columns => prop::collection::vec(1u32..=1000, 0..4)
                .prop_map(|columns| SettingValue::List(columns.iter().map(u32::to_string).collect()))
                .boxed(),
            ValueKind::Program | ValueKind::Task => {
                prop::collection::vec("[a-z{}\"#]{1,6}", 1..4).prop_map(SettingValue::List).boxed()
            }
            ValueKind::Keys => prop::collection::vec(
                prop::sample::select(vec!["Ctrl+Alt+X".to_owned(), "F9".to_owned()]),
                0..3,
            )
            .prop_map(SettingValue::List)
            .boxed(),
        }
    }

    fn paths() -> Vec<String> {
        let mut settings = Settings::default();
        settings.profiles.insert("mine".into(), profile::Profile::default());
        let own = [
            "keys.file.save",
            "keys.review.accept-hunk",
            "checks.commands.python",
            "checks.commands.c++",
            "tasks.build",
        ];
        table::keys(&settings).iter().map(SettingKey::path).chain(own.map(str::to_owned)).collect()
    }

    fn change_of() -> impl Strategy<Value = (SettingKey, Option<SettingValue>)> {
        prop::sample::select(paths()).prop_flat_map(|path| {
            let key = key(&path);
            let value = prop::option::weighted(0.75, value_of(&key));
            (Just(key), value)
        })
    }

    /// What must never be lost: our numbered comments, or the sentences of the template.
    fn comments(text: &str) -> Vec<String> {
        let numbered =
            text.split("# c").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let numbers = numbered.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
        let sentences =
            text.lines().filter(|line| line.starts_with("# ") && line.ends_with('.')).map(str::to_owned);
        numbers.chain(sentences).collect()
    }

    /// A value for each key there is.
    fn values_of_all() -> impl Strategy<Value = Vec<(SettingKey, SettingValue)>> {
        paths().iter().map(|path| (Just(key(path)), value_of(&key(path)))).collect::<Vec<_>>()
    }

    #[test]
    fn every_key_of_the_table_takes_part_in_what_follows() {
        let paths = paths();
        for spec in TABLE {
            assert!(paths.iter().any(|path| std::ptr::eq(key(path).spec, spec)), "{}", spec.path);
        }
    }

    /// A file as somebody wrote it, with a comment at every place where one can stand.
    const COMMENTED: &str = "# c1\nprofile = \"fast\" # c2\nold = 1 # c3\n\n# c4\n[editor] # c5\n# c6\ntab_width = 2 # c7\n\n\
                             # c8\n[unknown]\nx = [1, 2] # c9\n\
                             [files]\nexclude = [\n  \"a\", # c12\n # c13\n  \"b\", # c14\n]\n\
                             [profiles.mine]\n# c10\nkv = \"q8\"\n# c11\n";

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// All keys at once, by the way that the view takes: what its field shows can be typed again, what is typed goes into
        /// the file, its row shows what the file says; when all is reset, nothing but the comments is left.
        #[test]
        fn every_key_goes_from_the_view_to_the_file_and_back(values in values_of_all(), start in 0..3_usize) {
            let mut text = [String::new(), template(), COMMENTED.to_owned()][start].clone();
            let kept = comments(&text);
            for (key, value) in &values {
                // Blanks around an id or an address mean nothing in a field.
                let value = match value {
                    SettingValue::Text(text) => SettingValue::Text(text.trim().to_owned()),
                    other => other.clone(),
                };
                let typed = field::typed(key, &field::shown(key, &value));
                prop_assert_eq!(typed.as_ref(), Ok(&value), "{}", key.path());
                text = change(&text, key, Some(&value)).unwrap();
                let mut layers = Layers::of(&text);
                let settings = layers.resolve();
                let profile = settings.profiles.contains_key(&key.name).then(|| key.name.clone());
                let view = panel::Panel { profile, ..panel::Panel::default() };
                let rows = view.rows(key.spec.section(), &settings, &layers);
                let row = rows.into_iter().find(|row| row.key.path() == key.path());
                let seen = row.map(|row| (row.value, row.origin));
                prop_assert_eq!(seen, Some((value, Origin::File)), "{} in\n{}", key.path(), text);
            }
            prop_assert_eq!(&comments(&text), &kept, "in\n{}", text);
            for (key, _) in &values {
                text = change(&text, key, None).unwrap();
            }
            prop_assert_eq!(comments(&text), kept, "in\n{}", text);
            prop_assert_eq!(Layers::of(&text).resolve(), Settings::default(), "{}", text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        /// File to view and back: whatever is set is read, whatever is reset is gone, and no comment is lost.
        #[test]
        fn every_key_goes_round_with_all_comments(
            changes in prop::collection::vec(change_of(), 1..12),
            start in 0..3_usize,
        ) {
            let mut text = [String::new(), template(), COMMENTED.to_owned()][start].clone();
            let kept = comments(&text);
            for (key, value) in changes {
                text = change(&text, &key, value.as_ref()).unwrap();
                let read = file::read(&text, SettingScope::User);
                let now = read.entries.into_iter().find(|entry| entry.key.path() == key.path());
                prop_assert_eq!(now.map(|entry| entry.value), value, "{} in\n{}", key.path(), text);
                if start == 2 {
                    prop_assert!(text.contains("old = 1") && text.contains("x = [1, 2]"), "what is unknown stays:\n{text}");
                    prop_assert_eq!(read.problems.len(), 2);
                }
            }
            prop_assert_eq!(comments(&text), kept, "in\n{}", text);
        }
    }
}
