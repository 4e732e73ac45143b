//! A node is killed with SIGKILL again and again under load. Nothing acknowledged is lost, nothing is doubled, moved or shown twice.

use rand::{Rng, SeedableRng, rngs::StdRng};
use weft_tests::{Chats, Load, Plan};

const KILLS: u32 = 22;
const CHATS: Chats = Chats { pairs: 8, by_rest: 1 };
/// Receipts between a start and the next kill.
const BETWEEN: std::ops::Range<usize> = 15..120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_entries_survive_sigkill() {
    let _alone = crate::ALONE.lock().await;
    let plan = Plan::new("kill").key("sessions.commands_per_second", "100000").key("sessions.command_burst", "100000");
    plan.tenant("hardy").await;
    let mut node = plan.start().await;
    let load = Load::start(&node, "hardy", CHATS).await;

    let seed = rand::random();
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        load.more(chance.random_range(BETWEEN)).await;
        node.kill().await;
        node.start().await;
    }
    load.more(50).await;
    let toll = load.settle().await;
    println!("{KILLS} kills, {} entries, {} receipts", toll.entries, toll.receipts);
    assert!(toll.entries > 300, "a load was meant: {}", toll.entries);
}
