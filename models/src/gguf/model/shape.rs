//! The numbers of a model that llama.cpp computes with, and whether they agree with each other.

use crate::gguf::attention::Heads;
use crate::gguf::vocabulary::show;
use crate::gguf::{BrokenRule, Invalid, Layer, MetadataValue, ModelMetadata, limits};

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

/// The hyperparameters, with where to find the field for a refusal.
pub(super) struct ModelShape<'a> {
    pub(super) metadata: &'a ModelMetadata,
    pub(super) architecture: &'a str,
    rope: Rope,
    pub(super) context: u64,
    pub(super) blocks: u64,
    pub(super) embedding: u64,
    pub(super) feed_forward: u64,
    pub(super) heads: Vec<u64>,
    pub(super) heads_kv: Vec<u64>,
    pub(super) key: u64,
    pub(super) value: u64,
}

impl<'a> ModelShape<'a> {
    pub(super) fn read(metadata: &'a ModelMetadata) -> Result<Self, Invalid> {
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

    pub(super) fn check(&self) -> Result<(), Invalid> {
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

    pub(super) fn attention(&self) -> Heads<'_> {
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
    pub(super) fn layers(&self) -> Vec<Layer> {
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
        let found = format!("«{}»", show(name));
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
