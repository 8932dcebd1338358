//! One file: magic, version, counts, metadata, tensors, layout. A whole model is one of these, a split one several.

use super::reader::GgufReader;
use super::tensors::{self, Tensor};
use super::{BrokenRule, Invalid, ModelMetadata, Split, limits, metadata};
use std::fs::File;
use std::io::{Read, Seek};

/// The least bytes of a metadata entry: length and one byte of the key, type, one byte of value.
const MIN_ENTRY: u64 = 8 + 1 + 4 + 1;
/// The least bytes of a tensor's line: length and one byte of the name, dimensions, one size, type, offset.
const MIN_TENSOR: u64 = 8 + 1 + 4 + 8 + 4 + 8;

/// One file whose form is right; what it says is not judged yet.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) version: u32,
    pub(super) metadata: ModelMetadata,
    pub(super) tensors: Vec<Tensor>,
    pub(super) data_offset: u64,
    pub(super) split: Option<Split>,
}

pub(super) fn read_file(mut file: &File) -> Result<Part, Invalid> {
    let len = file.metadata().map_err(|cause| {
        Invalid::new(
            BrokenRule::Unreadable,
            0,
            "the file",
            cause,
            "check the disk and the file's permissions",
        )
    })?;
    read(&mut file, len.len())
}

pub(super) fn read<R: Read + Seek>(reader: &mut R, len: u64) -> Result<Part, Invalid> {
    let mut reader = GgufReader::new(reader, len)?;
    let version = preamble(&mut reader)?;
    let tensor_count = count(&mut reader, "the number of tensors", limits::TENSORS, MIN_TENSOR)?;
    let metadata_count = count(&mut reader, "the number of metadata entries", limits::METADATA, MIN_ENTRY)?;
    let metadata = metadata::read(&mut reader, metadata_count)?;
    let alignment = alignment(&metadata)?;
    let mut tensors = tensors::read(&mut reader, tensor_count)?;
    let data_offset = reader.offset().next_multiple_of(alignment);
    tensors::check_layout(&mut tensors, data_offset, alignment, len)?;
    let split = split(&metadata)?;
    Ok(Part { version, metadata, tensors, data_offset, split })
}

fn preamble<R: Read + Seek>(reader: &mut GgufReader<'_, R>) -> Result<u32, Invalid> {
    let magic: [u8; 4] = reader.array("the magic")?;
    if &magic != b"GGUF" {
        let found = format!("«{}»", magic.escape_ascii());
        return Err(Invalid::new(
            BrokenRule::NotGguf,
            0,
            "the magic",
            found,
            "a model file starts with «GGUF»",
        ));
    }
    let version = reader.u32("the version")?;
    if !(2..=3).contains(&version) {
        let other_order = (2..=3).contains(&version.swap_bytes());
        let found = if other_order { "of the other byte order".to_owned() } else { version.to_string() };
        return Err(Invalid::new(
            BrokenRule::Version,
            4,
            "the version",
            found,
            "2 and 3, little-endian, are read",
        ));
    }
    Ok(version)
}

/// A declared number, within its limit and possible in the bytes that are left.
fn count<R: Read + Seek>(
    reader: &mut GgufReader<'_, R>,
    field: &str,
    most: u64,
    min_bytes: u64,
) -> Result<u64, Invalid> {
    let offset = reader.offset();
    let count = reader.u64(field)?;
    let possible = reader.left() / min_bytes;
    if count > most.min(possible) {
        let limit = format!("at most {most} are allowed and {possible} would fit into the file");
        return Err(Invalid::new(BrokenRule::Count, offset, field, count, limit));
    }
    Ok(count)
}

fn alignment(metadata: &ModelMetadata) -> Result<u64, Invalid> {
    const KEY: &str = "general.alignment";
    let Some(field) = metadata.field(KEY) else { return Ok(32) };
    let value = field.value.number().unwrap_or(0);
    if field.kind != metadata::MetadataKind::U32 || !value.is_power_of_two() || !(32..=4096).contains(&value)
    {
        let found = format!("{} as {}", value, field.kind.name());
        let limit = "a power of two from 32 to 4096 as u32 is needed";
        return Err(Invalid::new(BrokenRule::Alignment, field.offset, KEY, found, limit));
    }
    Ok(value)
}

fn split(metadata: &ModelMetadata) -> Result<Option<Split>, Invalid> {
    let Some(field) = metadata.field("split.count") else { return Ok(None) };
    let count = field.value.number().unwrap_or(0);
    let index = metadata.number("split.no").unwrap_or(u64::MAX);
    if !(1..=limits::PARTS).contains(&count) || index >= count {
        let found = format!("{count}, and split.no {index}");
        let limit = format!("1 to {} parts, numbered from 0", limits::PARTS);
        return Err(Invalid::new(BrokenRule::Split, field.offset, "split.count", found, limit));
    }
    Ok((count > 1).then_some(Split { index: index as u32, count: count as u32 }))
}
