//! The recipes of a justfile that can be run without arguments.

/// Their names, in the order of the file.
pub fn recipes(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_private = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_private |= line.contains("private");
            continue;
        }
        let name = recipe(line).filter(|_| !is_private);
        if !line.starts_with('#') && !line.trim().is_empty() {
            is_private = false;
        }
        found.extend(name.filter(|name| !found.iter().any(|known| known == name)).map(str::to_owned));
    }
    found
}

fn recipe(line: &str) -> Option<&str> {
    let line = line.strip_prefix('@').unwrap_or(line);
    let (head, rest) = line.split_once(':')?;
    let mut words = head.split_whitespace();
    let name = words.next().filter(|_| line.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    // `a := b` sets a variable; a parameter without a default, or of which one at least must be there, has to be typed.
    let must_be_typed = words.any(|word| !word.contains('=') && !word.starts_with('*'));
    (is_name && !rest.starts_with('=') && !must_be_typed).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_that_need_no_arguments_are_found() {
        let text = "set shell := ['bash']\nname := 'x'\n# docs: here\nbuild: deps\n  echo a: b\n@quiet:\n  x\n\n_hidden:\n  y\n\
                    [private]\nsecret:\n  z\ntest arg='all' *rest:\n  t\none file:\n  f\nmany +files:\n  f\nalias b := build\n";
        assert_eq!(recipes(text), ["build", "quiet", "test"]);
    }
}
