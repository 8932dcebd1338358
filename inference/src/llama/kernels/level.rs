//! Which of our kernels a process computes with: what its processor can, or less where the environment asks for less, so that a machine
//! that has them can be tested as one that has not.

/// The environment variable that asks for a level: `off` or `avx512`. Without it, the highest that the processor can.
const VARIABLE: &str = "LOCALCODER_KERNELS";

/// What our kernels may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KernelLevel {
    /// Nothing: ggml computes everything.
    Off,
    /// AVX-512 with VBMI and VNNI.
    Avx512,
}

/// What the environment asks for; `None` when it does not.
///
/// # Errors
/// It asks for something that there is not.
pub fn asked() -> Result<Option<KernelLevel>, String> {
    std::env::var_os(VARIABLE).map(|word| named(&word.to_string_lossy())).transpose()
}

fn named(word: &str) -> Result<KernelLevel, String> {
    match word {
        "off" => Ok(KernelLevel::Off),
        "avx512" => Ok(KernelLevel::Avx512),
        _ => Err(format!(
            "{VARIABLE} is {word:?}, which is neither \"off\" nor \"avx512\". Correct or remove it."
        )),
    }
}

/// Never more than the processor `can`. A word that means nothing is told and asks for nothing: the worker refuses it before.
pub fn chosen(asked: Result<Option<KernelLevel>, String>, can: KernelLevel) -> KernelLevel {
    let asked = asked.unwrap_or_else(|why| {
        eprintln!("{why}");
        None
    });
    asked.map_or(can, |asked| asked.min(can))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_lowers_and_never_raises() {
        let at = |word: Option<&str>, can| chosen(word.map(named).transpose(), can);
        assert_eq!(at(None, KernelLevel::Avx512), KernelLevel::Avx512);
        assert_eq!(at(Some("off"), KernelLevel::Avx512), KernelLevel::Off);
        assert_eq!(at(Some("avx512"), KernelLevel::Avx512), KernelLevel::Avx512);
        assert_eq!(at(Some("avx512"), KernelLevel::Off), KernelLevel::Off);
        assert_eq!(at(Some("fast"), KernelLevel::Avx512), KernelLevel::Avx512);
        assert!(named("fast").unwrap_err().contains("LOCALCODER_KERNELS is \"fast\""));
    }
}
