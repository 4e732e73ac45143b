//! The shipped plugins and the hostile test guests, as components.

use crate::{step::Steps, wasm_target};
use anyhow::Result;

pub fn build(steps: &Steps) -> Result<()> {
    let inputs = ["plugins", "sdk/plugin", "sdk/pack", "tests/guests", "wit"];
    steps.unless_unchanged("plugins", &inputs, &["plugins/dist/least-busy.wasm"], || {
        wasm_target::ensure(steps)?;
        let mut log = |line: &str| println!("    {line}");
        weft_plugin_pack::build_guests(&steps.path(""), &mut log)?;
        Ok(())
    })
}
