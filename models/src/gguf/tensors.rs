//! The list of tensors: names, shapes, types, and that their bytes lie one behind the other inside the file.

use super::reader::GgufReader;
use super::vocabulary::{show, text};
use super::{BrokenRule, Invalid, TensorType, limits};
use std::collections::HashSet;
use std::io::{Read, Seek};

/// A tensor as the list declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) name: Box<str>,
    pub(super) shape: [u64; 4],
    pub(super) dimensions: u32,
    pub(super) kind: TensorType,
    pub(super) bytes: u64,
    /// Of its line in the list.
    pub(super) line: u64,
    /// Of its data, from the start of the data section.
    offset: u64,
    /// Of its data, from the start of the file; known once the layout was checked.
    pub(super) at: u64,
}

/// Types that are only intermediate results of ggml, or plain numbers: computing with one as a weight aborts.
const NOT_WEIGHTS: [&str; 7] = ["q8_1", "q8_K", "i8", "i16", "i32", "i64", "f64"];

pub(super) fn read<R: Read + Seek>(
    reader: &mut GgufReader<'_, R>,
    count: u64,
) -> Result<Vec<Tensor>, Invalid> {
    let mut names = HashSet::new();
    let mut tensors = Vec::with_capacity(count as usize);
    for index in 0..count {
        let tensor = tensor(reader, index)?;
        if !names.insert(tensor.name.clone()) {
            return Err(Invalid::new(
                BrokenRule::Tensor,
                tensor.line,
                format!("tensor {index}"),
                format!("«{}», which occurs twice", show(&tensor.name)),
                "each name may be there once",
            ));
        }
        tensors.push(tensor);
    }
    Ok(tensors)
}

fn tensor<R: Read + Seek>(reader: &mut GgufReader<'_, R>, index: u64) -> Result<Tensor, Invalid> {
    let line = reader.offset();
    let field = format!("the name of tensor {index}");
    let name: Box<str> = text(reader, &field, limits::TENSOR_NAME)
        .map_err(|why| {
            if why.problem == BrokenRule::Value {
                Invalid { problem: BrokenRule::Tensor, ..why }
            } else {
                why
            }
        })?
        .into();
    if name.is_empty() || name.contains('\0') {
        return Err(Invalid::new(
            BrokenRule::Tensor,
            line,
            field,
            "empty or has a NUL",
            "1 to 63 bytes, no NUL",
        ));
    }
    let (shape, dimensions) = shape(reader, &name)?;
    let kind = kind(reader, &name, shape, dimensions)?;
    let bytes = bytes(shape, kind).ok_or_else(|| {
        let found = format!("of shape {shape:?}");
        Invalid::new(BrokenRule::Tensor, line, &*name, found, "its size must be below 2^63 bytes")
    })?;
    let offset = reader.u64(&name)?;
    Ok(Tensor { name, shape, dimensions, kind, bytes, line, offset, at: 0 })
}

fn shape<R: Read + Seek>(reader: &mut GgufReader<'_, R>, name: &str) -> Result<([u64; 4], u32), Invalid> {
    let at = reader.offset();
    let dimensions = reader.u32(name)?;
    if !(1..=4).contains(&dimensions) {
        let found = format!("of {dimensions} dimensions");
        return Err(Invalid::new(BrokenRule::Tensor, at, name, found, "1 to 4 are allowed"));
    }
    let mut shape = [1; 4];
    for size in &mut shape[..dimensions as usize] {
        let at = reader.offset();
        *size = reader.u64(name)?;
        if *size == 0 || *size > i64::MAX as u64 {
            let found = format!("{size} wide in one dimension");
            return Err(Invalid::new(BrokenRule::Tensor, at, name, found, "each must be 1 to 2^63-1"));
        }
    }
    Ok((shape, dimensions))
}

fn kind<R: Read + Seek>(
    reader: &mut GgufReader<'_, R>,
    name: &str,
    shape: [u64; 4],
    dimensions: u32,
) -> Result<TensorType, Invalid> {
    let at = reader.offset();
    let id = reader.u32(name)?;
    let refuse = |found: String, limit: String| Err(Invalid::new(BrokenRule::Tensor, at, name, found, limit));
    let Some(kind) = TensorType::of(id) else {
        return refuse(format!("of type {id}"), "that type does not exist, or not any more".to_owned());
    };
    if !shape[0].is_multiple_of(kind.block) {
        let found = format!("{} wide", shape[0]);
        return refuse(found, format!("a multiple of {} is needed for {}", kind.block, kind.name));
    }
    if NOT_WEIGHTS.contains(&kind.name) || (dimensions == 1 && kind.name != "f32") {
        let found = format!("of type {} with {dimensions} dimensions", kind.name);
        return refuse(found, "vectors are f32, matrices any type that can be multiplied".to_owned());
    }
    Ok(kind)
}

fn bytes(shape: [u64; 4], kind: TensorType) -> Option<u64> {
    let elements = shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size))?;
    let bytes = (elements / kind.block).checked_mul(kind.bytes)?;
    (elements <= i64::MAX as u64 && bytes <= i64::MAX as u64).then_some(bytes)
}

/// Checks that the data of `tensors` starts at `data`, has no gaps or overlaps, and ends inside the file; notes where each
/// one lies.
pub(super) fn check_layout(
    tensors: &mut [Tensor],
    data: u64,
    alignment: u64,
    len: u64,
) -> Result<(), Invalid> {
    let mut expected = 0_u64;
    for tensor in tensors {
        let refuse = |found: String, limit: String| {
            Err(Invalid::new(BrokenRule::Layout, tensor.line, &*tensor.name, found, limit))
        };
        if tensor.offset != expected {
            return refuse(
                format!("at offset {}", tensor.offset),
                format!("the one before it ends at {expected}"),
            );
        }
        let behind = data.checked_add(expected).and_then(|start| start.checked_add(tensor.bytes));
        let next = expected.checked_add(tensor.bytes).and_then(|end| end.checked_next_multiple_of(alignment));
        let (Some(behind), Some(next)) = (behind, next) else {
            return refuse(format!("{} bytes long", tensor.bytes), "that is not a file size".to_owned());
        };
        if behind > len {
            return refuse(format!("said to end at byte {behind}"), format!("the file has {len} bytes"));
        }
        tensor.at = data + expected;
        expected = next;
    }
    Ok(())
}
