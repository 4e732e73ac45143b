//! Measurements of a release build, each beside a control of the same run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench ends at the first surprise")]

mod bare_relay;
mod cluster;
mod idle;
mod line;
mod path;
mod process;
mod relay;
mod report;
mod route;
mod start;
mod store;
mod upload;

const NAMES: [&str; 8] = ["relay", "store", "path", "idle", "route", "upload", "start", "cluster"];

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    // A routing call is measured without a runtime around it.
    if name == "route" || name == "all" {
        route::call();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match name.as_str() {
            bare_relay::NAME => bare_relay::serve().await,
            "all" => {
                for name in NAMES {
                    bench(name).await;
                }
            }
            name if NAMES.contains(&name) => bench(name).await,
            _ => println!("weft-bench all|{}", NAMES.join("|")),
        }
    });
}

async fn bench(name: &str) {
    println!("\n## {name}   (load average {})", process::load_average());
    match name {
        "relay" => relay::run().await,
        "store" => store::run().await,
        "path" => path::run().await,
        "idle" => idle::run().await,
        "route" => route::run().await,
        "upload" => upload::run().await,
        "cluster" => cluster::run().await,
        _ => start::run().await,
    }
}
