//! Whether what a header says can be a model: the numbers that llama.cpp computes with, and the vocabulary.
//!
//! Each rule stands for an assertion or a division in llama.cpp that a file could reach; the file of llama.cpp is
//! named beside the rules that are not in the format's own description.

mod shape;
mod tokens;

use self::shape::ModelShape;
use self::tokens::check_vocabulary;
use super::attention;
use super::part::Part;
use super::tensors::Tensor;
use super::{BrokenRule, DeclaredLicence, Header, Invalid, ModelMetadata, TensorRole, Weight};

/// The parts of one model, judged together.
pub(super) fn check(mut parts: Vec<Part>) -> Result<Header, Invalid> {
    check_split(&parts)?;
    let mut tensors: Vec<Tensor> = Vec::new();
    for part in &mut parts {
        tensors.append(&mut part.tensors);
    }
    let count = parts.len();
    let Some(first) = parts.into_iter().next() else {
        return Err(Invalid::new(BrokenRule::Split, 0, "the model", "no file at all", "name its files"));
    };
    let shape = ModelShape::read(&first.metadata)?;
    shape.check()?;
    check_vocabulary(&first.metadata)?;
    check_tensors(&tensors, &shape, first.metadata.tokens.count)?;
    attention::check(&tensors, &shape.attention())?;
    Ok(header(&first, &tensors, &shape, count))
}

fn check_split(parts: &[Part]) -> Result<(), Invalid> {
    for (index, part) in parts.iter().enumerate() {
        let says = part.split.map_or((0, 1), |split| (split.index as usize, split.count as usize));
        if says != (index, parts.len()) {
            let found = format!("part {} of {}", says.0 + 1, says.1);
            let limit =
                format!("part {} of {} is needed there; give all parts in order", index + 1, parts.len());
            return Err(Invalid::new(BrokenRule::Split, 0, "split.no", found, limit));
        }
    }
    let declared = parts.first().and_then(|part| part.metadata.number("split.tensors.count"));
    let there: usize = parts.iter().map(|part| part.tensors.len()).sum();
    if declared.is_some_and(|declared| declared != there as u64) {
        let limit = format!("the parts have {there} together");
        return Err(Invalid::new(BrokenRule::Split, 0, "split.tensors.count", declared.unwrap_or(0), limit));
    }
    Ok(())
}

fn check_tensors(tensors: &[Tensor], shape: &ModelShape<'_>, tokens: u64) -> Result<(), Invalid> {
    let refuse = |line, field: &str, found: String, limit: String| {
        Err(Invalid::new(BrokenRule::Tensor, line, field, found, limit))
    };
    for tensor in tensors {
        let Some(block) = tensor.name.strip_prefix("blk.") else { continue };
        let number = block.split('.').next().and_then(|digits| digits.parse::<u64>().ok());
        if number.is_none_or(|number| number >= shape.blocks) {
            let limit = format!("blocks are 0 to {}", shape.blocks - 1);
            return refuse(tensor.line, &tensor.name, "of a block that does not exist".to_owned(), limit);
        }
    }
    let embedding = tensors.iter().find(|tensor| &*tensor.name == "token_embd.weight");
    let expected = [shape.embedding, tokens];
    match embedding {
        Some(tensor) if tensor.shape[..2] == expected && tensor.dimensions == 2 => Ok(()),
        Some(tensor) => {
            let found = format!("of shape {:?}", &tensor.shape[..tensor.dimensions as usize]);
            refuse(tensor.line, "token_embd.weight", found, format!("{expected:?} is needed"))
        }
        None => refuse(0, "token_embd.weight", "missing".to_owned(), "a model needs it".to_owned()),
    }
}

