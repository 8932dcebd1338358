//! Changing the number of computing threads between answers, as the worker does when the machine gets busy.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{fs::File, sync::mpsc, thread, time::Duration};

use inference::llama::{Batch, ContextOptions, LlamaBackend, LlamaContext, LlamaModel, LoadOptions};
use ipc::protocol::KvType;
use tests::TestModel;

const CHANGES: u32 = 60;

/// llama.cpp's backend pauses the pool it computed with last when it meets another, so a pool that is freed too early is a
/// lock in freed memory: the worker then waited for ever (seen in one of two runs of the residency tests).
#[test]
fn a_real_model_survives_many_changes_of_its_threads() {
    let (done, finished) = mpsc::channel();
    let worker = thread::spawn(move || {
        let file = File::open(TestModel::Starter.path()).unwrap();
        let load = LoadOptions::default();
        let model = LlamaModel::load(LlamaBackend::init(), file, &load, &mut |_| true).unwrap();
        let options = ContextOptions {
            tokens: 256,
            sequences: 1,
            batch: 32,
            outputs: 1,
            kv: KvType::F16,
            threads: 1,
            gpu: false,
        };
        let mut context = LlamaContext::new(&model, options).unwrap();
        let mut batch = Batch::new(1);
        for change in 0..CHANGES {
            context.set_threads(1 + change % 2);
            batch.clear();
            batch.push(0, 1, change, true);
            context.decode(&batch, None).unwrap();
        }
        done.send(()).unwrap();
    });
    let ended = finished.recv_timeout(Duration::from_secs(60));
    assert!(ended.is_ok(), "it hangs or died");
    worker.join().unwrap();
}
