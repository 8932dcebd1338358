//! The code in an answer that may be wrapped in a fence, also where the code has fences itself.

/// The code in a raw answer: without a fence around it and what stands outside of that. Fences that the selection has are code.
pub fn code_of<'a>(raw: &'a str, selection: &str) -> &'a str {
    let inside = longest_fence(selection);
    let code = within_fence(raw, inside);
    // A wrapping fence has to be longer than those inside, which small models do not know.
    if inside > 0 && code.len() == raw.len() { unwrapped(raw, selection) } else { code }
}

/// Of what an answer can be without its first fence or its last one, that with the selection's own fences.
fn unwrapped<'a>(raw: &'a str, selection: &str) -> &'a str {
    let (mut at, mut fences) = (0, Vec::new());
    for line in raw.split_inclusive('\n') {
        if fence_info(line, 2).is_some() {
            fences.push((at, at + line.len()));
        }
        at += line.len();
    }
    let (Some(first), Some(last)) = (fences.first(), fences.last()) else { return raw };
    let starts = [0, first.1];
    let ends = [raw.len(), last.0];
    let own = infos(selection);
    let choices = starts.iter().flat_map(|start| ends.iter().map(|end| (*start, *end)));
    let mut choices: Vec<&str> =
        choices.filter(|(start, end)| start <= end).map(|(start, end)| &raw[start..end]).collect();
    // Of equal ones the longest: what is cut off for nothing is lost.
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.len()));
    let worth = |choice: &&str| {
        let its = infos(choice);
        let lines: Vec<&str> = selection.lines().map(str::trim_end).collect();
        let kept = choice.lines().filter(|line| lines.contains(&line.trim_end())).count();
        let begins = first_visible(choice).is_some() && first_visible(choice) == first_visible(selection);
        (its == own, its.len() % 2 == own.len() % 2, begins, kept)
    };
    choices.iter().rev().max_by_key(|choice| worth(choice)).copied().unwrap_or(raw)
}

/// The info strings of the fences of a text.
fn infos(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| fence_info(line, 2)).collect()
}

fn first_visible(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// What stands in a fence with more than `inside` backticks; all of it where there is none.
fn within_fence(raw: &str, inside: usize) -> &str {
    let mut code_start = 0;
    let mut opened = false;
    let mut position = 0;
    for line in raw.split_inclusive('\n') {
        let start = position;
        position += line.len();
        let Some(info) = fence_info(line, inside) else { continue };
        let text_before = !raw[code_start..start].trim().is_empty();
        let closes = opened || (info.is_empty() && text_before);
        if closes {
            return &raw[code_start..start];
        }
        // A fence that may still grow its language name is no code either.
        opened = true;
        code_start = position;
    }
    &raw[code_start..]
}

/// The info string of a fence line with more than `inside` backticks (and three at least).
fn fence_info(line: &str, inside: usize) -> Option<&str> {
    let line = line.trim();
    let ticks = line.bytes().take_while(|b| *b == b'`').count();
    let info = &line[ticks..];
    (ticks >= 3 && ticks > inside && !info.contains('`')).then(|| info.trim())
}

/// Length of the longest fence line in a text.
fn longest_fence(text: &str) -> usize {
    let ticks = |line: &str| line.trim_start().bytes().take_while(|b| *b == b'`').count();
    text.lines().map(ticks).filter(|n| *n >= 3).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKDOWN: &str = "# Title\n\n```sh\nls\n```\n\nThe end.\n";

    #[test]
    fn a_selection_with_fences_comes_back_whole_however_it_is_wrapped() {
        let check = |raw: &str| assert_eq!(code_of(raw, MARKDOWN).trim_end(), MARKDOWN.trim_end(), "{raw}");
        check(MARKDOWN);
        check(&format!("```markdown\n{MARKDOWN}```\n"));
        check(&format!("````markdown\n{MARKDOWN}````\nI changed nothing."));
        check(&format!("Here it is:\n\n```markdown\n{MARKDOWN}```\n\nI changed nothing."));
        check(&format!("{MARKDOWN}```\n"));
    }

    #[test]
    fn a_change_of_the_fences_themselves_is_kept() {
        let changed = MARKDOWN.replace("```sh", "```bash");
        assert_eq!(code_of(&changed, MARKDOWN), changed);
        let wrapped = format!("```md\n{changed}```");
        assert_eq!(code_of(&wrapped, MARKDOWN), changed);
        let block = "```\nls\n```\n";
        assert_eq!(code_of("```sh\nls\n```\n", block), "```sh\nls\n```\n");
    }

    #[test]
    fn documentation_with_fences_comes_back_whole() {
        let python = "def f():\n    \"\"\"One.\n\n    ```\n    f()\n    ```\n    \"\"\"\n    return 1\n";
        let changed = python.replace("return 1", "return 2");
        for raw in [
            changed.clone(),
            format!("```python\n{changed}```"),
            format!("{changed}```\n"),
            format!("```python\n{changed}```\nDone."),
        ] {
            assert_eq!(code_of(&raw, python), changed, "{raw}");
        }
    }
}
