//! Whether a header's vocabulary is one that llama.cpp can read.

use crate::gguf::vocabulary::show;
use crate::gguf::{BrokenRule, Invalid, MetadataValue, ModelMetadata};

pub(super) fn check_vocabulary(metadata: &ModelMetadata) -> Result<(), Invalid> {
    let tokens = metadata.tokens;
    let refuse = |key: &str, found: String, limit: String| {
        let offset = metadata.field(key).map_or(0, |field| field.offset);
        Err(Invalid::new(BrokenRule::Vocabulary, offset, key, found, limit))
    };
    if tokens.count == 0 {
        return refuse("tokenizer.ggml.tokens", "missing".to_owned(), "a model needs its tokens".to_owned());
    }
    let kind = metadata.text("tokenizer.ggml.model").unwrap_or("");
    if !matches!(kind, "gpt2" | "llama" | "gemma4") {
        let found = format!("«{}»", show(kind));
        return refuse("tokenizer.ggml.model", found, "gpt2, llama and gemma4 are read".to_owned());
    }
    // llama_vocab::byte_to_token throws through the C API when one is missing.
    if kind == "llama" && tokens.bytes != 256 {
        let found = format!("with {} of the 256 tokens for single bytes", tokens.bytes);
        return refuse("tokenizer.ggml.tokens", found, "all are needed".to_owned());
    }
    for (key, of) in [("tokenizer.ggml.scores", "f32"), ("tokenizer.ggml.token_type", "i32")] {
        check_parallel(metadata, key, of)?;
    }
    let merges = metadata.get("tokenizer.ggml.merges");
    let is_texts = matches!(merges, Some(MetadataValue::Array { of: "string", .. }));
    if !is_texts && (kind != "llama" || merges.is_some()) {
        let limit = "a list of strings is needed with this tokenizer".to_owned();
        return refuse("tokenizer.ggml.merges", "missing or no list of strings".to_owned(), limit);
    }
    check_special(metadata)
}

/// A list with one element for each token.
fn check_parallel(metadata: &ModelMetadata, key: &str, of: &str) -> Result<(), Invalid> {
    let Some(field) = metadata.field(key) else { return Ok(()) };
    let kind = field.element_kind();
    let len = field.value.elements().unwrap_or(0);
    if kind != of || len != metadata.tokens.count {
        let found = format!("{len} of {kind}");
        let limit = format!("{} of {of}, one for each token, are needed", metadata.tokens.count);
        return Err(Invalid::new(BrokenRule::Vocabulary, field.offset, key, found, limit));
    }
    Ok(())
}

/// `..._token_id` must name a token; a tokenizer that adds one must have it.
fn check_special(metadata: &ModelMetadata) -> Result<(), Invalid> {
    let count = metadata.tokens.count;
    for field in &metadata.fields {
        let special = field.key.starts_with("tokenizer.ggml.") && field.key.ends_with("_token_id");
        if special && field.value.number().is_none_or(|id| id >= count) {
            let found = format!("{:?}", field.value);
            let limit = format!("a token number below {count} is needed");
            return Err(Invalid::new(BrokenRule::Vocabulary, field.offset, &*field.key, found, limit));
        }
    }
    for name in ["bos", "eos"] {
        let adds = format!("tokenizer.ggml.add_{name}_token");
        let id = format!("tokenizer.ggml.{name}_token_id");
        if metadata.get(&adds) == Some(&MetadataValue::Bool(true)) && metadata.get(&id).is_none() {
            let offset = metadata.field(&adds).map_or(0, |field| field.offset);
            return Err(Invalid::new(
                BrokenRule::Vocabulary,
                offset,
                id,
                "missing",
                format!("{adds} is set"),
            ));
        }
    }
    Ok(())
}
