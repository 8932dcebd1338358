//! Makes `recorded.json`: random key sequences, and what Vim made of them. Run by hand where Vim is installed:
//!
//!     cargo test -p vim --test record -- --ignored
//!
//! Left out, because the layer does it otherwise on purpose: `=`, `r<CR>`, tabs within blocks, marks whose
//! text is deleted. Left out, because Vim does it strangely: case of nothing, as in `gUh` at a line's start, and two words where
//! there is one.

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Recorded, TEXTS};
use vim::VimKey;

const SEQUENCES: usize = 1000;
const SEED: u64 = 1400;

const MOTIONS: &[&str] = &[
    "h", "l", "j", "k", "w", "b", "e", "W", "B", "E", "ge", "gE", "0", "^", "$", "g_", "gg", "G", "{", "}",
    "(", ")", "%", "+", "-", "_", "<Space>", "<BS>", "fa", "ta", "Fe", "Te", "f ", "t(", ";", ",", "2w",
    "3e", "2j", "2k", "3l", "2fa", "4|", "2G", "3gg", "[(", "[{", "])", "]}", "2}", "2)", "2$", "*", "#",
    "n", "N", "/al<CR>", "?e<CR>", "2b", "2ge", "50%", "3h",
];
const OBJECTS: &[&str] = &[
    "iw", "aw", "iW", "aW", "i(", "a(", "ib", "i[", "a[", "i{", "a{", "aB", "i<lt>", "a<lt>", "i\"", "a\"",
    "i'", "a'", "i`", "a`", "ip", "ap", "it", "at", "is", "as", "2iw", "2aw", "2i(",
];
const OPERATORS: &[&str] = &["d", "d", "c", "y", ">", "<lt>", "gu", "gU", "g~"];
const SIMPLE: &[&str] = &[
    "x", "X", "3x", "D", "Y", "J", "3J", "gJ", "~", "4~", "rz", "2rz", "p", "P", "2p", "gp", "gP", "u",
    "<C-r>", ".", ".", "2.", "dd", "2dd", "yy", "2yy", ">>", "<lt><lt>", "2>>", "guu", "g~~", "gUU", "\"ayw",
    "\"ap", "\"Ayw", "\"bdd", "\"bp", "ma", "<C-a>", "<C-x>", "5<C-a>", "\"_dw", "\"1p", "\"-p", "dvj",
    "dVw", "yiw", "xp", "ddp", "&",
];
const INSERTS: &[&str] = &[
    "i", "a", "I", "A", "o", "O", "s", "S", "C", "cc", "cw", "cb", "gi", "gI", "2i", "3a", "2o", "R", "2R",
    "cW", "c$", "ciw", "ce",
];
const TYPED: &[&str] = &["foo", "x", "a b", "fo<BS>o", "", "bar<CR>baz", "zz"];
const LINES: &[&str] = &[
    ":s/a/X/<CR>",
    ":s/a/X/g<CR>",
    ":%s/o/0/g<CR>",
    ":%s/\\(\\w\\)e/\\1E/<CR>",
    ":2<CR>",
    ":2,3d<CR>",
    ":$<CR>",
    ":2m0<CR>",
    ":2t.<CR>",
    ":%s/\\<lt>\\w/\\u&/g<CR>",
    ":.,+1j<CR>",
    ":3>><CR>",
    ":s/l*$/!/<CR>",
];

fn pick<'a>(random: &mut fastrand::Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}

/// One command that leaves Normal mode as it is.
fn command(random: &mut fastrand::Rng) -> String {
    match random.u8(..20) {
        0..=4 => pick(random, MOTIONS).to_owned(),
        5..=7 => {
            let count = if random.u8(..4) == 0 { "2" } else { "" };
            let operator = pick(random, OPERATORS);
            let target = pick(random, MOTIONS);
            let end = if operator == "c" { format!("{}<Esc>", pick(random, TYPED)) } else { String::new() };
            // Vim changes the case of a whole line where there is nothing to change it of.
            let nothing = ["*", "#", "n", "N", "/al<CR>", "?e<CR>", "h", "3h", "<BS>", "0", "^", "4|"];
            let comes_back = nothing.contains(&target);
            let operator = if operator.starts_with('g') && comes_back { "y" } else { operator };
            format!("{count}{operator}{target}{end}")
        }
        8..=9 => {
            let operator = pick(random, OPERATORS);
            let end = if operator == "c" { format!("{}<Esc>", pick(random, TYPED)) } else { String::new() };
            // Where there are no two, Vim fails and leaves the caret elsewhere.
            let object = pick(random, OBJECTS);
            let object = object.strip_prefix('2').unwrap_or(object);
            format!("{operator}{object}{end}")
        }
        10..=13 => pick(random, SIMPLE).to_owned(),
        14..=15 => format!("{}{}<Esc>", pick(random, INSERTS), pick(random, TYPED)),
        16..=17 => visual(random),
        18 => pick(random, LINES).to_owned(),
        _ => {
            let (first, second) = (pick(random, SIMPLE), pick(random, MOTIONS));
            format!("qc{first}{second}q{}@c", if random.bool() { "2" } else { "" })
        }
    }
}

