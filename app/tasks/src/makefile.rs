//! The targets of a Makefile that a person would name: no patterns, no files made by rules, nothing that begins with a dot.

/// The names, in the order of the file, each once.
pub fn targets(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let phony: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(".PHONY"))
        .filter_map(|rest| rest.trim_start().strip_prefix(':'))
        .flat_map(str::split_whitespace)
        .collect();
    for line in text.lines() {
        let is_rule = line.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let Some((names, rest)) = line.split_once(':').filter(|_| is_rule) else { continue };
        // `a := b`, `a ::= b`, and what only sets a variable for a target.
        if rest.starts_with('=') || rest.starts_with(":=") || names.contains('=') {
            continue;
        }
        for name in names.split_whitespace() {
            let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+/".contains(c));
            let is_file = name.contains(['.', '/']) && !phony.contains(&name);
            if is_plain && !is_file && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_targets_and_nothing_else_is() {
        let text = "CC := gcc\nFLAGS = a:b\n.PHONY: all clean v1.2\nall: main.o\n\techo a: b\nmain.o: main.c\n%.o: %.c\n\
                    clean test:\n$(OUT): x\nv1.2: all\nall: more\n# note: x\nexport X = y:z\nX ::= 3\ntest:: again\n";
        assert_eq!(targets(text), ["all", "clean", "test", "v1.2"]);
        assert_eq!(targets("\u{feff}:\n::::\n :a"), [""; 0]);
    }
}
