//! The shipped plugins are embedded from `plugins/dist`. Without them (no `cargo xtask plugins` yet) the binary builds, and says
//! so when it is asked to serve.

fn main() -> std::io::Result<()> {
    let dist = "../plugins/dist";
    std::fs::create_dir_all(dist)?;
    println!("cargo::rerun-if-changed={dist}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
