//! The pages are embedded from `host/web/dist`. Without them (no `npm run build` yet) the crate compiles and serves none.

fn main() -> std::io::Result<()> {
    let dist = "../../web/dist";
    std::fs::create_dir_all(dist)?;
    println!("cargo::rerun-if-changed={dist}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
