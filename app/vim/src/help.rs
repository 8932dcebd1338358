//! Vim's keys, for the help. Its tests hold them against what the keys mean (`parse`): whatever is listed is a command, and no key that
//! means something is missing.

/// Keys, and what they do: by groups with a title. Keys are written as Vim's documentation writes them; a dash stands for what has to
/// follow: a character, a motion, an object.
pub const KEYS: &[(&str, &[(&str, &str)])] = &[
    (
        "Move (a number before repeats)",
        &[
            ("h j k l <Left> <Down> <Up> <Right>", "Left, down, up, right"),
            ("gj gk", "Down and up by rows of a wrapped line"),
            ("w b e ge", "To the next word, back, to its end, to the end of the one before"),
            ("W B E gE", "The same by what stands between blanks"),
            (
                "0 ^ $ g_ _ g0 g^ g$",
                "Start of the line, its first character, its end, its last character, its first again; with g the same",
            ),
            ("| + - <CR>", "To a column; to the first character of the line below, above, below"),
            ("f- F- t- T- ; ,", "To a character, back, up to it, back; again, the other way"),
            ("{ } ( )", "By paragraphs and sentences"),
            ("[( [{ ]) ]}", "To the bracket that is open here"),
            ("% gg G", "To the matching bracket; the first line, the last line or that of the number"),
            ("H M L", "Top, middle and bottom of what is seen"),
            ("/ ? n N", "Search, back; again, the other way"),
            ("* # g* g#", "Search for the word here, back; as a part of others"),
            ("'- `-", "To the line of a mark; to the mark"),
            ("<C-o> <Tab>", "To the place before, and forward again"),
            (
                "<Space> <BS> <Home> <End> <C-h> <C-j> <C-n> <C-p> <C-m>",
                "A character on, back; start and end of the line; left, down, down, up, below",
            ),
        ],
    ),
    (
        "Change (with a motion or an object, or twice for lines)",
        &[
            ("d- c- y-", "Delete, change, copy"),
            (">- <lt>- =-", "Indent, outdent, reindent"),
            ("gu- gU- g~-", "Lower case, upper case, the other case"),
            ("iw aw iW aW is as ip ap", "Objects: word, sentence, paragraph; a: with blanks around"),
            ("i( i[ i{ i<lt> it i\" i' i`", "Objects: what is in brackets, a tag, quotes; a: with them"),
            (
                "x X D C s S Y <Del>",
                "Delete a character, the one before, the rest; change the rest, a character, the line; copy the line",
            ),
            ("r- R ~", "Replace a character; overwrite; the other case"),
            ("p P gp gP", "Paste after, before; g: with the caret behind it"),
            ("J gJ", "Join lines, with a space between or without"),
            ("<C-a> <C-x>", "Add to a number, subtract"),
            (". & u <C-r>", "Repeat the last change, the last substitution; undo, redo"),
            ("\"-", "The register of the next command"),
        ],
    ),
    (
        "Insert and select",
        &[
            (
                "i I a A o O gi gI",
                "Insert here, before the line; after, after the line; in a new line below, above; where it ended last",
            ),
            ("v V <C-v> gv <Esc>", "Select characters, lines, a block; again; leave"),
        ],
    ),
    (
        "Macros, marks, view and window",
        &[
            ("q- @- m-", "Record into a register, play it, set a mark"),
            ("<C-d> <C-u> <C-f> <C-b> <C-e> <C-y> <PageDown> <PageUp>", "Scroll half a page, a page, a line"),
            ("zz zt zb z. z<CR> z-", "This line to the middle, the top, the bottom"),
            ("gd gt gT", "Go to definition; next tab, previous tab"),
            (
                "<C-w>h <C-w>j <C-w>k <C-w>l <C-w>w <C-w>W",
                "Go to the pane at the left, below, above, at the right; next, previous",
            ),
            ("<C-w>v <C-w>s <C-w>c <C-w>q <C-w>=", "Split side by side, below; close the pane; even sizes"),
            ("ZZ ZQ :", "Save and close; close; a command line"),
        ],
    ),
    (
        "Behind :",
        &[
            (":w :wa :q :wq :x :qa :wqa", "Save, save all, close, save and close, quit"),
            (":e :tabe :sp :vs", "Open a file, split"),
            (":bn :bp", "Next tab, previous tab"),
            (":s/a/b/g :%s/a/b/", "Substitute in the line, in the file"),
            (":d :y :j :pu :m0 :t0 :ka", "Delete, copy, join, paste, move and copy lines, set a mark"),
            (":norm x", "Keys of Normal mode for each line"),
            (":u :red :noh :12", "Undo, redo, unmark what was found, go to a line"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::VimKey;
    use crate::parse::{Circumstances, Parsed, parse};

    const NORMAL: Circumstances = Circumstances { visual: false, recording: false };

    fn means(keys: &[VimKey]) -> Parsed {
        parse(keys, NORMAL, None)
    }

    /// The keys of all rows that are pressed in Normal mode, without what has to follow.
    fn listed() -> Vec<Vec<VimKey>> {
        let groups = KEYS.iter().filter(|(title, _)| !title.starts_with("Behind"));
        let rows = groups.flat_map(|(_, rows)| rows.iter());
        let words = rows.flat_map(|(keys, _)| keys.split([' ']));
        words
            .map(|word| {
                VimKey::read(
                    word.strip_suffix('-').filter(|keys| !keys.is_empty() && *keys != "z").unwrap_or(word),
                )
            })
            .collect()
    }

    #[test]
    fn whatever_is_listed_is_a_command() {
        for keys in listed() {
            let is_object = matches!(keys[..], [VimKey::Char('i' | 'a'), VimKey::Char(_)]);
            let keys = if is_object { [vec![VimKey::Char('d')], keys].concat() } else { keys };
            assert_ne!(means(&keys), Parsed::Invalid, "{keys:?}");
        }
    }

    #[test]
    fn no_key_that_means_something_is_missing() {
        let listed = listed();
        let chars = (' '..='~').filter(|c| !c.is_ascii_digit() || *c == '0').map(VimKey::Char);
        let keys = chars.chain(('a'..='z').map(VimKey::Ctrl)).map(|key| vec![key]);
        let prefixed = |first: VimKey| (' '..='~').map(move |c| vec![first, VimKey::Char(c)]);
        let all = keys
            .chain(prefixed(VimKey::Char('g')))
            .chain(prefixed(VimKey::Char('z')))
            .chain(prefixed(VimKey::Ctrl('w')));
        for keys in all.filter(|keys| means(keys) != Parsed::Invalid) {
            let is_known = listed.iter().any(|known| known.starts_with(&keys));
            assert!(is_known, "{keys:?}");
        }
    }
}
