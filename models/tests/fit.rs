//! Predictions for the real headers and for the machines that the product is made for.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use models::catalog::{self, StandardProfile};
use models::fit::{
    self, FitVerdict, GIB, KvPrecision, LoadPlan, MachineMemory, MemoryEstimate, Offload, budget,
    bytes_per_token, judge, offload, predict, predict_entry, recommended,
};
use models::gguf::{Header, TensorRole, validate, validate_file};
use models::repack::{self, Layout};
use std::fs::File;
use std::io::Cursor;
use support::{Gguf, REAL, Val, ground};

const MIB: u64 = 1 << 20;

/// An M3 Pro with 18 GB, its working set as its driver logs it.
const MAC: MachineMemory = MachineMemory {
    total: 18 * GIB,
    available: 12 * GIB,
    gpu_working_set: Some(12_884_920_000),
    reclaimable: 0,
};

fn linux(gib: u64) -> MachineMemory {
    MachineMemory { total: gib * GIB, available: gib * GIB / 4 * 3, gpu_working_set: None, reclaimable: 0 }
}

/// The header of a real model, where it is on the ground.
fn on_ground(index: usize) -> Option<Header> {
    let path = ground::model(REAL[index])?;
    Some(validate_file(&File::open(path).unwrap()).unwrap())
}

fn tiny(gguf: &Gguf) -> Header {
    let bytes = gguf.bytes();
    validate(&mut Cursor::new(&bytes), bytes.len() as u64).unwrap()
}

#[test]
fn kv_of_real_headers_is_what_the_catalogue_says() {
    let catalog = catalog::builtin().unwrap();
    let ids = [
        "smollm2-135m-instruct-q4_1",
        "qwen2.5-coder-0.5b-instruct-q4_k_m",
        "qwen2.5-coder-1.5b-instruct-q4_k_m",
    ];
    for (index, id) in ids.into_iter().enumerate() {
        let Some(header) = on_ground(index) else { continue };
        let entry = catalog.get(id).unwrap();
        let load = LoadPlan { context: 4_096, ..LoadPlan::default() };
        assert_eq!(predict(&header, load).kv, 4_096 * entry.kv_bytes_per_token, "{id}");
        assert_eq!(
            predict(&header, LoadPlan { kv: KvPrecision::Q8, ..load }).kv,
            4_096 * entry.kv_bytes_per_token / 32 * 17
        );
        assert_eq!(header.context_length, entry.context, "{id}");
        assert_eq!(header.fill_in_middle, entry.fill_in_middle, "{id}");
        let shape = entry.shape.as_ref().unwrap();
        let own = header.weights.iter().any(|weight| weight.role == TensorRole::Output);
        assert_eq!((own, header.vocabulary), (shape.output_in_file, shape.vocabulary), "{id}");
        assert_eq!(header.quantisation, entry.quantisation, "{id}");
        let exact = predict(&header, load).total();
        let card = predict_entry(entry, load).total();
        assert!(card >= exact && card - exact < exact / 50, "{id}: a card says {card}, the header {exact}");
    }
}

/// Copies take the place of their originals, so layouts differ in nothing but what they add to a block.
#[test]
fn layouts_of_the_cpu_cost_what_their_sources_say() {
    let Some(header) = on_ground(2) else { return };
    let weights = |layout| repack::resident(&header, layout);
    let copied = |layout| repack::copies(&header, layout).iter().map(|copy| copy.bytes).sum::<u64>();
    assert_eq!((weights(Layout::Mapped), copied(Layout::Mapped)), (header.tensor_bytes, 0));
    // llama.cpp's own line for this model: CPU_REPACK model buffer size = 596.53 MiB.
    for layout in [Layout::Avx2, Layout::Avx512] {
        assert_eq!((weights(layout), copied(layout)), (header.tensor_bytes, 625_508_352));
    }
    assert_eq!(weights(Layout::Neon), header.tensor_bytes);
    assert!(weights(Layout::Amx) > header.tensor_bytes, "tiles keep sums");
    let freed = repack::freed(&header, Layout::Avx2);
    assert_eq!(freed.iter().map(|range| range.end - range.start).sum::<u64>() / MIB, 596);
    assert!(
        freed.windows(2).all(|pair| pair[0].end < pair[1].start) && freed.len() < 4 * 28,
        "{}",
        freed.len()
    );
    // SmolLM2 multiplies with its token table, of q8_0: where that is copied, the copy stands beside it.
    let tied = on_ground(0).unwrap();
    let table = 49_152 * 576 / 32 * 34;
    assert_eq!(repack::resident(&tied, Layout::Neon), tied.tensor_bytes + table);
}

