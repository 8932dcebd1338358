//! The header check against files that are right, files that are wrong in one thing each, and mutants of real ones.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use models::gguf::{BrokenRule, Header, Invalid, validate, validate_file, validate_parts};
use proptest::prelude::*;
use std::fs::File;
use std::io::Cursor;
use support::{Gguf, REAL, Val, floats, ground, ints, strings, ten};

fn judge(bytes: &[u8]) -> Result<Header, Invalid> {
    validate(&mut Cursor::new(bytes), bytes.len() as u64)
}

/// The file is refused for `problem`, and the refusal names `field`.
#[track_caller]
fn refused(gguf: &Gguf, problem: BrokenRule, field: &str) {
    let bytes = gguf.bytes();
    let why = judge(&bytes).expect_err("it must be refused");
    assert_eq!(why.problem, problem, "{why}");
    assert!(why.to_string().contains(field), "«{why}» does not name {field}");
    assert!(why.offset <= bytes.len() as u64, "{why}");
}

#[track_caller]
fn accepted(gguf: &Gguf) -> Header {
    judge(&gguf.bytes()).expect("it must be accepted")
}

#[test]
fn a_tiny_model_is_accepted_and_described() {
    let header = accepted(&Gguf::model());
    assert_eq!((header.architecture.as_str(), header.block_count, header.context_length), ("llama", 2, 128));
    assert_eq!((header.heads, header.heads_kv, header.key_length, header.vocabulary), (4, 2, 8, 8));
    assert_eq!((header.quantisation.as_str(), header.tensors, header.parts), ("F32", 5, 1));
    assert_eq!(header.tensor_bytes, 1024 + 576 + 128 + 1088 + 128);
    let places: Vec<(u64, u64)> =
        header.weights.iter().map(|weight| (weight.at - header.data_offset, weight.bytes)).collect();
    assert_eq!(places, [(0, 1024), (1024, 576), (1600, 128), (1728, 1088), (2816, 128)]);
    assert_eq!(header.parameters, 256 + 1024 + 32 + 1024 + 32);
    assert_eq!(header.chat_template.as_deref(), Some("{{ messages }}"));
    assert_eq!(header.layers.len(), 2);
}

#[test]
fn other_valid_forms_are_accepted() {
    accepted(&Gguf::model().with(|g| g.version = 2));
    accepted(&Gguf::model().set("general.alignment", Val::U32(64)).with(|g| g.alignment = 64));
    accepted(&Gguf::model().set("general.alignment", Val::U32(4096)).with(|g| g.alignment = 4096));
    accepted(&Gguf::model().without("tokenizer.ggml.scores").without("tokenizer.ggml.token_type"));
    accepted(&Gguf::model().without("tokenizer.chat_template"));
    accepted(&Gguf::model().set("llama.attention.head_count_kv", ints(&[2, 4])));
    accepted(
        &Gguf::model().tensor(1, |t| (t.name, t.shape) = ("blk.0.attn_qkv.weight".into(), vec![32, 64])),
    );
    accepted(
        &Gguf::model().set("x.long", floats(&[1.0; 5000])).set("x.u8", Val::U8(1)).set("x.u64", Val::U64(1)),
    );
    accepted(&Gguf::model().with(|g| g.cut = -100));
}

