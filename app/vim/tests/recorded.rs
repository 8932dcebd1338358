//! The layer makes of hundreds of random key sequences what Vim made of them: text, caret, mode and unnamed register.

mod common;

use common::{Recorded, played};

#[test]
fn keys_do_what_they_did_in_vim() {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    assert!(recorded.len() >= 500);
    let mut wrong = Vec::new();
    for (expected, ending) in recorded.iter().flat_map(|one| [(one, "\n"), (one, "")]) {
        let got = std::panic::catch_unwind(|| played(expected.on, expected.at, &expected.keys, ending));
        match got {
            Ok(got) if got == *expected => {}
            Ok(got) => wrong.push(format!(
                "{:?} in text {} at {:?}\n  text     {:?}\n  Vim      {:?}\n  caret {:?} Vim {:?}, \
                 mode {} Vim {}\n  register {:?}\n  Vim      {:?}",
                expected.keys,
                expected.on,
                expected.at,
                got.text,
                expected.text,
                got.caret,
                expected.caret,
                got.mode,
                expected.mode,
                got.register,
                expected.register
            )),
            Err(_) => wrong
                .push(format!("{:?} in text {} at {:?}: a panic", expected.keys, expected.on, expected.at)),
        }
    }
    let shown: Vec<&str> = wrong.iter().map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), recorded.len(), shown.join("\n"));
}
