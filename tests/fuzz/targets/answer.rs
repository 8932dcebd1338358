//! What a model says is cleaned whatever it is, and as the same whole however it comes in pieces.

use assist::answer::{Answer, AnswerVerdict};
use ipc::protocol::{Approach, CodeContext};

/// The selection, what stands before and after it, the head that the answer continues from, and the answer, with a zero between them.
/// Whether the answer changes the selection.
pub fn run(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.splitn(5, '\0').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let (selection, before, after, head, said) = (next(), next(), next(), next(), next());
    let approach = if head.is_empty() { Approach::Change } else { Approach::Rewrite(head) };
    let asked =
        CodeContext { selection: selection.clone(), before, after, approach, ..CodeContext::default() };

    let mut whole = Answer::new(&asked);
    whole.push(&said);
    let mut pieces = Answer::new(&asked);
    for (count, piece) in said.split_inclusive(['\n', '`', '<', ' ']).enumerate() {
        pieces.push(piece);
        // Each prefix is shown; two are enough to see that none fails.
        if count < 2 {
            let _shown = pieces.text();
        }
    }
    assert_eq!((whole.text(), whole.finish()), (pieces.text(), pieces.finish()));
    let verdict = whole.verdict();
    if verdict != AnswerVerdict::Changed {
        assert_eq!(whole.finish(), selection, "{verdict:?}");
        assert!(verdict.message().is_some());
    }
    verdict == AnswerVerdict::Changed
}
