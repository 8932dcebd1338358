//! `settings`: what is in force, where it comes from, and changes that keep the file's comments.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Value as Json, json};
use settings::layers::{MAX_BYTES, SettingsFile};
use settings::table::{self, SettingKey};
use settings::value::SettingValue;
use settings::{Layers, PROJECT_FILE, Settings, edit, field, schema};

use super::{CommandFailure, CommandResult, output};
use crate::effects::settings::changed;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    List,
    Get(String),
    Set(String, String),
    Reset(String),
    Path,
    Schema,
    Template,
}

/// Runs the command.
///
/// # Errors
/// Wrong arguments, a value that a key does not take, or a file that cannot be changed.
pub fn run(args: Vec<OsString>) -> CommandResult {
    let (wish, is_json) = parse(args)?;
    match wish {
        Wish::Path => {
            let path = ground::places::settings_file().ok_or_else(no_home)?;
            say(is_json, &json!({ "path": path }), || println!("{}", path.display()));
        }
        Wish::Schema => println!("{:#}", schema::schema()),
        Wish::Template => print!("{}", edit::template()),
        Wish::List => list(is_json),
        Wish::Get(path) => {
            let (settings, layers) = here();
            let row = row(&key(&path)?, &settings, &layers);
            say(is_json, &row, || {
                let value = if row["value"].is_null() { String::new() } else { plain(&row["value"]) };
                println!("{value}");
            });
        }
        Wish::Set(path, text) => {
            let key = key(&path)?;
            let wrong = |expected| CommandFailure::Usage(format!("{path} must be {expected}, not «{text}»"));
            let value = field::typed(&key, &text).map_err(wrong)?;
            change(&key, Some(value), is_json)?;
        }
        Wish::Reset(path) => change(&key(&path)?, None, is_json)?,
    }
    Ok(())
}

fn parse(args: Vec<OsString>) -> Result<(Wish, bool), CommandFailure> {
    let mut parser = Parser::from_args(args);
    let (mut words, mut is_json) = (Vec::new(), false);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("format") => match parser.value()?.string()?.as_str() {
                "json" => is_json = true,
                "text" => is_json = false,
                other => {
                    return Err(CommandFailure::Usage(format!("--format wants text or json, not «{other}»")));
                }
            },
            Arg::Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let wish = match words.as_slice() {
        ["list"] => Wish::List,
        ["get", key] => Wish::Get((*key).into()),
        ["set", key, value] => Wish::Set((*key).into(), (*value).into()),
        ["reset", key] => Wish::Reset((*key).into()),
        ["path"] => Wish::Path,
        ["schema"] => Wish::Schema,
        ["template"] => Wish::Template,
        _ => {
            let text = "settings wants list, get KEY, set KEY VALUE, reset KEY, path, schema or template";
            return Err(CommandFailure::Usage(text.into()));
        }
    };
    Ok((wish, is_json))
}

fn no_home() -> CommandFailure {
    CommandFailure::Failed("There is no home folder for the settings.".into())
}

fn key(path: &str) -> Result<SettingKey, CommandFailure> {
    SettingKey::find(path).ok_or_else(|| {
        CommandFailure::Usage(format!("there is no setting {path}; `settings list` shows all"))
    })
}

/// The settings in the current folder, as the window would have them when it were open.
fn here() -> (Settings, Layers) {
    let mut layers = Layers::here();
    let project = std::env::current_dir().unwrap_or_default().join(PROJECT_FILE);
    if let Ok(text) = editor_core::regular::read_text(&project, MAX_BYTES) {
        layers.project = Some((project, text));
    }
    (layers.resolve(), layers)
}

fn row(key: &SettingKey, settings: &Settings, layers: &Layers) -> Json {
    let json = |value: Option<SettingValue>| value.map_or(Json::Null, |value| value.json());
    json!({
        "key": key.path(),
        "value": json(key.get(settings)),
        "default": json(key.default()),
        "origin": layers.origin(&key.path()).words(),
        "expects": key.spec.expects(),
        "project": key.spec.scope == table::SettingScope::Project,
        "help": key.spec.help,
    })
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn say(is_json: bool, json: &Json, text: impl FnOnce()) {
    if is_json { output::json(json) } else { text() }
}

fn list(is_json: bool) {
    let (settings, layers) = here();
    let rows: Vec<Json> = table::keys(&settings).iter().map(|key| row(key, &settings, &layers)).collect();
    let problem = |(whose, found): &(SettingsFile, settings::file::SettingsProblem)| {
        let project = *whose == SettingsFile::Project;
        json!({ "project": project, "line": found.line, "column": found.column, "key": found.key, "text": found.text })
    };
    let problems: Vec<Json> = layers.problems.iter().map(problem).collect();
    say(is_json, &json!({ "path": layers.path, "settings": rows, "problems": problems }), || {
        for row in &rows {
            let mark = if row["value"] == row["default"] { ' ' } else { '*' };
            println!(
                "{mark} {:<34} {:<36} {}",
                plain(&row["key"]),
                row["value"].to_string(),
                plain(&row["origin"])
            );
        }
        for complaint in layers.complaints() {
            eprintln!("localcoder: {complaint}");
        }
    });
}

fn change(key: &SettingKey, value: Option<SettingValue>, is_json: bool) -> CommandResult {
    let path = ground::places::settings_file().ok_or_else(no_home)?;
    changed(&path, &[(key.clone(), value)]).map_err(|error| CommandFailure::Failed(error.to_string()))?;
    let (settings, layers) = here();
    let row = row(key, &settings, &layers);
    say(is_json, &row, || {
        println!("{} = {} ({})", plain(&row["key"]), row["value"], plain(&row["origin"]));
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> Result<(Wish, bool), CommandFailure> {
        parse(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn arguments_are_understood_or_named() {
        assert_eq!(check("list --format json").unwrap(), (Wish::List, true));
        assert_eq!(
            check("set editor.tab_width 2").unwrap(),
            (Wish::Set("editor.tab_width".into(), "2".into()), false)
        );
        for line in ["", "set editor.tab_width", "get", "list extra", "list --format xml", "frobnicate"] {
            assert!(matches!(check(line), Err(CommandFailure::Usage(_))), "«{line}» was taken");
        }
        assert!(
            matches!(key("editor.colour"), Err(CommandFailure::Usage(text)) if text.contains("editor.colour"))
        );
    }
}