fn visual(random: &mut fastrand::Rng) -> String {
    let kind = pick(random, &["v", "v", "V", "<C-v>"]);
    let inner =
        if random.u8(..3) == 0 && kind == "v" { pick(random, OBJECTS) } else { pick(random, MOTIONS) };
    let more = if random.bool() { pick(random, MOTIONS) } else { "" };
    let ends: &[&str] = match kind {
        "<C-v>" => &["d", "y", "x", "~", "U", "rq", "Iab<Esc>", "Aab<Esc>", "cab<Esc>", "o<Esc>", "D", "p"],
        _ => &[
            "d",
            "y",
            "x",
            "~",
            "U",
            "u",
            "rq",
            "J",
            ">",
            "cab<Esc>",
            "o<Esc>",
            "p",
            "P",
            "<Esc>gv<Esc>",
            "D",
            "Y",
        ],
    };
    format!("{kind}{inner}{more}{}", pick(random, ends))
}

/// Keys in a string of Vim's script.
fn scripted(keys: &str) -> String {
    let mut script = String::new();
    for key in VimKey::read(keys) {
        match key {
            VimKey::Char(c @ ('"' | '\\')) => {
                let _ = write!(script, "\\{c}");
            }
            VimKey::Char(c) => script.push(c),
            key => {
                let _ = write!(script, "\\{}", key.written());
            }
        }
    }
    script
}

/// What Vim makes of a sequence.
fn asked(folder: &Path, on: usize, at: (usize, usize), keys: &str) -> Option<Recorded> {
    let (script, out) = (folder.join("keys.vim"), folder.join("out.json"));
    let text = format!(
        "set encoding=utf-8\nset autoindent sw=4 ts=4 et bs=indent,eol,start nojoinspaces nrformats=bin,hex lines=60\n\
         call setcursorcharpos({line}, {column})\n\
         func Rec()\n\
         call writefile([json_encode({{'text': join(getline(1, '$'), \"\\n\"), 'caret': [line('.') - 1, charcol('.') - 1], \
         'mode': mode(), 'register': getreg('\"'), 'on': {on}, 'at': [{first}, {second}], 'keys': ''}})], '{out}')\n\
         endfunc\n\
         for m in ['noremap', 'inoremap', 'cnoremap']\n\
         exe m . ' <F5> <Cmd>call Rec()<CR>'\n\
         endfor\n\
         call feedkeys(\"{keys}\\<F5>\", 'xt')\nqa!\n",
        line = at.0 + 1,
        column = at.1 + 1,
        first = at.0,
        second = at.1,
        out = out.display(),
        keys = scripted(keys),
    );
    std::fs::write(&script, text).expect("a script");
    let file = folder.join("text");
    std::fs::write(&file, format!("{}\n", TEXTS[on])).expect("a text");
    let _ = std::fs::remove_file(&out);
    let status = Command::new("vim")
        .args(["-u", "NONE", "-N", "-n", "-i", "NONE", "-T", "dumb", "--not-a-term", "-S"])
        .arg(&script)
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("Vim");
    assert!(status.success(), "{keys}");
    let mut recorded: Recorded =
        serde_json::from_str(&std::fs::read_to_string(&out).ok()?).expect("what Vim wrote");
    recorded.keys = keys.to_owned();
    Some(recorded)
}

#[test]
#[ignore = "makes the recordings anew, by Vim itself"]
fn record() {
    let folder = std::env::temp_dir().join(format!("vim-record-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut recorded = Vec::new();
    while recorded.len() < SEQUENCES {
        let on = random.usize(..TEXTS.len());
        let lines: Vec<&str> = TEXTS[on].split('\n').collect();
        let line = random.usize(..lines.len());
        let column = random.usize(..lines[line].chars().count().max(1));
        let keys: String = (0..random.usize(1..6)).map(|_| command(&mut random)).collect();
        recorded.extend(asked(&folder, on, (line, column), &keys));
    }
    let lines: Vec<String> = recorded.iter().map(|one| serde_json::to_string(one).unwrap()).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded.json");
    std::fs::write(file, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    let _ = std::fs::remove_dir_all(folder);
}