fn header(part: &Part, tensors: &[Tensor], shape: &ModelShape<'_>, parts: usize) -> Header {
    let metadata = shape.metadata;
    let owned = |key: &str| metadata.text(key).map(str::to_owned);
    let most = |numbers: &[u64]| numbers.iter().copied().max().unwrap_or(0) as u32;
    Header {
        version: part.version,
        architecture: shape.architecture.to_owned(),
        name: owned("general.name"),
        context_length: shape.context as u32,
        block_count: shape.blocks as u32,
        embedding_length: shape.embedding as u32,
        feed_forward_length: shape.feed_forward as u32,
        heads: most(&shape.heads),
        heads_kv: most(&shape.heads_kv),
        key_length: shape.key as u32,
        value_length: shape.value as u32,
        layers: shape.layers(),
        vocabulary: metadata.tokens.count as u32,
        tokenizer: owned("tokenizer.ggml.model").unwrap_or_default(),
        quantisation: quantisation(metadata, tensors),
        chat_template: owned("tokenizer.chat_template"),
        licence: DeclaredLicence {
            id: owned("general.license"),
            name: owned("general.license.name"),
            link: owned("general.license.link"),
        },
        fill_in_middle: metadata.tokens.fill_in_middle,
        tensors: tensors.len() as u32,
        tensor_bytes: tensors.iter().map(|tensor| tensor.bytes).sum(),
        weights: tensors.iter().map(weight).collect(),
        parameters: tensors.iter().map(|tensor| tensor.shape.iter().product::<u64>()).sum(),
        data_offset: part.data_offset,
        parts: parts as u32,
        metadata: metadata.clone(),
    }
}

fn weight(tensor: &Tensor) -> Weight {
    let role = match &*tensor.name {
        "token_embd.weight" => TensorRole::TokenTable,
        "output.weight" => TensorRole::Output,
        name => block(name).map_or(TensorRole::Other, TensorRole::Block),
    };
    let Tensor { kind, dimensions, bytes, at, .. } = *tensor;
    Weight { kind, rows: tensor.shape[1], dimensions, role, at, bytes }
}

/// N of `blk.N.…`.
fn block(name: &str) -> Option<u32> {
    name.strip_prefix("blk.")?.split_once('.')?.0.parse().ok()
}

/// `general.file_type` by llama.h's names, else the type of most bytes.
fn quantisation(metadata: &ModelMetadata, tensors: &[Tensor]) -> String {
    const NAMES: [(u64, &str); 35] = [
        (0, "F32"),
        (1, "F16"),
        (2, "Q4_0"),
        (3, "Q4_1"),
        (7, "Q8_0"),
        (8, "Q5_0"),
        (9, "Q5_1"),
        (10, "Q2_K"),
        (11, "Q3_K_S"),
        (12, "Q3_K_M"),
        (13, "Q3_K_L"),
        (14, "Q4_K_S"),
        (15, "Q4_K_M"),
        (16, "Q5_K_S"),
        (17, "Q5_K_M"),
        (18, "Q6_K"),
        (19, "IQ2_XXS"),
        (20, "IQ2_XS"),
        (21, "Q2_K_S"),
        (22, "IQ3_XS"),
        (23, "IQ3_XXS"),
        (24, "IQ1_S"),
        (25, "IQ4_NL"),
        (26, "IQ3_S"),
        (27, "IQ3_M"),
        (28, "IQ2_S"),
        (29, "IQ2_M"),
        (30, "IQ4_XS"),
        (31, "IQ1_M"),
        (32, "BF16"),
        (36, "TQ1_0"),
        (37, "TQ2_0"),
        (38, "MXFP4_MOE"),
        (39, "NVFP4"),
        (40, "Q1_0"),
    ];
    let stated = metadata.number("general.file_type");
    if let Some((_, name)) = NAMES.iter().find(|(id, _)| Some(*id) == stated) {
        return (*name).to_owned();
    }
    let bytes_of = |name: &str| tensors.iter().filter(|t| t.kind.name == name).map(|t| t.bytes).sum::<u64>();
    let main = tensors.iter().map(|tensor| tensor.kind.name).max_by_key(|name| bytes_of(name));
    main.unwrap_or("unknown").to_uppercase()
}
