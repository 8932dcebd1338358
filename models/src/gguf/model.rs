//! Whether what a header says can be a model: the numbers that llama.cpp computes with, and the vocabulary.
//!
//! Each rule stands for an assertion or a division in llama.cpp that a file could reach; the file of llama.cpp is
//! named beside the rules that are not in the format's own description.

use super::attention::{self, Heads};
use super::part::Part;
use super::tensors::Tensor;
use super::{
    BrokenRule, DeclaredLicence, Header, Invalid, Layer, MetadataValue, ModelMetadata, TensorRole, Weight,
    limits,
};

/// The architectures that the program runs, each with what its graph expects of its rotary part.
const ARCHITECTURES: [(&str, Rope); 31] = [
    ("cohere2", Rope::Partial),
    ("command-r", Rope::Partial),
    ("ernie4_5", Rope::Full),
    ("exaone4", Rope::Full),
    ("falcon", Rope::Full),
    ("gemma", Rope::Partial),
    ("gemma2", Rope::Partial),
    ("gemma3", Rope::Partial),
    ("gemma4", Rope::Partial),
    ("glm4", Rope::Partial),
    ("gpt-oss", Rope::Partial),
    ("gptneox", Rope::Partial),
    ("granite", Rope::Full),
    ("granitemoe", Rope::Full),
    ("internlm2", Rope::Full),
    ("llama", Rope::Full),
    ("mellum", Rope::Full),
    ("mistral3", Rope::Full),
    ("olmo2", Rope::Full),
    ("olmoe", Rope::Full),
    ("phi2", Rope::Partial),
    ("phi3", Rope::Partial),
    ("qwen2", Rope::Full),
    ("qwen2moe", Rope::Full),
    ("qwen3", Rope::Full),
    ("qwen35", Rope::Partial),
    ("qwen3moe", Rope::Full),
    ("seed_oss", Rope::Full),
    ("smollm3", Rope::Full),
    ("stablelm", Rope::Partial),
    ("starcoder2", Rope::Full),
];

/// `GGML_ASSERT(n_embd_head == n_rot)` in llama.cpp's file of the architecture, below src/models/.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rope {
    /// All of a head is rotated; anything else aborts.
    Full,
    /// A part of a head may be.
    Partial,
}

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
    let shape = Shape::read(&first.metadata)?;
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

/// The hyperparameters, with where to find the field for a refusal.
struct Shape<'a> {
    metadata: &'a ModelMetadata,
    architecture: &'a str,
    rope: Rope,
    context: u64,
    blocks: u64,
    embedding: u64,
    feed_forward: u64,
    heads: Vec<u64>,
    heads_kv: Vec<u64>,
    key: u64,
    value: u64,
}

impl<'a> Shape<'a> {
    fn read(metadata: &'a ModelMetadata) -> Result<Self, Invalid> {
        let (architecture, rope) = architecture(metadata)?;
        let required = |name: &str, most| required(metadata, &format!("{architecture}.{name}"), most);
        let blocks = required("block_count", limits::BLOCKS)?;
        let embedding = required("embedding_length", 1 << 16)?;
        let per_block =
            |name: &str, most| per_block(metadata, &format!("{architecture}.{name}"), blocks, most);
        let heads = per_block("attention.head_count", 1 << 12)?.unwrap_or_default();
        let most_heads = heads.iter().copied().max().unwrap_or(0);
        let first = heads.first().copied().unwrap_or(0);
        if first == 0 {
            return Err(wrong(
                metadata,
                &format!("{architecture}.attention.head_count"),
                "0",
                "heads are needed",
            ));
        }
        let heads_kv = per_block("attention.head_count_kv", most_heads)?.unwrap_or_else(|| heads.clone());
        let feed_forward = per_block("feed_forward_length", 1 << 22)?.unwrap_or_default();
        let shape = Self {
            metadata,
            architecture,
            rope,
            context: required("context_length", 1 << 24)?,
            blocks,
            embedding,
            feed_forward: feed_forward.into_iter().max().unwrap_or(0),
            heads_kv,
            key: optional(metadata, &format!("{architecture}.attention.key_length"), 1 << 12)?
                .unwrap_or(embedding / first),
            value: optional(metadata, &format!("{architecture}.attention.value_length"), 1 << 12)?
                .unwrap_or(embedding / first),
            heads,
        };
        Ok(shape)
    }

    fn check(&self) -> Result<(), Invalid> {
        self.check_heads()?;
        self.check_rope()?;
        self.check_experts()?;
        self.check_floats()?;
        self.check_hybrid()?;
        self.check_sliding()
    }

    fn own(&self, name: &str) -> String {
        format!("{}.{name}", self.architecture)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.metadata.number(&self.own(name))
    }

    fn refuse(&self, name: &str, found: impl ToString, limit: &str) -> Result<(), Invalid> {
        Err(wrong(self.metadata, &self.own(name), found, limit))
    }

