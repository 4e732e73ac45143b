//! How soon a node on existing data is ready, and what it holds then.

use crate::{
    bare_relay::BareRelay,
    process::{node_binary, rss_kib},
    report,
};
use std::time::Instant;
use weft_tests::Plan;

const STARTS: usize = 7;
const TARGET_MILLIS: f64 = 300.0;
const TARGET_MIB: f64 = 60.0;

pub async fn run() {
    let mut node = Plan::cold("bench-start").binary(node_binary()).demo().start().await;
    report::figure("first start, empty data", node.ready_after.as_secs_f64() * 1000.0, "ms");
    let (mut millis, mut mib) = (Vec::new(), Vec::new());
    let (mut bare_millis, mut bare_mib) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let begun = Instant::now();
        let bare = BareRelay::start().await;
        bare_millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        bare_mib.push(rss_kib(bare.process()) / 1024.0);
        node.terminate().await;
        node.start().await;
        millis.push(node.ready_after.as_secs_f64() * 1000.0);
        mib.push(rss_kib(node.process()) / 1024.0);
    }
    report::figure("control: a bare relay, start → listening, p50", report::quantile(&mut bare_millis, 0.5), "ms");
    report::figure("control: its RSS", report::quantile(&mut bare_mib, 0.5), "MiB");
    report::verdict("start → ready, p50", report::quantile(&mut millis, 0.5), TARGET_MILLIS, true, "ms");
    report::verdict("RSS when ready", report::quantile(&mut mib, 0.5), TARGET_MIB, true, "MiB");
}
