//! Who watches from another node gets what participants get, addressed like theirs (C3).

use crate::kit::{Chaos, Cluster, OddBus, Sweep, by_visitor};
use model::Reader;
use ports::Address;
use session::{
    Watch,
    testing::{agent_caller, conversation, visitor_caller},
};

#[tokio::test]
async fn a_watcher_on_another_node_is_reached_without_the_sweep() {
    let bus = OddBus::new(Chaos::default(), 1);
    let cluster = Cluster::start(3, bus.clone(), None, Sweep::Never).await;
    let id = conversation(1);
    cluster.log.open(id, 1);
    let mut visitor = cluster.nodes[0].open(visitor_caller(1)).await;
    let mut watcher = cluster.nodes[1].open(agent_caller(7)).await;
    visitor.until_seq(id, 1).await;
    cluster.nodes[1].watch(&watcher, Watch::Conversation(id, 0)).await;
    for n in 2..=4 {
        cluster.nodes[0].hint(cluster.log.send(id, by_visitor(1), "hello"));
        watcher.until_seq(id, n).await;
    }
    watcher.assert_whole(id, Reader::Agent);
    let sent: Vec<_> = bus.sent.lock().keys().copied().collect();
    assert_eq!(sent, [Address::Node(cluster.nodes[1].id)], "the third node has nobody");
    cluster.stop().await;
}
