//! Questions about work on files in the tree, in words.

use std::path::{Path, PathBuf};

use super::Words;
use crate::state::State;
use crate::ui::widgets::Tone;
use crate::workspace::{Reply, TreeQuestion};

pub(super) fn words(state: &State, question: &TreeQuestion) -> Words {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let counted = |paths: &[PathBuf]| match paths {
        [one] => name(one),
        many => format!("{} items", many.len()),
    };
    match question {
        TreeQuestion::Delete { paths, unsaved, for_good } => {
            let titles: Vec<String> = state
                .tabs
                .iter()
                .filter(|tab| unsaved.contains(&tab.id))
                .map(|tab| tab.document.title())
                .collect();
            let lost = match (&titles[..], for_good) {
                ([], _) => "It cannot be brought back.".to_owned(),
                (titles, false) => format!("What you changed in {} is not saved.", titles.join(", ")),
                (titles, true) => {
                    format!(
                        "It cannot be brought back. What you changed in {} is not saved.",
                        titles.join(", ")
                    )
                }
            };
            let keep = ("Delete, keep the text open", Tone::Plain, Reply::Discard);
            Words {
                title: if *for_good {
                    format!("Delete {} for good?", counted(paths))
                } else {
                    format!("Delete {}, with changes that are not saved?", counted(paths))
                },
                text: lost,
                yes: if titles.is_empty() { "Delete" } else { "Delete with the changes" },
                destroys: true,
                others: [keep].into_iter().filter(|_| !titles.is_empty()).collect(),
            }
        }
        TreeQuestion::Clash { taken, .. } => Words {
            title: format!("Replace {}?", counted(taken)),
            text: match &taken[..] {
                [one] => format!("{} is in that folder already. Replacing puts it in the trash.", name(one)),
                many => format!(
                    "{} of these names are in that folder already. Replacing puts those in the trash.",
                    many.len()
                ),
            },
            yes: "Keep both",
            destroys: false,
            others: vec![("Replace", Tone::Danger, Reply::Discard)],
        },
    }
}
