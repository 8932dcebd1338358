//! Model files of the right shape and size whose weights mean nothing: what a 7B or 14B model takes of memory and time can be
//! measured where no such file is at hand.
//!
//! Made from a real file of the same family: metadata and vocabulary are copied, the shape is put in their place. Types of the
//! tensors are those that llama.cpp's quantisation gives for Q4_K_M (`llama_tensor_get_type` in llama-quant.cpp).

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};

/// Shape of a Qwen2 model.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Name, as in `7b`.
    pub name: &'static str,
    blocks: u32,
    width: u32,
    feed_forward: u32,
    heads: u32,
    heads_kv: u32,
}

/// Qwen2.5-Coder 7B and 14B, by their config.json.
pub const SHAPES: [Shape; 2] = [
    Shape { name: "7b", blocks: 28, width: 3584, feed_forward: 18944, heads: 28, heads_kv: 4 },
    Shape { name: "14b", blocks: 48, width: 5120, feed_forward: 13824, heads: 40, heads_kv: 8 },
];

/// ggml's numbers of types, their block's values and bytes.
const F32: (u32, u64, u64) = (0, 1, 4);
const Q4_K: (u32, u64, u64) = (12, 256, 144);
const Q6_K: (u32, u64, u64) = (14, 256, 210);
const ALIGNMENT: u64 = 32;

struct Tensor {
    name: String,
    shape: Vec<u64>,
    kind: (u32, u64, u64),
}

impl Tensor {
    fn bytes(&self) -> u64 {
        self.shape.iter().product::<u64>() / self.kind.1 * self.kind.2
    }
}

