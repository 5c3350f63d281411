//! demo
/// x
pub fn run(_: &crate::arguments::Demo) -> anyhow::Result<()> {
    Ok(())
}
