//! The tutorial on three nodes: what an author activates through the balancer decides on each of them.

use std::time::{Duration, Instant};
use weft_tests::{Admin, Author, Cluster, Door, Via, Visitor, tutorial};

/// From the first command to the rule in force and back, the compiler's own time included.
const TEN_MINUTES: Duration = Duration::from_mins(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_author_in_ten_minutes() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start("cluster-author", 3, &["tea"]).await;
    let admin = Admin::sign_in(&cluster, "tea").await;
    admin.setting("offer_seconds", 0).await;
    let _desk = admin.agent("Ana", 20, &[]).await.online(Via::Socket).await;
    let channel = admin.channel_key().await;

    let mut author = Author::new("cluster-author-home", cluster.addresses().rest());
    let began = Instant::now();
    let mut decided = false;
    for line in tutorial() {
        if line.starts_with("weft plugin logs") && !decided {
            for node in &cluster.nodes {
                assert_eq!(decided_by(node, &admin, &channel).await, "my-rule");
            }
            decided = true;
        }
        let output = author.types(&line).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if line == "weft plugin status" {
            for node in ["node-0", "node-1", "node-2"] {
                assert!(said.contains(&format!("{node}: prepared")), "{said}");
            }
        }
    }
    println!("the tutorial took {:?}", began.elapsed());
    assert!(decided && began.elapsed() < TEN_MINUTES);
    for node in &cluster.nodes {
        assert_eq!(decided_by(node, &admin, &channel).await, "least-busy", "rolled back on every node");
    }
}

/// A visitor enters at this node; the plugin that said who serves them.
async fn decided_by(node: &impl Door, admin: &Admin, channel: &str) -> String {
    let session = Visitor::enter(node, channel, "Vera").await.session(Via::Socket).await;
    let chat = Visitor::open(&session, "tea").await;
    session.entry(&chat, "assigned").await;
    let decisions = admin.decisions(&chat).await;
    let assigned = decisions.iter().find(|d| d["action"] == "assign").expect("somebody was assigned");
    assigned["plugin"]["name"].as_str().expect("a plugin has a name").to_owned()
}