#[test]
fn fill_in_middle_is_read_from_the_tokens() {
    let tokens = ["a", "b", "ab", "<s>", "</s>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
    assert!(accepted(&Gguf::model().set("tokenizer.ggml.tokens", strings(&tokens))).fill_in_middle);
    assert!(!accepted(&Gguf::model()).fill_in_middle);
}

// The kinds of llama.cpp's tests/test-gguf.cpp, in its order.

#[test]
fn bad_headers_are_refused() {
    refused(&Gguf::model().with(|g| g.magic = *b"FUGG"), BrokenRule::NotGguf, "the magic");
    for version in [0, 1, 4, 99] {
        refused(&Gguf::model().with(|g| g.version = version), BrokenRule::Version, "the version");
    }
    refused(&Gguf::model().with(|g| g.version = 3_u32.swap_bytes()), BrokenRule::Version, "byte order");
    for lie in [u64::MAX, i64::MAX as u64, 1 << 32, 65_537] {
        refused(&Gguf::model().with(|g| g.n_tensors = Some(lie)), BrokenRule::Count, "number of tensors");
        refused(&Gguf::model().with(|g| g.n_kv = Some(lie)), BrokenRule::Count, "number of metadata");
    }
    refused(&Gguf::model().with(|g| g.n_kv = Some(4_097)), BrokenRule::Count, "4096");
    let empty = Gguf::model().with(|g| (g.kv, g.tensors) = (vec![], vec![]));
    refused(&empty, BrokenRule::Architecture, "general.architecture");
    assert_eq!(judge(b"").unwrap_err().problem, BrokenRule::Truncated);
}

#[test]
fn bad_metadata_is_refused() {
    let long = "k".repeat(257);
    refused(&Gguf::model().set(&long, Val::U32(1)), BrokenRule::Key, "metadata key 19");
    refused(&Gguf::model().set("", Val::U32(1)), BrokenRule::Key, "metadata key 19");
    refused(&Gguf::model().set("a\0b", Val::U32(1)), BrokenRule::Key, "NUL");
    for kind in [13, 14, u32::MAX] {
        refused(&Gguf::model().set("x", Val::Raw(kind, vec![0; 8])), BrokenRule::Value, "x");
    }
    let twice = Gguf::model().with(|g| g.kv.push(("general.name".into(), Val::U32(1))));
    refused(&twice, BrokenRule::Key, "general.name");
    let nested = Val::Arr(9, 1, vec![0; 16]);
    refused(&Gguf::model().set("x", nested), BrokenRule::Value, "array of arrays");
    for len in [u64::MAX, 1 << 40, 1 << 20] {
        refused(&Gguf::model().set("x", Val::Arr(4, len, vec![])), BrokenRule::Count, "x");
        refused(&Gguf::model().set("x", Val::Arr(8, len, vec![])), BrokenRule::Count, "x");
    }
    let huge_text = Val::Raw(8, (17_u64 << 20).to_le_bytes().to_vec());
    refused(&Gguf::model().set("x", huge_text), BrokenRule::Value, "16777216");
    let endless_text = Val::Raw(8, (1_u64 << 20).to_le_bytes().to_vec());
    refused(&Gguf::model().set("x", endless_text), BrokenRule::Truncated, "x");
    let not_utf8 = Val::Raw(8, [&2_u64.to_le_bytes()[..], &[0xFF, 0xFE]].concat());
    refused(&Gguf::model().set("x", not_utf8), BrokenRule::Value, "UTF-8");
    let template = Val::Str("x".repeat((256 << 10) + 1));
    refused(&Gguf::model().set("tokenizer.chat_template", template), BrokenRule::Template, "262144");
}

#[test]
fn bad_alignments_are_refused() {
    for alignment in [0, 1, 13, 16, 48, 8192, u32::MAX] {
        let gguf = Gguf::model().set("general.alignment", Val::U32(alignment));
        refused(&gguf, BrokenRule::Alignment, "general.alignment");
    }
    refused(&Gguf::model().set("general.alignment", Val::U64(32)), BrokenRule::Alignment, "u64");
    refused(&Gguf::model().set("general.alignment", Val::Str("32".into())), BrokenRule::Alignment, "string");
    refused(&Gguf::model().set("general.alignment", ints(&[32])), BrokenRule::Alignment, "general.alignment");
    refused(&Gguf::model().set("general.alignment", Val::U32(128)), BrokenRule::Layout, "attn_norm");
}

#[test]
fn bad_tensors_are_refused() {
    let long = "t".repeat(64);
    refused(&Gguf::model().tensor(1, |t| t.name = long), BrokenRule::Tensor, "tensor 1");
    refused(&Gguf::model().tensor(1, |t| t.name = String::new()), BrokenRule::Tensor, "tensor 1");
    for dims in [0, 5, u32::MAX] {
        refused(&Gguf::model().tensor(1, |t| t.dims = Some(dims)), BrokenRule::Tensor, "dimensions");
    }
    for size in [0, u64::MAX, 1 << 63] {
        refused(&Gguf::model().tensor(1, |t| t.shape[1] = size), BrokenRule::Tensor, "blk.0.attn_q");
    }
    refused(
        &Gguf::model().tensor(1, |t| t.shape = vec![1 << 40, 1 << 40]),
        BrokenRule::Tensor,
        "blk.0.attn_q",
    );
    refused(&Gguf::model().tensor(1, |t| t.shape = vec![1 << 31, 1 << 31, 2]), BrokenRule::Tensor, "2^63");
    refused(
        &Gguf::model().tensor(1, |t| t.shape = vec![1 << 31, 1 << 31]),
        BrokenRule::Layout,
        "blk.0.attn_q",
    );
    for kind in [4, 5, 31, 32, 33, 36, 37, 38, 43, 255, u32::MAX] {
        refused(&Gguf::model().tensor(1, |t| t.kind = kind), BrokenRule::Tensor, "does not exist");
    }
    for kind in [9, 15, 24, 25, 26, 27, 28] {
        refused(
            &Gguf::model().tensor(1, |t| (t.kind, t.shape) = (kind, vec![256, 1])),
            BrokenRule::Tensor,
            "type",
        );
    }
    refused(&Gguf::model().tensor(2, |t| t.kind = 1), BrokenRule::Tensor, "vectors are f32");
    refused(&Gguf::model().tensor(1, |t| t.shape = vec![33, 32]), BrokenRule::Tensor, "multiple of 32");
    for offset in [1, 32, u64::MAX] {
        refused(&Gguf::model().tensor(1, |t| t.offset = Some(offset)), BrokenRule::Layout, "blk.0.attn_q");
    }
    refused(&Gguf::model().tensor(1, |t| t.name = "token_embd.weight".into()), BrokenRule::Tensor, "twice");
    refused(
        &Gguf::model().tensor(1, |t| t.name = "blk.2.attn_q.weight".into()),
        BrokenRule::Tensor,
        "blocks are 0 to 1",
    );
    refused(&Gguf::model().tensor(1, |t| t.name = "blk.x".into()), BrokenRule::Tensor, "blk.x");
    refused(&Gguf::model().tensor(0, |t| t.shape = vec![32, 9]), BrokenRule::Tensor, "token_embd.weight");
    refused(&Gguf::model().tensor(0, |t| t.name = "other".into()), BrokenRule::Tensor, "token_embd.weight");
}

/// Each was found by a worker that died.
#[test]
fn attention_that_does_not_fit_its_heads_is_refused() {
    let with = |name: &str, rows: u64| {
        let tensor = ten(name, &[32, rows], 2);
        Gguf::model().with(move |g| g.tensors.insert(2, tensor))
    };
    accepted(&with("blk.0.attn_k.weight", 16));
    refused(&with("blk.0.attn_k.weight", 32), BrokenRule::Tensor, "blk.0.attn_k.weight");
    refused(&with("blk.0.attn_v.weight", 8), BrokenRule::Tensor, "2 heads of 8");
    let other = with("blk.1.attn_k.weight", 16).set("llama.attention.head_count_kv", ints(&[2, 4]));
    refused(&other, BrokenRule::Tensor, "blk.1.attn_k.weight");
    refused(
        &Gguf::model().tensor(3, |t| t.name = "blk.1.x".into()),
        BrokenRule::Tensor,
        "blk.1.attn_q.weight",
    );
    refused(&Gguf::model().tensor(3, |t| t.shape[1] = 64), BrokenRule::Tensor, "blk.1.attn_q.weight");
}

#[test]
fn missing_data_is_refused() {
    refused(&Gguf::model().with(|g| g.cut = 1), BrokenRule::Layout, "output_norm");
    refused(&Gguf::model().with(|g| g.cut = 32), BrokenRule::Layout, "output_norm");
    let whole = Gguf::model().bytes();
    for len in 0..whole.len() {
        let why = judge(&whole[..len]).expect_err("a prefix is not a model");
        assert!(
            matches!(why.problem, BrokenRule::Truncated | BrokenRule::Count | BrokenRule::Layout),
            "{len}: {why}"
        );
    }
}

#[test]
fn a_file_that_is_shorter_than_said_is_refused() {
    let bytes = Gguf::model().bytes();
    let why = validate(&mut Cursor::new(&bytes[..100]), bytes.len() as u64).unwrap_err();
    assert_eq!(why.problem, BrokenRule::Truncated);
}

#[test]
fn models_that_cannot_be_are_refused() {
    let is = BrokenRule::Hyperparameter;
    for name in ["clip", "bert", "unheard-of", ""] {
        let gguf = Gguf::model().set("general.architecture", Val::Str(name.into()));
        refused(&gguf, BrokenRule::Architecture, "general.architecture");
    }
    for name in ["block_count", "context_length", "embedding_length", "attention.head_count"] {
        let key = format!("llama.{name}");
        refused(&Gguf::model().without(&key), is, name);
        refused(&Gguf::model().set(&key, Val::U32(0)), is, name);
        refused(&Gguf::model().set(&key, Val::U32(u32::MAX)), is, name);
        refused(&Gguf::model().set(&key, Val::I32(-1)), is, name);
        refused(&Gguf::model().set(&key, Val::Str("2".into())), is, name);
    }
    refused(&Gguf::model().set("llama.block_count", Val::U32(513)), is, "512");
    refused(&Gguf::model().set("llama.attention.head_count", Val::U32(5)), is, "embedding_length");
    refused(&Gguf::model().set("llama.attention.head_count_kv", Val::U32(3)), is, "head_count_kv");
    refused(&Gguf::model().set("llama.attention.head_count_kv", Val::U32(8)), is, "head_count_kv");
    refused(&Gguf::model().set("llama.attention.head_count_kv", ints(&[2])), is, "head_count_kv");
    refused(&Gguf::model().set("llama.attention.key_length", Val::U32(16)), is, "key_length");
    for rotated in [0, 4, 10, u32::MAX] {
        refused(
            &Gguf::model().set("llama.rope.dimension_count", Val::U32(rotated)),
            is,
            "rope.dimension_count",
        );
    }
    refused(&Gguf::model().set("llama.rope.scaling.type", Val::Str("odd".into())), is, "rope.scaling.type");
    refused(&Gguf::model().set("llama.expert_count", Val::U32(2000)), is, "expert_count");
    refused(&Gguf::model().set("llama.expert_count", Val::U32(8)), is, "expert_count");
    refused(&Gguf::model().set("llama.expert_used_count", Val::U32(2)), is, "expert_count");
    refused(&Gguf::model().set("llama.nextn_predict_layers", Val::U32(2)), is, "nextn_predict_layers");
    refused(&Gguf::model().set("llama.full_attention_interval", Val::U32(0)), is, "full_attention_interval");
    refused(
        &Gguf::model().set("llama.rope.dimension_count_swa", Val::U32(16)),
        is,
        "rope.dimension_count_swa",
    );
    for pattern in [Val::U32(1), ints(&[0, 0])] {
        let gguf = Gguf::model().set("llama.attention.sliding_window_pattern", pattern);
        refused(&gguf, is, "sliding_window_pattern");
    }
    for epsilon in [f32::NAN, f32::INFINITY, -1e-5] {
        let gguf = Gguf::model().set("llama.attention.layer_norm_rms_epsilon", Val::F32(epsilon));
        refused(&gguf, is, "epsilon");
    }
}

#[test]
fn bad_vocabularies_are_refused() {
    let is = BrokenRule::Vocabulary;
    let tokens = |texts: &[&str]| Gguf::model().set("tokenizer.ggml.tokens", strings(texts));
    refused(&Gguf::model().without("tokenizer.ggml.tokens"), is, "tokenizer.ggml.tokens");
    refused(&tokens(&[]), is, "tokenizer.ggml.tokens");
    refused(&tokens(&["a", "b", "c", "d", "e", "f", "g", "a"]), is, "token 7 «a», which occurs twice");
    refused(&Gguf::model().set("tokenizer.ggml.tokens", ints(&[1; 8])), is, "tokenizer.ggml.tokens");
    refused(&Gguf::model().set("tokenizer.ggml.scores", floats(&[0.0; 7])), is, "tokenizer.ggml.scores");
    refused(&Gguf::model().set("tokenizer.ggml.scores", ints(&[0; 8])), is, "i32");
    refused(&Gguf::model().set("tokenizer.ggml.token_type", floats(&[0.0; 8])), is, "f32");
    refused(&Gguf::model().set("tokenizer.ggml.token_type", Val::I32(1)), is, "no list");
    for id in [8, u32::MAX] {
        refused(&Gguf::model().set("tokenizer.ggml.eos_token_id", Val::U32(id)), is, "eos_token_id");
        refused(&Gguf::model().set("tokenizer.ggml.mask_token_id", Val::U32(id)), is, "mask_token_id");
    }
    refused(&Gguf::model().set("tokenizer.ggml.model", Val::Str("t5".into())), is, "tokenizer.ggml.model");
    refused(&Gguf::model().set("tokenizer.ggml.model", Val::Str("llama".into())), is, "256");
    refused(&Gguf::model().without("tokenizer.ggml.merges"), is, "merges");
    let adds = Gguf::model().without("tokenizer.ggml.bos_token_id");
    accepted(&adds);
    refused(&adds.set("tokenizer.ggml.add_bos_token", Val::Bool(true)), is, "bos_token_id");
    let beyond = Val::Arr(8, 1_000_001, vec![0; 8 * 1_000_001]);
    refused(&Gguf::model().set("tokenizer.ggml.tokens", beyond), is, "1000000");
}

#[test]
fn split_models_are_judged_as_one() {
    let whole = Gguf::model();
    let split = |gguf: Gguf, index: u16, count: u16| {
        gguf.set("split.no", Val::U16(index))
            .set("split.count", Val::U16(count))
            .set("split.tensors.count", Val::I32(5))
    };
    let first = split(whole.clone().with(|g| g.tensors.truncate(3)), 0, 2);
    let second = split(whole.with(|g| (g.tensors, g.kv) = (g.tensors[3..].to_vec(), vec![])), 1, 2);
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, gguf: &Gguf| {
        let path = folder.path().join(name);
        std::fs::write(&path, gguf.bytes()).unwrap();
        File::open(path).unwrap()
    };
    let (a, b) = (open("a", &first), open("b", &second));
    let header = validate_parts(&[&a, &b]).unwrap();
    assert_eq!((header.tensors, header.parts), (5, 2));
    let wrong = |files: &[&File]| validate_parts(files).unwrap_err().problem;
    assert_eq!(wrong(&[&a]), BrokenRule::Split);
    assert_eq!(wrong(&[&b, &a]), BrokenRule::Split);
    assert_eq!(wrong(&[&a, &a]), BrokenRule::Split);
    assert_eq!(wrong(&[]), BrokenRule::Split);
    let fewer = open("c", &second.with(|g| g.tensors.truncate(1)));
    assert_eq!(wrong(&[&a, &fewer]), BrokenRule::Split);
}

#[test]
fn real_models_are_accepted_and_described() {
    let facts = [
        ("llama", 30, 8192, 9, 3, 64, 49_152, "Q4_1", false, 272),
        ("qwen2", 24, 32_768, 14, 2, 64, 151_936, "Q4_K_M", true, 291),
        ("qwen2", 28, 32_768, 12, 2, 128, 151_936, "Q4_K_M", true, 339),
    ];
    for (file, fact) in REAL.into_iter().zip(facts) {
        let Some(path) = ground::model(file) else { continue };
        let started = std::time::Instant::now();
        let opened = File::open(path).unwrap();
        let header = validate_file(&opened).unwrap_or_else(|why| panic!("{file}: {why}"));
        eprintln!("{file}: {:?}", started.elapsed());
        let found = (
            header.architecture.as_str(),
            header.block_count,
            header.context_length,
            header.heads,
            header.heads_kv,
            header.key_length,
            header.vocabulary,
            header.quantisation.as_str(),
            header.fill_in_middle,
            header.tensors,
        );
        assert_eq!(found, fact, "{file}");
        assert!(header.data_offset + header.tensor_bytes <= opened.metadata().unwrap().len());
        eprintln!(
            "{file}: {} tensor bytes, {} parameters, tokenizer {}",
            header.tensor_bytes, header.parameters, header.tokenizer
        );
    }
}

/// Bytes of a real header overwritten: refused or accepted, but never a panic, and never slow.
#[test]
fn mutants_of_a_real_header_never_panic() {
    let Some(path) = ground::model(REAL[0]) else { return };
    let whole = std::fs::read(path).unwrap();
    let len = whole.len() as u64;
    let header = &whole[..1_785_664 + 4096];
    let edges = [0_u64, 1, 31, 0xFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, i64::MAX as u64, u64::MAX];
    let (mut refusals, mut acceptances) = (0, 0);
    let mut state = 0x5EED_u64;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut bytes = header.to_vec();
    for _ in 0..200 {
        // The first 2,000 bytes and the last 30,000 hold the fields; between them are the tokens.
        let at = if random(3) == 0 { random(2_000) } else { header.len() - 8 - random(30_000) };
        let width = [1, 4, 8][random(3)];
        let edge = edges[random(edges.len())].to_le_bytes();
        let before = bytes[at..at + 8].to_vec();
        bytes[at..at + width].copy_from_slice(&edge[..width]);
        match validate(&mut Cursor::new(&bytes), len) {
            Ok(_) => acceptances += 1,
            Err(why) => {
                refusals += 1;
                assert!(why.offset <= len, "{why}");
            }
        }
        bytes[at..at + 8].copy_from_slice(&before);
    }
    assert!(
        refusals > 20 && acceptances > 0,
        "{refusals} refused, {acceptances} accepted: the mutants are no test"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_judged_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(judge(&bytes).is_err());
        let gguf = [&b"GGUF\x03\0\0\0"[..], &bytes].concat();
        prop_assert!(judge(&gguf).is_err());
    }

    #[test]
    fn any_change_to_a_tiny_model_is_judged_without_panic(at in 0_usize..1_700, bytes in any::<[u8; 8]>(), n in 1_usize..8) {
        let mut gguf = Gguf::model().bytes();
        let at = at.min(gguf.len() - n);
        gguf[at..at + n].copy_from_slice(&bytes[..n]);
        if let Err(why) = judge(&gguf) {
            prop_assert!(why.offset <= gguf.len() as u64, "{}", why);
        }
    }

    #[test]
    fn every_model_of_a_valid_shape_is_accepted(
        blocks in 1_u32..20, heads in 1_u32..8, groups in 1_u32..4, half_head in 1_u32..17, vocabulary in 1_u64..150,
    ) {
        let (heads, width) = (heads * groups, u64::from(heads * groups * half_head * 2));
        let tokens: Vec<String> = (0..vocabulary).map(|n| format!("t{n}")).collect();
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let gguf = Gguf::model()
            .set("llama.block_count", Val::U32(blocks))
            .set("llama.embedding_length", Val::U32(width as u32))
            .set("llama.attention.head_count", Val::U32(heads))
            .set("llama.attention.head_count_kv", Val::U32(heads / groups))
            .without("llama.rope.dimension_count")
            .set("tokenizer.ggml.tokens", strings(&tokens))
            .without("tokenizer.ggml.scores").without("tokenizer.ggml.token_type")
            .without("tokenizer.ggml.bos_token_id").without("tokenizer.ggml.eos_token_id")
            .with(|g| {
                g.tensors = vec![ten("token_embd.weight", &[width, vocabulary], 0)];
                g.tensors.extend((0..blocks).map(|n| ten(&format!("blk.{n}.attn_q.weight"), &[1, width], 0)));
            });
        let bytes = gguf.bytes();
        let header = judge(&bytes);
        prop_assert!(header.is_ok(), "{}", header.unwrap_err());
        prop_assert_eq!(header.unwrap().layers.len(), blocks as usize);
    }
}
