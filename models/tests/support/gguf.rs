//! Writes GGUF files, right ones and ones that are wrong in one thing. Its reader shares no code with it.

/// A metadata value to write.
#[derive(Debug, Clone)]
pub enum Val {
    U8(u8),
    U16(u16),
    U32(u32),
    I32(i32),
    U64(u64),
    F32(f32),
    Bool(bool),
    Str(String),
    /// Element type and already encoded elements.
    Arr(u32, u64, Vec<u8>),
    /// A type number and bytes, for what must be wrong.
    Raw(u32, Vec<u8>),
}

/// A tensor to write; its data is zeroes.
#[derive(Debug, Clone)]
pub struct Ten {
    pub name: String,
    pub shape: Vec<u64>,
    pub kind: u32,
    /// Instead of the right one.
    pub offset: Option<u64>,
    /// Instead of the number of sizes.
    pub dims: Option<u32>,
}

/// A file to write, with every declared number open to lies.
#[derive(Debug, Clone)]
pub struct Gguf {
    pub magic: [u8; 4],
    pub version: u32,
    pub n_tensors: Option<u64>,
    pub n_kv: Option<u64>,
    pub kv: Vec<(String, Val)>,
    pub tensors: Vec<Ten>,
    /// What the layout follows, whatever `general.alignment` says.
    pub alignment: u64,
    /// Bytes cut from the end (or added when negative).
    pub cut: i64,
}

impl Gguf {
    /// A tiny model that is right in everything: `llama`, 2 blocks, 8 tokens.
    pub fn model() -> Self {
        let tokens = ["a", "b", "ab", "<s>", "</s>", "Ġ", "c", "d"];
        Self {
            magic: *b"GGUF",
            version: 3,
            n_tensors: None,
            n_kv: None,
            kv: vec![
                ("general.architecture".into(), Val::Str("llama".into())),
                ("general.name".into(), Val::Str("tiny".into())),
                ("general.file_type".into(), Val::U32(0)),
                ("llama.block_count".into(), Val::U32(2)),
                ("llama.context_length".into(), Val::U32(128)),
                ("llama.embedding_length".into(), Val::U32(32)),
                ("llama.feed_forward_length".into(), Val::U32(64)),
                ("llama.attention.head_count".into(), Val::U32(4)),
                ("llama.attention.head_count_kv".into(), Val::U32(2)),
                ("llama.attention.layer_norm_rms_epsilon".into(), Val::F32(1e-5)),
                ("llama.rope.dimension_count".into(), Val::U32(8)),
                ("tokenizer.ggml.model".into(), Val::Str("gpt2".into())),
                ("tokenizer.ggml.tokens".into(), strings(&tokens)),
                ("tokenizer.ggml.scores".into(), floats(&[0.0; 8])),
                ("tokenizer.ggml.token_type".into(), ints(&[1, 1, 1, 3, 3, 1, 1, 1])),
                ("tokenizer.ggml.merges".into(), strings(&["a b"])),
                ("tokenizer.ggml.bos_token_id".into(), Val::U32(3)),
                ("tokenizer.ggml.eos_token_id".into(), Val::U32(4)),
                ("tokenizer.chat_template".into(), Val::Str("{{ messages }}".into())),
            ],
            tensors: vec![
                ten("token_embd.weight", &[32, 8], 0),
                ten("blk.0.attn_q.weight", &[32, 32], 2),
                ten("blk.0.attn_norm.weight", &[32], 0),
                ten("blk.1.attn_q.weight", &[32, 32], 8),
                ten("output_norm.weight", &[32], 0),
            ],
            alignment: 32,
            cut: 0,
        }
    }

    pub fn set(mut self, key: &str, value: Val) -> Self {
        match self.kv.iter_mut().find(|(known, _)| known == key) {
            Some(entry) => entry.1 = value,
            None => self.kv.push((key.into(), value)),
        }
        self
    }

    pub fn without(mut self, key: &str) -> Self {
        let before = self.kv.len();
        self.kv.retain(|(known, _)| known != key);
        assert!(self.kv.len() < before, "{key} is not there to be removed");
        self
    }

    pub fn tensor(mut self, index: usize, change: impl FnOnce(&mut Ten)) -> Self {
        change(&mut self.tensors[index]);
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.magic.to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend(self.n_tensors.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        out.extend(self.n_kv.unwrap_or(self.kv.len() as u64).to_le_bytes());
        for (key, value) in &self.kv {
            text(&mut out, key);
            value.write(&mut out);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            text(&mut out, &tensor.name);
            out.extend(tensor.dims.unwrap_or(tensor.shape.len() as u32).to_le_bytes());
            tensor.shape.iter().for_each(|size| out.extend(size.to_le_bytes()));
            out.extend(tensor.kind.to_le_bytes());
            out.extend(tensor.offset.unwrap_or(offset).to_le_bytes());
            offset = offset.wrapping_add(tensor.bytes()).next_multiple_of(self.alignment);
        }
        if !self.tensors.is_empty() {
            let data = (out.len() as u64).next_multiple_of(self.alignment);
            out.resize((data + offset.min(1 << 20)) as usize, 0);
        }
        out.resize((out.len() as i64 - self.cut) as usize, 0);
        out
    }
}

impl Ten {
    fn bytes(&self) -> u64 {
        let elements = self.shape.iter().fold(1_u64, |product, &size| product.wrapping_mul(size));
        match models::gguf::TensorType::of(self.kind) {
            Some(kind) => (elements / kind.block).wrapping_mul(kind.bytes) & 0xFF_FFFF,
            None => 0,
        }
    }
}

impl Val {
    fn write(&self, out: &mut Vec<u8>) {
        let (id, bytes) = match self {
            Self::U8(value) => (0, vec![*value]),
            Self::U16(value) => (2, value.to_le_bytes().to_vec()),
            Self::U32(value) => (4, value.to_le_bytes().to_vec()),
            Self::I32(value) => (5, value.to_le_bytes().to_vec()),
            Self::F32(value) => (6, value.to_le_bytes().to_vec()),
            Self::Bool(value) => (7, vec![u8::from(*value)]),
            Self::U64(value) => (10, value.to_le_bytes().to_vec()),
            Self::Str(value) => {
                let mut bytes = Vec::new();
                text(&mut bytes, value);
                (8, bytes)
            }
            Self::Arr(kind, len, elements) => {
                let mut bytes = kind.to_le_bytes().to_vec();
                bytes.extend(len.to_le_bytes());
                bytes.extend(elements);
                (9, bytes)
            }
            Self::Raw(kind, bytes) => (*kind, bytes.clone()),
        };
        out.extend(u32::to_le_bytes(id));
        out.extend(bytes);
    }
}

pub fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

pub fn ten(name: &str, shape: &[u64], kind: u32) -> Ten {
    Ten { name: name.into(), shape: shape.into(), kind, offset: None, dims: None }
}

pub fn strings(texts: &[&str]) -> Val {
    let mut bytes = Vec::new();
    texts.iter().for_each(|element| text(&mut bytes, element));
    Val::Arr(8, texts.len() as u64, bytes)
}

pub fn floats(numbers: &[f32]) -> Val {
    Val::Arr(6, numbers.len() as u64, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
}

pub fn ints(numbers: &[i32]) -> Val {
    Val::Arr(5, numbers.len() as u64, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
}
