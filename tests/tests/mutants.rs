//! Files that the header check accepts, loaded by the real worker in its sandbox: what is accepted must not crash llama.cpp.
//!
//! Mutants are made field by field from tiny models that load: values at their edges, other types, lists of another length,
//! tensors of other shapes, types and names, fields that only some models have. `LOCALCODER_MUTANTS` says how many accepted
//! ones are loaded (CI: the number below; 10,000 before a release). What kills the worker is kept in the folder that the
//! failure names, and becomes a new check in models::gguf.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../../models/tests/support/gguf.rs"]
#[allow(dead_code, reason = "this test uses a part of the generator")]
mod generator;

use generator::{Gguf, Val, floats, ints, strings, ten};
use ipc::{
    blocking::Conversation,
    protocol::{Control, Failure, FailureKind, ModelRef, Prompt, RunProfile, Sampling},
};
use std::{
    collections::BTreeMap,
    io::Cursor,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tests::worker;

/// Accepted mutants that are loaded when nobody says how many.
const FEW: usize = 1_000;
/// A tiny model that computes longer hangs: seconds of processor time, for others may be busy.
const MAX_COMPUTING: f64 = 5.0;
/// One that takes longer altogether waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a worker is looked at.
const LOOK: Duration = Duration::from_secs(1);

#[test]
fn accepted_mutants_never_kill_the_worker() {
    let wanted = std::env::var("LOCALCODER_MUTANTS").map_or(FEW, |count| count.parse().unwrap());
    let seed = std::env::var("LOCALCODER_MUTANTS_SEED").map_or(1, |seed| seed.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (mut random, mut tally) = (Random(seed), BTreeMap::<String, usize>::new());
    let mut trial = Trial::new();
    let mut deadly = Vec::new();
    let (mut made, mut loaded) = (0, 0);
    while loaded < wanted {
        made += 1;
        let (mutant, recipe) = mutant(&mut random);
        let bytes = mutant.bytes();
        if models::gguf::validate(&mut Cursor::new(&bytes), bytes.len() as u64).is_err() {
            continue;
        }
        let path = folder.path().join(format!("{loaded}.gguf"));
        std::fs::write(&path, &bytes).unwrap();
        loaded += 1;
        let outcome = trial.load(&path);
        if let Err(Failure { kind: FailureKind::WorkerDied | FailureKind::WorkerStart, text, .. }) = &outcome
        {
            deadly.push(format!("{}: {recipe}: {text}", path.display()));
            println!("{}", deadly[deadly.len() - 1]);
            trial = Trial::new();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        *tally
            .entry(outcome.map_or_else(|failure| format!("{:?}", failure.kind), |()| "answered".into()))
            .or_default() += 1;
    }
    println!("{made} mutants, {loaded} accepted by the header check and loaded: {tally:?}");
    assert!(
        tally.get("answered").is_some_and(|answered| *answered > wanted / 5),
        "{tally:?}: the mutants are no test"
    );
    if !deadly.is_empty() {
        let kept = folder.keep();
        panic!("{} files kill the worker, kept in {}:\n{}", deadly.len(), kept.display(), deadly.join("\n"));
    }
}

/// One worker for many files.
struct Trial {
    conversation: Conversation,
    turn: Arc<AtomicUsize>,
    watched: Arc<AtomicU32>,
}

impl Trial {
    fn new() -> Trial {
        let trial = Trial {
            conversation: Conversation::new(worker()),
            turn: Arc::default(),
            watched: Arc::default(),
        };
        trial.watch();
        trial
    }

    /// Ends a worker that takes too long for one file, so that it counts as dead.
    fn watch(&self) {
        let (turn, watched) = (Arc::downgrade(&self.turn), self.watched.clone());
        thread::spawn(move || {
            let mut last = (usize::MAX, 0, Instant::now(), 0.0);
            while let Some(turn) = turn.upgrade() {
                let (now, pid) = (turn.load(Ordering::Relaxed), watched.load(Ordering::Relaxed));
                let computed = processor_seconds(pid).unwrap_or(0.0);
                let (turn_then, pid_then, since, computed_then) = last;
                if (now, pid) != (turn_then, pid_then) {
                    last = (now, pid, Instant::now(), computed);
                } else if pid != 0 && (computed - computed_then > MAX_COMPUTING || since.elapsed() > PATIENCE)
                {
                    let _it_may_be_gone =
                        std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
                }
                drop(turn);
                thread::sleep(LOOK);
            }
        });
    }

    /// Loads a file, lets it answer, and unloads it.
    fn load(&mut self, path: &Path) -> Result<(), Failure> {
        self.turn.fetch_add(1, Ordering::Relaxed);
        let model = ModelRef { id: "mutant".into(), path: path.to_owned(), sha256: None, stamp: None };
        let profile = RunProfile { context_tokens: 256, threads: Some(1), ..RunProfile::default() };
        let loaded = self.conversation.load(&model, &profile, |_| {});
        self.watched.store(self.conversation.client().worker_pid().unwrap_or(0), Ordering::Relaxed);
        loaded?;
        let control = Control { max_tokens: Some(4), ..Control::default() };
        let prompt = Prompt::Raw("ab c\u{e4}\n<s>d".into());
        let answer = self.conversation.ask(prompt, Sampling::default(), control, |_, _| {}).map(|_| ());
        self.conversation.unload()?;
        answer
    }
}

/// What a process has computed so far (proc(5): fields 14 and 15 of `stat`, in hundredths); `None` where the system does not tell.
fn processor_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let times = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11).take(2);
    Some(times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0)
}

/// A linear congruential generator (Knuth, MMIX): the same mutants for the same seed everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// A model that llama.cpp loads and answers with.
fn base(random: &mut Random) -> (Gguf, &'static str) {
    let architecture = random.of(&["llama", "qwen2", "qwen3", "gemma2", "phi3"]);
    let mut gguf = Gguf::model();
    for (key, value) in &mut gguf.kv {
        match key.strip_prefix("llama.") {
            Some(rest) => *key = format!("{architecture}.{rest}"),
            None if key == "general.architecture" => *value = Val::Str(architecture.into()),
            None => {}
        }
    }
    let kind = random.of(&[0, 1, 2, 8]);
    gguf.tensors = vec![ten("token_embd.weight", &[32, 8], kind), ten("output_norm.weight", &[32], 0)];
    if random.below(2) == 0 {
        gguf.tensors.push(ten("output.weight", &[32, 8], kind));
    }
    for block in 0..2 {
        let mut add = |name: &str, shape: &[u64]| {
            let kind = if shape.len() == 1 { 0 } else { kind };
            gguf.tensors.push(ten(&format!("blk.{block}.{name}"), shape, kind));
        };
        match architecture {
            "phi3" => {
                add("attn_qkv.weight", &[32, 64]);
                add("ffn_up.weight", &[32, 128]);
            }
            _ => {
                add("attn_q.weight", &[32, 32]);
                add("attn_k.weight", &[32, 16]);
                add("attn_v.weight", &[32, 16]);
                add("ffn_gate.weight", &[32, 64]);
                add("ffn_up.weight", &[32, 64]);
            }
        }
        add("attn_output.weight", &[32, 32]);
        add("ffn_down.weight", &[64, 32]);
        add("attn_norm.weight", &[32]);
        add("ffn_norm.weight", &[32]);
        match architecture {
            "qwen2" => {
                add("attn_q.bias", &[32]);
                add("attn_k.bias", &[16]);
                add("attn_v.bias", &[16]);
            }
            "qwen3" => {
                add("attn_q_norm.weight", &[8]);
                add("attn_k_norm.weight", &[8]);
            }
            "gemma2" => {
                add("post_attention_norm.weight", &[32]);
                add("post_ffw_norm.weight", &[32]);
            }
            _ => {}
        }
    }
    (gguf, architecture)
}

/// A base with one to three fields changed, and what was done.
fn mutant(random: &mut Random) -> (Gguf, String) {
    let (mut gguf, architecture) = base(random);
    let mut recipe = architecture.to_owned();
    for _ in 0..1 + random.below(3) {
        let step = match random.below(10) {
            0..3 => change_value(&mut gguf, random),
            3..6 => add_field(&mut gguf, architecture, random),
            6..8 => change_tensor(&mut gguf, random),
            8 => change_vocabulary(&mut gguf, random),
            _ => change_list(&mut gguf, random),
        };
        recipe = format!("{recipe}; {step}");
    }
    (gguf, recipe)
}

const EDGES: [u64; 22] =
    [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 33, 64, 127, 128, 255, 256, 4096, 65_535, 0x7FFF_FFFF, u64::MAX];

fn number(random: &mut Random) -> Val {
    let edge = random.of(&EDGES);
    match random.below(8) {
        0 => Val::U64(edge),
        1 => Val::I32(edge as i32),
        2 => Val::U8(edge as u8),
        3 => float(random),
        4 => Val::Bool(edge % 2 == 1),
        _ => Val::U32(edge as u32),
    }
}

fn float(random: &mut Random) -> Val {
    let edges = [
        0.0,
        1.0,
        -1.0,
        1e-5,
        1e-30,
        1e30,
        10_000.0,
        f32::MIN_POSITIVE,
        f32::MAX,
        f32::MIN,
        f32::NAN,
        f32::INFINITY,
    ];
    Val::F32(random.of(&edges))
}

/// An existing field gets another value, goes, or comes twice.
fn change_value(gguf: &mut Gguf, random: &mut Random) -> String {
    let at = random.below(gguf.kv.len());
    let key = gguf.kv[at].0.clone();
    if random.below(8) == 0 {
        gguf.kv.remove(at);
        return format!("without {key}");
    }
    let value = match random.below(6) {
        0 => float(random),
        1 => Val::Str(
            random
                .of(&["", "none", "llama", "gpt2", "default", "qwen2", "yarn", "{{ x", "\u{10FFFF}"])
                .into(),
        ),
        2 => ints(&[random.of(&EDGES) as i32, random.of(&EDGES) as i32]),
        _ => number(random),
    };
    let text = format!("{key} = {value:?}");
    gguf.kv[at].1 = value;
    text
}

/// A field that some models have and llama.cpp's loader reads (llama-arch.cpp).
fn add_field(gguf: &mut Gguf, architecture: &str, random: &mut Random) -> String {
    let of_model = [
        "vocab_size",
        "expert_count",
        "expert_used_count",
        "expert_group_count",
        "expert_group_used_count",
        "expert_feed_forward_length",
        "expert_shared_count",
        "expert_shared_feed_forward_length",
        "leading_dense_block_count",
        "expert_weights_scale",
        "expert_weights_norm",
        "expert_gating_func",
        "pooling_type",
        "logit_scale",
        "decoder_start_token_id",
        "attn_logit_softcapping",
        "final_logit_softcapping",
        "residual_scale",
        "embedding_scale",
        "attention.max_alibi_bias",
        "attention.clamp_kqv",
        "attention.key_length",
        "attention.value_length",
        "attention.layer_norm_epsilon",
        "attention.causal",
        "attention.sliding_window",
        "attention.sliding_window_pattern",
        "attention.scale",
        "attention.output_scale",
        "attention.temperature_length",
        "attention.key_length_mla",
        "attention.value_length_mla",
        "attention.key_length_swa",
        "attention.value_length_swa",
        "attention.shared_kv_layers",
        "attention.indexer.head_count",
        "attention.q_lora_rank",
        "attention.kv_lora_rank",
        "rope.dimension_count",
        "rope.dimension_count_swa",
        "rope.dimension_sections",
        "rope.freq_base",
        "rope.freq_base_swa",
        "rope.scale_linear",
        "rope.scaling.factor",
        "rope.scaling.attn_factor",
        "rope.scaling.original_context_length",
        "rope.scaling.finetuned",
        "rope.scaling.yarn_log_multiplier",
        "rope.scaling.yarn_ext_factor",
        "rope.scaling.yarn_attn_factor",
        "rope.scaling.yarn_beta_fast",
        "rope.scaling.yarn_beta_slow",
        "split.count",
        "ssm.conv_kernel",
        "ssm.inner_size",
        "ssm.state_size",
        "ssm.time_step_rank",
        "ssm.group_count",
        "nextn_predict_layers",
        "embedding_length_per_layer_input",
        "embedding_length_out",
        "features_length",
        "posnet.embedding_length",
        "token_shift_count",
        "interleave_moe_layer_step",
        "full_attention_interval",
        "use_parallel_residual",
        "swiglu_clamp_exp",
        "dense_2_feat_in",
        "rescale_every_n_layers",
    ];
    let of_tokenizer = [
        "pre",
        "token_type_count",
        "add_bos_token",
        "add_eos_token",
        "add_sep_token",
        "add_space_prefix",
        "remove_extra_whitespaces",
        "precompiled_charsmap",
        "unknown_token_id",
        "seperator_token_id",
        "padding_token_id",
        "eot_token_id",
        "eom_token_id",
        "fim_pre_token_id",
        "fim_suf_token_id",
        "fim_mid_token_id",
        "fim_pad_token_id",
        "fim_rep_token_id",
        "fim_sep_token_id",
        "mask_token_id",
        "suppress_tokens",
        "cls_token_id",
    ];
    let key = match random.below(3) {
        0 => format!("tokenizer.ggml.{}", random.of(&of_tokenizer)),
        _ => format!("{architecture}.{}", random.of(&of_model)),
    };
    let value = match random.below(6) {
        0 | 1 => float(random),
        2 => {
            let names = [
                "llama-bpe",
                "qwen2",
                "default",
                "gpt-2",
                "deepseek-coder",
                "yarn",
                "longrope",
                "none",
                "nonsense",
            ];
            Val::Str(random.of(&names).into())
        }
        3 => ints(&[random.of(&[0, 1, 8, 64, -1]), random.of(&[0, 1, 8, 64, i32::MAX])]),
        _ => number(random),
    };
    let text = format!("{key} = {value:?}");
    *gguf = gguf.clone().set(&key, value);
    text
}

/// A tensor gets another shape, type or name, goes, or is joined by one.
fn change_tensor(gguf: &mut Gguf, random: &mut Random) -> String {
    let at = random.below(gguf.tensors.len());
    let name = gguf.tensors[at].name.clone();
    match random.below(6) {
        0 => {
            gguf.tensors.remove(at);
            return format!("without {name}");
        }
        1 => {
            let others = [
                "rope_freqs.weight",
                "blk.0.attn_q.bias",
                "blk.1.attn_qkv.weight",
                "blk.0.ffn_gate_inp.weight",
                "blk.0.ffn_gate_exps.weight",
                "output.bias",
                "blk.0.attn_rot_embd",
                "output_norm.bias",
                "blk.0.attn_sinks.weight",
                "per_layer_token_embd.weight",
                "blk.1.ffn_down.scale",
                "rope_factors_long.weight",
                "rope_factors_short.weight",
            ];
            let shape =
                random.of(&[vec![4], vec![8], vec![32], vec![32, 32], vec![32, 8], vec![32, 32, 2], vec![1]]);
            let other = ten(random.of(&others), &shape, 0);
            let text = format!("with {} {shape:?}", other.name);
            gguf.tensors.push(other);
            return text;
        }
        2 => gguf.tensors[at].kind = random.of(&[0, 1, 2, 3, 6, 7, 8, 10, 12, 13, 14, 20, 30, 39, 40]),
        3 => {
            let dimension = random.below(gguf.tensors[at].shape.len());
            gguf.tensors[at].shape[dimension] = random.of(&[1, 2, 8, 16, 31, 32, 33, 64, 96, 256]);
        }
        4 => gguf.tensors[at].shape.push(random.of(&[1, 2])),
        _ => {
            gguf.tensors[at].name =
                random.of(&["blk.0.attn_x.weight", "x", "blk.1.ffn_norm.bias", "output.weight"]).into();
        }
    }
    let tensor = &gguf.tensors[at];
    format!("{name}: {} {:?} of type {}", tensor.name, tensor.shape, tensor.kind)
}

/// Other tokens, kinds and merges; the embedding follows, so that more of them are accepted.
fn change_vocabulary(gguf: &mut Gguf, random: &mut Random) -> String {
    let pool = [
        "a",
        "b",
        "ab",
        "<s>",
        "</s>",
        "Ġ",
        "c",
        "d",
        "",
        " ",
        "\n",
        "<|im_end|>",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "\u{FFFD}",
        "Ċ",
        "ÄĬ",
        "<0x0A>",
        "<unk>",
        "[UNK]",
        "aa",
        "<|endoftext|>",
        "▁",
        "\0",
        "Ġ Ġ",
    ];
    let count = 1 + random.below(12);
    let mut tokens: Vec<&str> = (0..count).map(|_| random.of(&pool)).collect();
    tokens.dedup();
    let kinds: Vec<i32> = tokens.iter().map(|_| random.of(&[0, 1, 2, 3, 4, 5, 6, 7, -1, 99])).collect();
    let merges = random.of(&[
        vec![],
        vec!["a b"],
        vec!["a", "b"],
        vec![" "],
        vec![""],
        vec!["a b c"],
        vec!["Ġ a", "a b"],
    ]);
    let text = format!("tokens {tokens:?} {kinds:?} merges {merges:?}");
    let scores = vec![0.0; tokens.len()];
    let len = tokens.len() as u64;
    *gguf = gguf
        .clone()
        .set("tokenizer.ggml.tokens", strings(&tokens))
        .set("tokenizer.ggml.token_type", ints(&kinds))
        .set("tokenizer.ggml.scores", floats(&scores))
        .set("tokenizer.ggml.merges", strings(&merges))
        .set("tokenizer.ggml.bos_token_id", Val::U32(random.below(tokens.len()) as u32))
        .set("tokenizer.ggml.eos_token_id", Val::U32(random.below(tokens.len()) as u32));
    for tensor in &mut gguf.tensors {
        if matches!(tensor.name.as_str(), "token_embd.weight" | "output.weight") && tensor.shape.len() == 2 {
            tensor.shape[1] = len;
        }
    }
    text
}

/// One number a block, where one for all is usual.
fn change_list(gguf: &mut Gguf, random: &mut Random) -> String {
    let keys = [
        "attention.head_count",
        "attention.head_count_kv",
        "feed_forward_length",
        "attention.sliding_window_pattern",
    ];
    let suffix = random.of(&keys);
    let architecture = gguf.kv.iter().find_map(|(key, _)| Some(key.strip_suffix(".block_count")?.to_owned()));
    let key = format!("{}.{suffix}", architecture.unwrap_or_default());
    let values = [random.of(&[0, 1, 2, 4, 8, 64]), random.of(&[0, 1, 2, 4, 8, 64])];
    *gguf = gguf.clone().set(&key, ints(&values));
    format!("{key} = {values:?}")
}