#[test]
fn compute_is_the_largest_stage_and_what_comes_with_it() {
    let base = LoadPlan { context: 2_048, outputs: 17, ..LoadPlan::default() };
    // MiB of llama.cpp's "CPU compute buffer size", tokens.
    for (index, line, vocabulary) in [(0, 5.10, 49_152), (1, 12.55, 151_936), (2, 17.38, 151_936)] {
        let Some(header) = on_ground(index) else { return };
        let beside = fit::PROCESS + fit::PER_MODEL + vocabulary * (fit::TOKEN + 17 * 4);
        let buffer = (predict(&header, base).compute - beside) as f64 / MIB as f64;
        assert!((buffer - line).abs() < 0.02, "{buffer} MiB, llama.cpp says {line}");
    }
}

#[test]
fn need_grows_with_each_thing_that_costs() {
    let header = tiny(&Gguf::model().set("llama.attention.head_count_kv", Val::U32(4)));
    let base = LoadPlan { context: 4_096, ..LoadPlan::default() };
    let total = |load| predict(&header, load).total();
    assert!(total(LoadPlan { context: 8_192, ..base }) > total(base));
    assert!(total(LoadPlan { kv: KvPrecision::Q8, ..base }) < total(base));
    assert!(total(LoadPlan { micro_batch: 1_024, ..base }) > total(base));
    assert_eq!(predict(&header, base).kv, 4_096 * 2 * (4 * 8 * 2 * 2));
}

#[test]
fn a_sliding_layer_keeps_only_its_window() {
    let gemma = |pattern: Option<Val>| {
        let mut gguf = Gguf::model().set("general.architecture", Val::Str("gemma3".into()));
        for (key, _) in &mut gguf.kv {
            *key = key.replace("llama.", "gemma3.");
        }
        let gguf = gguf.set("gemma3.attention.sliding_window", Val::U32(256));
        tiny(&match pattern {
            Some(pattern) => gguf.set("gemma3.attention.sliding_window_pattern", pattern),
            None => gguf,
        })
    };
    let load = LoadPlan { context: 8_192, micro_batch: 256, ..LoadPlan::default() };
    let layer = |cells: u64| cells * 64;
    assert_eq!(predict(&gemma(None), load).kv, 2 * layer(512), "of 6 layers 5 slide");
    assert_eq!(predict(&gemma(Some(Val::U32(2))), load).kv, layer(512) + layer(8_192));
    let array = Val::Arr(7, 2, vec![0, 1]);
    assert_eq!(predict(&gemma(Some(array)), load).kv, layer(8_192) + layer(512));
}

#[test]
fn the_macs_profiles_are_as_planned() {
    let catalog = catalog::builtin().unwrap();
    assert_eq!(budget(MAC) / GIB, 11, "12 GiB working set less one");
    let verdict = |profile, context| {
        let load = LoadPlan { context, ..LoadPlan::default() };
        judge(predict_entry(catalog.of_profile(profile).unwrap(), load), MAC)
    };
    assert_eq!(verdict(StandardProfile::Starter, 8_192), FitVerdict::Fits);
    assert_eq!(verdict(StandardProfile::Fast, 32_768), FitVerdict::Fits);
    assert_eq!(verdict(StandardProfile::Balanced, 8_192), FitVerdict::Fits);
    assert_eq!(verdict(StandardProfile::Heavy, 4_096), FitVerdict::Fits);
    assert!(matches!(verdict(StandardProfile::Heavy, 8_192), FitVerdict::Tight { .. }));
    assert!(matches!(verdict(StandardProfile::Heavy, 32_768), FitVerdict::DoesNotFit { .. }));
}