    fn check_heads(&self) -> Result<(), Invalid> {
        let stated =
            self.number("attention.key_length").is_some() && self.number("attention.value_length").is_some();
        if !stated && !self.embedding.is_multiple_of(self.heads[0]) {
            let limit = format!("a multiple of the {} heads is needed", self.heads[0]);
            return self.refuse("embedding_length", self.embedding, &limit);
        }
        if self.key == 0 || self.key != self.value {
            let found = format!("{}, and value_length {}", self.key, self.value);
            return self.refuse("attention.key_length", found, "both must be the same and not 0");
        }
        let mut pairs = self.heads.iter().zip(&self.heads_kv);
        if let Some((heads, kv)) = pairs.find(|&(heads, kv)| *kv > 0 && !heads.is_multiple_of(*kv)) {
            let limit = format!("it must divide the {heads} heads");
            return self.refuse("attention.head_count_kv", kv, &limit);
        }
        Ok(())
    }

    /// ggml_compute_forward_rope asserts an even number inside the head, and does not end at 0.
    fn check_rope(&self) -> Result<(), Invalid> {
        let rotated = self.number("rope.dimension_count").unwrap_or(self.key);
        if self.rope == Rope::Full && rotated != self.key {
            return self.refuse("rope.dimension_count", rotated, &format!("{} is needed here", self.key));
        }
        if rotated == 0 || rotated > self.key || !rotated.is_multiple_of(2) {
            return self.refuse("rope.dimension_count", rotated, &format!("even, from 2 to {}", self.key));
        }
        let sliding = self.number("attention.key_length_swa").unwrap_or(self.key);
        let of_sliding = self.number("rope.dimension_count_swa").unwrap_or(rotated.min(sliding));
        if of_sliding == 0 || of_sliding > sliding || !of_sliding.is_multiple_of(2) {
            let limit = format!("even, from 2 to {sliding}");
            return self.refuse("rope.dimension_count_swa", of_sliding, &limit);
        }
        let scaling = self.metadata.get(&self.own("rope.scaling.type"));
        let known = |text: &str| matches!(text, "none" | "linear" | "yarn" | "longrope");
        if scaling.is_some_and(|value| !matches!(value, MetadataValue::Text(text) if known(text))) {
            return self.refuse("rope.scaling.type", "unknown", "none, linear, yarn and longrope are known");
        }
        Ok(())
    }

    /// llama_model_base::load_hparams asserts each of these.
    fn check_experts(&self) -> Result<(), Invalid> {
        let experts = self.number("expert_count").unwrap_or(0);
        let used = per_block(self.metadata, &self.own("expert_used_count"), self.blocks, 1 << 10)?;
        let used = used.unwrap_or_default().into_iter().max().unwrap_or(0);
        let groups = self.number("expert_group_count").unwrap_or(0);
        let groups_used = self.number("expert_group_used_count").unwrap_or(0);
        if experts > 1024 || used > experts || (experts > 0) != (used > 0) {
            let found = format!("{experts} with {used} in use");
            return self.refuse("expert_count", found, "at most 1024, and 1 or more of them in use");
        }
        let grouped = groups > 1 && !(experts.is_multiple_of(groups) && (1..groups).contains(&groups_used));
        if groups > 0 && (groups >= experts || grouped) {
            let found = format!("{groups} with {groups_used} in use");
            return self.refuse(
                "expert_group_count",
                found,
                "it must divide the experts, and fewer be in use",
            );
        }
        if self.number("nextn_predict_layers").unwrap_or(0) >= self.blocks {
            return self.refuse("nextn_predict_layers", "all blocks", "fewer than the blocks");
        }
        Ok(())
    }

    /// ggml_compute_forward_norm and its like assert `eps >= 0`.
    fn check_floats(&self) -> Result<(), Invalid> {
        let of_model = format!("{}.", self.architecture);
        let wild = |value: f64| !value.is_finite();
        for field in &self.metadata.fields {
            let MetadataValue::Float(value) = field.value else { continue };
            if field.key.starts_with(&of_model)
                && (wild(value) || (field.key.ends_with("epsilon") && value < 0.0))
            {
                return Err(wrong(
                    self.metadata,
                    &field.key,
                    value,
                    "a finite number is needed, epsilons from 0",
                ));
            }
        }
        Ok(())
    }

    /// Divisions by these in src/models/qwen35.cpp.
    fn check_hybrid(&self) -> Result<(), Invalid> {
        let zero = [
            "full_attention_interval",
            "ssm.conv_kernel",
            "ssm.inner_size",
            "ssm.state_size",
            "ssm.time_step_rank",
            "ssm.group_count",
            "attention.sliding_window_pattern",
        ];
        if let Some(name) = zero.into_iter().find(|name| self.number(name) == Some(0)) {
            return self.refuse(name, 0, "at least 1 is needed");
        }
        let groups = self.number("ssm.group_count").unwrap_or(1);
        if !self.number("ssm.time_step_rank").unwrap_or(0).is_multiple_of(groups) {
            return self.refuse("ssm.group_count", groups, "it must divide ssm.time_step_rank");
        }
        Ok(())
    }

