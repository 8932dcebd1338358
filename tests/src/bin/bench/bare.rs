//! llama.cpp's own loop: no worker, no wire, no drafts, no sampling beyond a maximum. What the whole path is measured
//! against. Its products are computed by ggml's kernels, not by ours.

use std::{fs::File, path::Path, time::Instant};

use anyhow::{Context as _, Result, ensure};
use inference::llama::{
    Batch, ContextOptions, LlamaBackend, LlamaContext, LlamaModel, LoadOptions, Token, use_own_kernels,
};
use ipc::protocol::KvType;

/// A model with a context, driven by hand.
pub struct Bare {
    model: LlamaModel,
    context: LlamaContext,
    micro_batch: usize,
}

/// Tokens per second.
pub struct Rates {
    pub prefill: f64,
    pub decode: f64,
}

impl Bare {
    /// Loads the model as the worker does: same weights layout, context, batch and threads.
    pub fn load(path: &Path, tokens: u32, micro_batch: u32, threads: u32) -> Result<Bare> {
        let backend = LlamaBackend::init();
        use_own_kernels(false);
        let options = LoadOptions { repack: true, ..LoadOptions::default() };
        let model = LlamaModel::load(backend, File::open(path)?, &options, &mut |_| true)?;
        let options = ContextOptions {
            tokens,
            sequences: 1,
            batch: micro_batch,
            outputs: 32,
            kv: KvType::F16,
            threads,
            gpu: false,
        };
        let context = LlamaContext::new(&model, options)?;
        Ok(Bare { model, context, micro_batch: micro_batch as usize })
    }

    /// Tokens of a text, as the worker counts them for a raw prompt.
    pub fn tokens(&self, text: &str) -> Vec<Token> {
        let vocabulary = self.model.vocabulary();
        vocabulary.start().into_iter().chain(vocabulary.tokenize(text, false)).collect()
    }

    /// Milliseconds of a step that computes `size` tokens after `prompt`, the least of some: with ggml's kernels and with ours.
    pub fn step(&mut self, prompt: &[Token], size: usize) -> Result<[f64; 2]> {
        self.run(prompt, 2)?;
        let mut batch = Batch::new(size);
        let mut least = [f64::INFINITY; 2];
        for round in 0..12 {
            let own = round % 2;
            use_own_kernels(own == 1);
            self.context.truncate(0, prompt.len() as u32);
            batch.clear();
            for (i, token) in prompt.iter().cycle().take(size).enumerate() {
                batch.push(0, *token, (prompt.len() + i) as u32, true);
            }
            let start = Instant::now();
            self.context.decode(&batch, None)?;
            least[own] = least[own].min(start.elapsed().as_secs_f64() * 1000.0);
        }
        use_own_kernels(false);
        Ok(least)
    }

    /// Prefills `prompt` and decodes `count` tokens.
    pub fn run(&mut self, prompt: &[Token], count: usize) -> Result<Rates> {
        ensure!(!prompt.is_empty() && count > 1, "nothing to measure");
        self.context.truncate(0, 0);
        let mut batch = Batch::new(self.micro_batch);
        let start = Instant::now();
        for (n, chunk) in prompt.chunks(self.micro_batch).enumerate() {
            batch.clear();
            for (i, token) in chunk.iter().enumerate() {
                let at = n * self.micro_batch + i;
                batch.push(0, *token, at as u32, at + 1 == prompt.len());
            }
            self.context.decode(&batch, None)?;
        }
        let mut next = self.context.likeliest(batch.len() - 1).context("no logits")?;
        let prefill = start.elapsed();
        let start = Instant::now();
        for n in 1..count {
            batch.clear();
            batch.push(0, next, (prompt.len() + n - 1) as u32, true);
            self.context.decode(&batch, None)?;
            next = self.context.likeliest(0).context("no logits")?;
        }
        let decode = start.elapsed();
        Ok(Rates {
            prefill: prompt.len() as f64 / prefill.as_secs_f64(),
            decode: (count - 1) as f64 / decode.as_secs_f64(),
        })
    }
}