/// Writes the file `to` with the metadata of `like`.
///
/// # Errors
/// `like` is no GGUF file of a Qwen2 model, or reading or writing fails.
pub fn write(like: &Path, shape: Shape, to: &Path) -> Result<()> {
    let mut source = File::open(like).with_context(|| like.display().to_string())?;
    let (metadata, count, vocabulary) = metadata(&mut source, shape)?;
    let tensors = tensors(shape, vocabulary);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(to)?);
    out.write_all(b"GGUF")?;
    out.write_all(&3u32.to_le_bytes())?;
    out.write_all(&(tensors.len() as u64).to_le_bytes())?;
    out.write_all(&count.to_le_bytes())?;
    out.write_all(&metadata)?;
    let mut offset = 0;
    for tensor in &tensors {
        out.write_all(&(tensor.name.len() as u64).to_le_bytes())?;
        out.write_all(tensor.name.as_bytes())?;
        out.write_all(&(tensor.shape.len() as u32).to_le_bytes())?;
        for size in &tensor.shape {
            out.write_all(&size.to_le_bytes())?;
        }
        out.write_all(&tensor.kind.0.to_le_bytes())?;
        out.write_all(&u64::to_le_bytes(offset))?;
        offset += tensor.bytes().next_multiple_of(ALIGNMENT);
    }
    pad(&mut out)?;
    for tensor in &tensors {
        let block = block(tensor);
        for _ in 0..tensor.bytes() / block.len() as u64 {
            out.write_all(&block)?;
        }
        pad(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

fn pad(out: &mut BufWriter<File>) -> io::Result<()> {
    let at = out.stream_position()?;
    out.write_all(&vec![0; (at.next_multiple_of(ALIGNMENT) - at) as usize])
}

/// One block of a tensor: small numbers that differ, so that nothing overflows and nothing is skipped.
fn block(tensor: &Tensor) -> Vec<u8> {
    // 2^-10 as an f16.
    const SCALE: [u8; 2] = 0x1400u16.to_le_bytes();
    let noise = |n: usize| (0..n).map(|i| (i * 73 + 41) as u8);
    match tensor.kind {
        F32 if tensor.name.ends_with("norm.weight") => 1f32.to_le_bytes().to_vec(),
        F32 => 0f32.to_le_bytes().to_vec(),
        Q4_K => SCALE.into_iter().chain(SCALE).chain(noise(140)).collect(),
        _ => noise(208).chain(SCALE).collect(),
    }
}

fn tensors(shape: Shape, vocabulary: u64) -> Vec<Tensor> {
    let width = u64::from(shape.width);
    let (feed_forward, kv) =
        (u64::from(shape.feed_forward), width / u64::from(shape.heads) * u64::from(shape.heads_kv));
    let tensor =
        |name: &str, shape: &[u64], kind| Tensor { name: name.to_owned(), shape: shape.to_vec(), kind };
    let mut all = vec![
        tensor("token_embd.weight", &[width, vocabulary], Q4_K),
        tensor("output_norm.weight", &[width], F32),
        tensor("output.weight", &[width, vocabulary], Q6_K),
    ];
    for n in 0..shape.blocks {
        // `use_more_bits`: the first and last eighth, and every third between.
        let eighth = shape.blocks / 8;
        let more = n < eighth || n >= 7 * shape.blocks / 8 || (n - eighth) % 3 == 2;
        let finer = if more { Q6_K } else { Q4_K };
        for (name, sizes, kind) in [
            ("attn_norm.weight", &[width][..], F32),
            ("attn_q.weight", &[width, width], Q4_K),
            ("attn_q.bias", &[width], F32),
            ("attn_k.weight", &[width, kv], Q4_K),
            ("attn_k.bias", &[kv], F32),
            ("attn_v.weight", &[width, kv], finer),
            ("attn_v.bias", &[kv], F32),
            ("attn_output.weight", &[width, width], Q4_K),
            ("ffn_norm.weight", &[width], F32),
            ("ffn_gate.weight", &[width, feed_forward], Q4_K),
            ("ffn_up.weight", &[width, feed_forward], Q4_K),
            ("ffn_down.weight", &[feed_forward, width], finer),
        ] {
            all.push(tensor(&format!("blk.{n}.{name}"), sizes, kind));
        }
    }
    all
}

/// The key-value section of `source` with the numbers of `shape`, how many pairs it has, and the size of the vocabulary.
fn metadata(source: &mut File, shape: Shape) -> Result<(Vec<u8>, u64, u64)> {
    let mut start = [0; 24];
    source.read_exact(&mut start)?;
    ensure!(&start[..4] == b"GGUF", "it is no GGUF file");
    let count = u64::from_le_bytes(start[16..].try_into()?);
    let mut reader = io::BufReader::new(&mut *source);
    let mut out = Vec::new();
    let mut vocabulary = 0;
    for _ in 0..count {
        let key = text(&mut reader)?;
        let kind = number::<4>(&mut reader)? as u32;
        put_text(&mut out, &key);
        out.extend(kind.to_le_bytes());
        let value = value(&mut reader, kind)?;
        if key == "tokenizer.ggml.tokens" {
            vocabulary = u64::from_le_bytes(value[4..12].try_into()?);
        }
        let ours = match key.as_str() {
            "qwen2.block_count" => Some(shape.blocks),
            "qwen2.embedding_length" => Some(shape.width),
            "qwen2.feed_forward_length" => Some(shape.feed_forward),
            "qwen2.attention.head_count" => Some(shape.heads),
            "qwen2.attention.head_count_kv" => Some(shape.heads_kv),
            _ => None,
        };
        match ours {
            Some(number) => out.extend(number.to_le_bytes()),
            None => out.extend(value),
        }
    }
    ensure!(vocabulary > 0, "it has no vocabulary");
    source.seek(SeekFrom::Start(0))?;
    Ok((out, count, vocabulary))
}

/// The bytes of a value, as gguf.h numbers the kinds.
fn value(reader: &mut impl Read, kind: u32) -> Result<Vec<u8>> {
    let plain = |kind: u32| match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    };
    let mut out = Vec::new();
    match (kind, plain(kind)) {
        (8, _) => put_text(&mut out, &text(reader)?),
        (9, _) => {
            let (of, count) = (number::<4>(reader)? as u32, number::<8>(reader)?);
            out.extend(of.to_le_bytes());
            out.extend(count.to_le_bytes());
            for _ in 0..count {
                out.extend(value(reader, of)?);
            }
        }
        (_, Some(size)) => {
            out.resize(size, 0);
            reader.read_exact(&mut out)?;
        }
        _ => bail!("a value of kind {kind} is not known"),
    }
    Ok(out)
}

fn text(reader: &mut impl Read) -> Result<String> {
    let mut bytes = vec![0; number::<8>(reader)? as usize];
    reader.read_exact(&mut bytes)?;
    Ok(String::from_utf8(bytes)?)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn number<const BYTES: usize>(reader: &mut impl Read) -> Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes[..BYTES])?;
    Ok(u64::from_le_bytes(bytes))
}
