//! A table to read: what keys do, with the caret as `|` and what is selected in `⟦ ⟧`. What is random is in `recorded`.

mod common;

use vim::VimMode;

/// Presses keys in a text with a caret in it, and draws what came of it. A block caret is drawn before its character.
fn pressed(before: &str, keys: &str) -> String {
    let at = before.find('|').expect("a caret");
    let text = before.replace('|', "");
    let line = before[..at].matches('\n').count();
    let column = before[..at].chars().rev().take_while(|c| *c != '\n').count();
    let (document, vim) = common::press(&text, (line, column), keys);
    let span = document.selection().primary();
    let mut drawn: Vec<char> = document.rope().chars().collect();
    if matches!(vim.mode(), VimMode::Visual(_)) {
        drawn.insert(span.end(), '⟧');
        drawn.insert(span.start(), '⟦');
    } else {
        drawn.insert(span.head, '|');
    }
    drawn.into_iter().collect()
}

#[track_caller]
fn check(before: &str, keys: &str, after: &str) {
    assert_eq!(pressed(before, keys), after, "{keys}");
}

#[test]
fn operators_and_motions() {
    check("one |two three\n", "dw", "one |three\n");
    check("|one two three\n", "2dw", "|three\n");
    check("one |two\nthree\n", "dw", "one| \nthree\n");
    check("|one\ntwo\nthree\n", "dj", "|three\n");
    check("one\n|two\nthree\n", "dd", "one\n|three\n");
    check("one\n|two\n", "dd", "|one\n");
    check("f(a, |b)\n", "di(", "f(|)\n");
    check("a |\"b c\" d\n", "ci\"x<Esc>", "a \"|x\" d\n");
    check("|one two\n", "cwx<Esc>", "|x two\n");
    check("|one\n", "gUiw", "|ONE\n");
    check("|a.b c\n", "dtc", "|c\n");
    check("|a\n", ">>", "    |a\n");
    check("<p>|a</p>\n", "dit", "<p>|</p>\n");
}

#[test]
fn registers_and_puts() {
    check("|one two\n", "dwep", "twoone| \n");
    check("|one\ntwo\n", "yyjp", "one\ntwo\n|one\n");
    check("|a\nb\nc\n", "\"add\"bdd\"ap", "c\n|a\n");
    check("|one\ntwo\n", "\"_ddP", "|two\n");
    check("|ab\ncd\n", "<C-v>jy$p", "ab|a\ncdc\n");
}

#[test]
fn repeats_and_macros() {
    check("|a b c\n", "xx.", "| c\n");
    check("|a\nb\nc\n", "A!<Esc>j.", "a!\nb|!\nc\n");
    check("|a\nb\nc\n", "qqA!<Esc>jq2@q", "a!\nb!\nc|!\n");
    check("|1 x\n1 y\n", "5<C-a>j.", "6 x\n|6 y\n");
}

#[test]
fn visual_modes() {
    check("|one two\n", "vee", "⟦one two⟧\n");
    check("one\n|two\nthree\n", "Vj", "one\n⟦two\nthree\n⟧");
    check("|ab\nab\n", "<C-v>jIx<Esc>", "|xab\nxab\n");
    check("|ab\nabc\n", "<C-v>j$Ax<Esc>", "|abx\nabcx\n");
    check("(|a b)\n", "vi(", "(⟦a b⟧)\n");
}

#[test]
fn commands_behind_a_colon() {
    check("|aa\naa\n", ":%s/a/b/<CR>", "ba\n|ba\n");
    check("|aa\naa\n", ":%s/a/b/g<CR>", "bb\n|bb\n");
    check("|aa\naa\n", ":%s/a/b/gc<CR>yna", "ba\n|bb\n");
    check("|a\nb\nc\n", ":2<CR>", "a\n|b\nc\n");
    check("|a\nb\nc\n", ":2,3d<CR>", "|a\n");
    check("|a\nb\nc\n", "Vj:s/$/;/<CR>", "a;\n|b;\nc\n");
    check("|ab ba\n", ":s/\\(a\\)\\(b\\)/\\2\\1/<CR>", "|ba ba\n");
}

#[test]
fn searches_go_around_the_ends() {
    check("|foo bar\nfoo\n", "/foo<CR>", "foo bar\n|foo\n");
    check("|foo bar\nfoo\n", "/foo<CR>n", "|foo bar\nfoo\n");
    check("|foo bar\nfoobar\nfoo\n", "*", "foo bar\nfoobar\n|foo\n");
    check("|a foo b\n", "d/foo<CR>", "|foo b\n");
}

#[test]
fn lines_that_end_in_two_characters_keep_them() {
    check("|a\r\nb\r\n", "dd", "|b\r\n");
    check("|a\r\nb\r\n", "yyp", "a\r\n|a\r\nb\r\n");
    check("a|b\r\ncd\r\n", "$D", "|a\r\ncd\r\n");
    check("|a\r\nb\r\n", "J", "a| b\r\n");
}
