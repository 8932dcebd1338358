//! The header check refuses or accepts any bytes, and what is accepted can be shown and judged, but nothing panics, overflows, hangs or
//! takes much memory.

use models::fit::{KvPrecision, LoadPlan, bytes_per_token, predict};
use models::repack::Layout;
use std::io::Cursor;

/// Whether they are accepted.
pub fn run(bytes: &[u8]) -> bool {
    let len = bytes.len() as u64;
    match models::gguf::validate(&mut Cursor::new(bytes), len) {
        Err(why) => {
            assert!(why.offset <= len && !why.to_string().is_empty(), "{why}");
            false
        }
        Ok(header) => {
            assert!(header.tensor_bytes <= len && header.data_offset <= len);
            for context in [1, header.context_length, u32::MAX] {
                let plain = predict(&header, LoadPlan { context, ..LoadPlan::default() });
                let other =
                    LoadPlan { context, kv: KvPrecision::Q8, layout: Layout::Amx, ..LoadPlan::default() };
                assert!(plain.total() > header.tensor_bytes);
                assert!(predict(&header, other).total() > header.tensor_bytes);
            }
            assert!(bytes_per_token(&header, 4_096).is_finite());
            true
        }
    }
}