    fn attention(&self) -> Heads<'_> {
        let Self { architecture, heads, heads_kv, key, .. } = self;
        Heads { architecture, queries: heads, pairs: heads_kv, size: *key }
    }

    /// `GGML_ASSERT(hparams.is_swa_any())` where the KV cache is made (llama-model.cpp).
    fn check_sliding(&self) -> Result<(), Invalid> {
        let stated = self.metadata.get(&self.own("attention.sliding_window_pattern")).is_some();
        if stated && !(0..self.blocks as usize).any(|block| self.slides(block)) {
            return self.refuse(
                "attention.sliding_window_pattern",
                "no block that slides",
                "at least one is needed",
            );
        }
        Ok(())
    }

    /// KV heads and window of each block.
    fn layers(&self) -> Vec<Layer> {
        let window = self.number("attention.sliding_window").filter(|&window| window > 0);
        let recurrent = self.number("full_attention_interval").filter(|_| self.architecture == "qwen35");
        let layer = |(index, &kv): (usize, &u64)| {
            let attends = recurrent.is_none_or(|every| (index as u64 + 1).is_multiple_of(every));
            Layer {
                heads_kv: if attends { kv as u32 } else { 0 },
                window: window.filter(|_| self.slides(index)).map(|window| window as u32),
            }
        };
        self.heads_kv.iter().enumerate().map(layer).collect()
    }

    /// Whether a block looks back only a window, as load_swa_pattern in llama.cpp decides. Not known: no, which
    /// overestimates the memory.
    fn slides(&self, block: usize) -> bool {
        let default = match self.architecture {
            "gemma2" | "gpt-oss" => 2,
            "cohere2" => 4,
            "gemma3" => 6,
            _ => 1,
        };
        match self.metadata.get(&self.own("attention.sliding_window_pattern")) {
            Some(MetadataValue::Numbers(numbers)) => numbers.get(block).is_some_and(|&slides| slides != 0.0),
            Some(value) => value.number().is_some_and(|every| block as u64 % every < every - 1),
            None => block % default < default - 1,
        }
    }
}

fn architecture(metadata: &ModelMetadata) -> Result<(&str, Rope), Invalid> {
    const KEY: &str = "general.architecture";
    let name = metadata.text(KEY).unwrap_or("");
    let known = ARCHITECTURES.iter().find(|(known, _)| *known == name);
    known.map(|&(_, rope)| (name, rope)).ok_or_else(|| {
        let offset = metadata.field(KEY).map_or(0, |field| field.offset);
        let found = format!("«{}»", super::vocabulary::show(name));
        Invalid::new(
            BrokenRule::Architecture,
            offset,
            KEY,
            found,
            "this program does not run that architecture",
        )
    })
}

fn wrong(metadata: &ModelMetadata, key: &str, found: impl ToString, limit: &str) -> Invalid {
    let offset = metadata.field(key).map_or(0, |field| field.offset);
    Invalid::new(BrokenRule::Hyperparameter, offset, key, found, limit)
}

/// A number from 1 to `most` that must be there.
fn required(metadata: &ModelMetadata, key: &str, most: u64) -> Result<u64, Invalid> {
    optional(metadata, key, most)?.ok_or_else(|| wrong(metadata, key, "missing", "a model needs it"))
}

/// A number from 1 to `most`, if it is there.
fn optional(metadata: &ModelMetadata, key: &str, most: u64) -> Result<Option<u64>, Invalid> {
    let Some(value) = metadata.get(key) else { return Ok(None) };
    match value.number() {
        Some(number) if (1..=most).contains(&number) => Ok(Some(number)),
        _ => Err(wrong(metadata, key, format!("{value:?}"), &format!("a number from 1 to {most} is needed"))),
    }
}

/// One number for all blocks or one for each, none above `most`.
fn per_block(
    metadata: &ModelMetadata,
    key: &str,
    blocks: u64,
    most: u64,
) -> Result<Option<Vec<u64>>, Invalid> {
    let refuse = |found: String| {
        Err(wrong(
            metadata,
            key,
            found,
            &format!("one number up to {most}, or one for each of {blocks} blocks"),
        ))
    };
    let in_range = |number: f64| number.fract() == 0.0 && (0.0..=most as f64).contains(&number);
    match metadata.get(key) {
        None => Ok(None),
        Some(MetadataValue::Numbers(numbers))
            if numbers.len() as u64 == blocks && numbers.iter().copied().all(in_range) =>
        {
            Ok(Some(numbers.iter().map(|&number| number as u64).collect()))
        }
        Some(MetadataValue::Numbers(numbers)) => refuse(format!("{} numbers", numbers.len())),
        Some(value) => match value.number() {
            Some(number) if number <= most => Ok(Some(vec![number; blocks as usize])),
            _ => refuse(format!("{value:?}")),
        },
    }
}

fn check_vocabulary(metadata: &ModelMetadata) -> Result<(), Invalid> {
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
        let found = format!("«{}»", super::vocabulary::show(kind));
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

fn check_tensors(tensors: &[Tensor], shape: &Shape<'_>, tokens: u64) -> Result<(), Invalid> {
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

fn header(part: &Part, tensors: &[Tensor], shape: &Shape<'_>, parts: usize) -> Header {
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
