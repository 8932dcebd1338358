//! What is asked for most often, each by one keystroke in the instruction line.

/// A quick choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// On its button.
    pub name: &'static str,
    /// What the model is told.
    pub instruction: &'static str,
}

/// The quick choices; the command key and 1 to 9 send them.
pub const PRESETS: [Preset; 9] = [
    Preset {
        name: "Fix",
        instruction: "Fix the mistakes in this code so that it does what its names and documentation say.",
    },
    Preset { name: "Simplify", instruction: "Make this code simpler and easier to read. Keep what it does." },
    Preset { name: "Faster", instruction: "Make this code faster. Keep what it does and its interface." },
    Preset {
        name: "Document",
        instruction: "Add documentation to this code in the usual form of its language. Do not change the code itself.",
    },
    Preset { name: "Types", instruction: "Add type annotations to this code. Do not change what it does." },
    Preset {
        name: "Tests",
        instruction: "Keep this code and add tests for it beneath, in the usual form of its language.",
    },
    Preset {
        name: "Handle errors",
        instruction: "Handle the errors that can happen in this code. Keep what it does otherwise.",
    },
    Preset {
        name: "Rename",
        instruction: "Give the local variables and parameters of this code names that say what they are. Do not change what it does.",
    },
    Preset {
        name: "Translate comments",
        instruction: "Translate the comments and documentation in this code into English. Do not change the code itself.",
    },
];

/// What was asked for in few words, so that what became of it has room beside it: a quick choice by its name.
pub fn short_wish(instruction: &str) -> String {
    const MAX: usize = 64;
    if instruction.is_empty() {
        return "Improve selection".into();
    }
    if let Some(preset) = PRESETS.iter().find(|preset| preset.instruction == instruction) {
        return preset.name.into();
    }
    let line = instruction.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}
