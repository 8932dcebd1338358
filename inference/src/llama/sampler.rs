//! Choosing the next token from logits.

use ipc::protocol::Sampling;
use llama_cpp_sys_2 as sys;

use super::{LlamaContext, Token, Vocabulary};

/// A chain of samplers with the memory of the tokens it has seen. Greedy without penalties is a plain maximum, which needs
/// no chain and is several times cheaper for a vocabulary of 150,000.
pub struct Sampler {
    chain: Option<Chain>,
}

struct Chain(*mut sys::llama_sampler);

// SAFETY: the chain owns its samplers and is used by one thread at a time.
unsafe impl Send for Chain {}

impl Drop for Chain {
    fn drop(&mut self) {
        // SAFETY: made by `llama_sampler_chain_init`, freed once; it frees the samplers added to it.
        unsafe { sys::llama_sampler_free(self.0) };
    }
}

impl Sampler {
    /// A sampler with these parameters. Order as in llama.cpp's own tools: penalties, top-k, top-p, min-p, temperature,
    /// then the choice.
    pub fn new(vocabulary: &Vocabulary, sampling: &Sampling) -> Sampler {
        let penalty = sampling.repeat_penalty != 1.0 && sampling.repeat_last > 0;
        let greedy = sampling.temperature <= 0.0;
        if greedy && !penalty {
            return Sampler { chain: None };
        }
        // SAFETY: the constructors have no obligations; each sampler is given to the chain, which owns it from then on.
        let chain = unsafe {
            let chain = sys::llama_sampler_chain_init(sys::llama_sampler_chain_default_params());
            let add = |sampler| sys::llama_sampler_chain_add(chain, sampler);
            if penalty {
                let tokens = i32::try_from(vocabulary.len()).unwrap_or(i32::MAX);
                let last = i32::try_from(sampling.repeat_last).unwrap_or(i32::MAX);
                add(sys::llama_sampler_init_penalties(tokens, last, sampling.repeat_penalty, 0.0, 0.0));
            }
            if greedy {
                add(sys::llama_sampler_init_greedy());
            } else {
                add(sys::llama_sampler_init_top_k(i32::try_from(sampling.top_k).unwrap_or(0)));
                add(sys::llama_sampler_init_top_p(sampling.top_p, 1));
                add(sys::llama_sampler_init_min_p(sampling.min_p, 1));
                add(sys::llama_sampler_init_temp(sampling.temperature));
                add(sys::llama_sampler_init_dist(sampling.seed));
            }
            Chain(chain)
        };
        Sampler { chain: Some(chain) }
    }

    /// Chooses the token that follows the `index`th of the last batch, and remembers it. `None` when that position has no
    /// logits.
    pub fn sample(&mut self, context: &LlamaContext, index: usize) -> Option<Token> {
        let Some(chain) = &self.chain else { return context.likeliest(index) };
        context.logits(index)?;
        let index = i32::try_from(index).ok()?;
        // SAFETY: chain and context are valid and the position has logits; `llama_sampler_sample` also accepts the token.
        Some(unsafe { sys::llama_sampler_sample(chain.0, context.raw(), index) })
    }
}
