//! Offloading with a real driver. Not for every machine: it takes a worker that was built for a GPU and a device to run it,
//! which may be Mesa's software Vulkan (`LOCALCODER_WORKER`, `GGML_VK_VISIBLE_DEVICES=0`; docs/devices.md has the commands).
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use ipc::{
    blocking::Conversation,
    protocol::{Control, Device, FailureKind, LoadedModel, Prompt, RunProfile, Sampling, WorkerMessage},
};
use tests::{TestModel, worker};

const MB: u64 = 1_000_000;

fn with_budgets(gpu: u64, machine: u64) -> Conversation {
    let mut program = worker();
    program.env.push(("LOCALCODER_GPU_BUDGET".into(), gpu.to_string().into()));
    program.env.push(("LOCALCODER_MEMORY_BUDGET".into(), machine.to_string().into()));
    Conversation::new(program)
}

fn profile(gpu: bool) -> RunProfile {
    RunProfile { context_tokens: 2048, gpu, ..RunProfile::default() }
}

fn load(conversation: &Conversation, gpu: bool) -> LoadedModel {
    conversation.load(&TestModel::Starter.reference(), &profile(gpu), |_| {}).unwrap()
}

fn answer(conversation: &Conversation) -> String {
    let prompt = Prompt::Raw("def fibonacci(n):\n    if n < 2:\n        return n\n    return".into());
    let ctrl = Control { max_tokens: Some(12), ..Control::default() };
    conversation.ask(prompt, Sampling::default(), ctrl, |_, _| {}).unwrap().text
}

#[test]
#[ignore = "needs a worker built with --features vulkan and a device"]
fn layers_go_where_they_fit_and_answer_alike() {
    let roomy = with_budgets(4_000 * MB, 4_000 * MB);
    let devices: Vec<Device> = roomy.devices().unwrap();
    assert!(devices.iter().any(|device| device.gpu && !device.unified), "{devices:?}");
    let all = load(&roomy, true);
    assert_eq!(all.gpu_layers, all.layers);
    let on_gpu = answer(&roomy);

    let tight = with_budgets(120 * MB, 4_000 * MB);
    let part = load(&tight, true);
    assert!(part.gpu_layers > 0 && part.gpu_layers < part.layers, "{part:?}");
    let split = answer(&tight);

    let none = with_budgets(10 * MB, 4_000 * MB);
    assert_eq!(load(&none, true).gpu_layers, 0, "what does not fit stays beside the GPU");
    let chosen = with_budgets(4_000 * MB, 4_000 * MB);
    assert_eq!(load(&chosen, false).gpu_layers, 0, "and what the user keeps from it too");
    let on_cpu = answer(&chosen);
    assert!(on_cpu.contains("fibonacci"), "{on_cpu}");
    assert_eq!([&on_gpu, &split], [&on_cpu, &on_cpu]);
}

#[test]
#[ignore = "needs a worker built with --features vulkan and a device"]
fn both_memories_have_their_budget() {
    let conversation = with_budgets(120 * MB, 30 * MB);
    let refused = conversation.load(&TestModel::Starter.reference(), &profile(true), |_| {}).unwrap_err();
    assert_eq!(refused.kind, FailureKind::OutOfMemory, "{refused:?}");

    // One GPU holds both or the one that was used last.
    let roomy = with_budgets(4_000 * MB, 4_000 * MB);
    load(&roomy, true);
    roomy.load(&TestModel::Half.reference(), &profile(true), |_| {}).unwrap();
    assert_eq!(held(&roomy), ["qwen2.5-coder-0.5b-instruct-q4_k_m", &TestModel::Starter.reference().id]);
    let tight = with_budgets(600 * MB, 4_000 * MB);
    load(&tight, true);
    let large = tight.load(&TestModel::Half.reference(), &profile(true), |_| {}).unwrap();
    assert_eq!(large.gpu_layers, large.layers, "{large:?}");
    assert_eq!(held(&tight), ["qwen2.5-coder-0.5b-instruct-q4_k_m"]);
}

/// Models in memory, the one used last first; what they count for is within the budget of both memories.
fn held(conversation: &Conversation) -> Vec<String> {
    let Some(WorkerMessage::Residency { models, used, budget, .. }) = conversation.residency() else {
        panic!("nothing was told")
    };
    assert!(used > 100 * MB && used <= budget, "{used} of {budget}");
    models.into_iter().map(|model| model.id).collect()
}
