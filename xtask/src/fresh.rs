//! stub
use anyhow::Result;
pub fn command(_: lexopt::Parser) -> Result<()> {
    Ok(())
}
