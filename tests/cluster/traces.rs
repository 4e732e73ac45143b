//! The way of one message over two nodes is one trace.

use weft_tests::{Admin, Agent, Cluster, Collector, TraceSpan, Via, Visitor, eventually};

/// Neither a text nor a name may be in a trace.
const TEXT: &str = "from the first node to the second";
const NAME: &str = "Veronica";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_of_a_message_over_two_nodes_is_one_trace() {
    let _alone = crate::ALONE.lock().await;
    let collector = Collector::start().await;
    let cluster = Cluster::start_with("cluster-traces", 2, &["traced"], None, |_, plan| {
        plan.key("telemetry.otlp.url", &collector.url).key("telemetry.otlp.ratio", "1")
    })
    .await;
    let [first, second] = &cluster.nodes[..] else { panic!("two nodes") };
    let admin = Admin::sign_in(first, "traced").await;
    admin.agent("Ana", 3, &[]).await;
    let desk = Agent::sign_in(&second.rest(), "traced", "ana@traced.example").await.online(Via::Socket).await;
    let visitor = Visitor::enter(first, &admin.channel_key().await, NAME).await.session(Via::Socket).await;
    let chat = Visitor::open(&visitor, "traced").await;
    Agent::accept(&desk, &chat).await;
    visitor.entry(&chat, "assigned").await;
    visitor.say(&chat, TEXT).await;
    desk.text(&chat, TEXT).await;

    // Deciding who gets the conversation is on the way of what opened it, and so is the offer that reached the agent.
    let opened =
        the_way(&collector, "open", &["open", "commit", "route", "commit", "publish", "receive", "deliver"]).await;
    assert_eq!(opened[0].attribute("weft.conversation"), Some(chat.as_str()));
    assert_eq!(opened[2].attribute("weft.rung"), Some("active"));

    let sent = the_way(&collector, "send", &["send", "commit", "publish", "receive", "deliver"]).await;
    let nodes: Vec<_> = sent.iter().map(|span| span.node.as_str()).collect();
    assert_eq!(nodes, ["node-0", "node-0", "node-0", "node-1", "node-1"]);
    assert_eq!(sent[4].attribute("weft.sessions"), Some("1"));
    let all = format!("{:?}", collector.spans());
    assert!(!all.contains(TEXT) && !all.contains(NAME), "what people write and are called is not in a trace");
}

/// A chain of spans with these names, each the child of the one before, in a trace that a command of this name began.
async fn the_way(collector: &Collector, root: &str, names: &[&str]) -> Vec<TraceSpan> {
    eventually(&format!("the way of {root:?}: {names:?}"), async || {
        let spans = collector.spans();
        let roots = spans.iter().filter(|span| span.name == root && span.parent.is_empty());
        roots.into_iter().find_map(|root| follow(&spans, root, &names[1..]))
    })
    .await
}

fn follow(spans: &[TraceSpan], from: &TraceSpan, names: &[&str]) -> Option<Vec<TraceSpan>> {
    let Some((name, rest)) = names.split_first() else { return Some(vec![from.clone()]) };
    let children = spans.iter().filter(|s| s.trace == from.trace && s.parent == from.id && s.name == *name);
    let way = children.into_iter().find_map(|child| follow(spans, child, rest))?;
    Some([vec![from.clone()], way].concat())
}