#[test]
fn refusals_say_how_much_is_missing() {
    let need = MemoryEstimate { weights: 10 * GIB, ..MemoryEstimate::default() };
    let FitVerdict::DoesNotFit { why, missing } = judge(need, linux(8)) else {
        panic!("10 GiB do not fit 8")
    };
    assert_eq!(missing, 4 * GIB);
    assert!(why.contains("10.0 GiB") && why.contains("6.0 GiB") && why.contains("4.0 GiB"), "{why}");
    let busy = MachineMemory { available: GIB, ..linux(32) };
    assert!(matches!(judge(need, busy), FitVerdict::Tight { .. }));
    assert_eq!(judge(need, MachineMemory { reclaimable: 12 * GIB, ..busy }), FitVerdict::Fits);
}

#[test]
fn recommendations_step_down_and_never_beyond_the_training() {
    let Some(header) = on_ground(2) else { return };
    let wanted = LoadPlan { context: 131_072, ..LoadPlan::default() };
    let roomy = recommended(&header, linux(32), wanted);
    assert_eq!(
        (roomy.load.context, roomy.load.kv, roomy.verdict),
        (32_768, KvPrecision::F16, FitVerdict::Fits)
    );
    let mut last = u64::MAX;
    for tenths in (15..35).rev() {
        let machine = MachineMemory { total: tenths * GIB / 10, available: tenths * GIB / 10, ..linux(1) };
        let best = recommended(&header, machine, wanted);
        assert!(best.need.total() <= last, "less memory never means a larger load");
        last = best.need.total();
        if !matches!(best.verdict, FitVerdict::DoesNotFit { .. }) {
            assert!(best.need.total() <= budget(machine));
        }
    }
    let hopeless = recommended(&header, linux(1), wanted);
    assert!(matches!(hopeless.verdict, FitVerdict::DoesNotFit { .. }));
    assert!(hopeless.load.context < 2_048, "the smallest step is the one that is told about");
}

#[test]
fn a_gpu_of_its_own_takes_as_many_layers_as_fit() {
    let Some(header) = on_ground(2) else { return };
    let load = LoadPlan::default();
    let all = offload(&header, load, u64::MAX);
    assert_eq!(all.layers, header.layers.len() as u32 + 1);
    assert_eq!(offload(&header, load, all.gpu), all, "what it takes is what it asks for");
    let weights = header.tensor_bytes + predict(&header, load).kv;
    assert!(all.gpu + all.cpu > weights, "nothing is lost between the two");

    let mut before = all;
    for percent in (0..100).rev() {
        let room = all.gpu / 100 * percent;
        let part = offload(&header, load, room);
        assert!(
            part.gpu <= room && part.layers <= before.layers && part.cpu >= before.cpu,
            "{percent} %: {part:?}"
        );
        before = part;
    }
    assert_eq!(before, Offload { layers: 0, gpu: 0, cpu: predict(&header, load).total() });
}

#[test]
fn a_token_reads_the_weights_and_the_context() {
    let (Some(small), Some(large)) = (on_ground(1), on_ground(2)) else { return };
    let times = bytes_per_token(&large, 0) / bytes_per_token(&small, 0);
    assert!((30.0 / 14.0..35.0 / 14.0).contains(&times), "{times}");
    assert!(bytes_per_token(&large, 32_768) > bytes_per_token(&large, 0));
}

#[test]
fn absurd_headers_do_not_overflow() {
    let header = tiny(&Gguf::model());
    let load = LoadPlan { context: u32::MAX, micro_batch: u32::MAX, ..LoadPlan::default() };
    assert!(predict(&header, load).total() > 1 << 40);
}
