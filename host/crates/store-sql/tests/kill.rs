//! A process that commits is killed with SIGKILL, again and again. What it said was committed is in the log, once, in order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use model::{CommandId, Participant, Reader};
use ports::{
    SystemClock,
    conformance::store::{StoreUnderTest, World},
    store::{Conversations, People, Write},
};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use weft_store_sql::{SqlStore, StoreConfig};

const KILLS: usize = 20;
/// Set in the child: which file it writes to.
const CHILD: &str = "WEFT_KILL_TEST_FILE";

async fn open(path: &Path) -> SqlStore {
    let config = StoreConfig { url: format!("sqlite://{}", path.display()), connections: 2 };
    SqlStore::open(&config, Arc::new(SystemClock)).await.unwrap()
}

/// Opens a conversation and sends into it without end; each receipt is printed after it was given. Does so as a child only.
#[tokio::test]
async fn child() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Arc::new(open(Path::new(&path)).await);
    let world = World::new(StoreUnderTest { store, clock: None }, 1, 5).await;
    let c = world.open_with(0).await;
    let ids: &dyn model::IdSource = &SystemClock;
    println!("conversation {} {}", world.tenant, c.id);
    loop {
        let group: Vec<Write> = (0..8)
            .map(|n| {
                let who = if n % 2 == 0 { world.as_visitor() } else { world.as_agent(0) };
                let body = model::Body::Text { text: format!("{n} 你好") };
                let send = model::conversation::Command::Send { body, audience: model::Audience::All };
                world.write(c.id, &who, ids.command(), send)
            })
            .collect();
        for written in world.store.commit(group).await {
            let entry = written.unwrap().entries.remove(0);
            println!("receipt {} {}", entry.id.unwrap(), entry.seq);
        }
    }
}

#[tokio::test]
async fn killed_processes_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weft.db");
    let mut acknowledged = 0;
    for n in 0..KILLS {
        let (tenant, conversation, receipts) = run_and_kill(&path, Duration::from_millis(40 + 13 * n as u64));
        acknowledged += receipts.len();
        let store = open(&path).await;
        let log = store.entries(tenant, conversation, Reader::Agent, 0, 1_000_000).await.unwrap();
        assert!(log.iter().map(|e| e.seq).eq(1..=log.len() as u64), "kill {n}: a gap");
        let head = store.conversation(tenant, conversation).await.unwrap().unwrap().head;
        assert_eq!(head.last_seq, log.len() as u64);
        let stored: BTreeMap<CommandId, u64> = log.iter().filter_map(|e| Some((e.id?, e.seq))).collect();
        for (id, seq) in receipts {
            assert_eq!(stored.get(&id), Some(&seq), "kill {n}: an acknowledged entry is not there");
        }
        assert_eq!(store.audit().await.unwrap(), []);
        let open = store.agents(tenant, ports::store::Page { after: None, limit: 1 }).await.unwrap().remove(0).open;
        assert_eq!(open, 1);
        let agent = log.iter().find_map(|e| e.author.participant()?.agent()).unwrap();
        assert_eq!(store.open_of(tenant, Participant::Agent(agent), 10).await.unwrap().len(), 1);
        store.close().await;
    }
    println!("{KILLS} kills, {acknowledged} receipts, none lost");
    assert!(acknowledged > KILLS, "too few receipts to say anything");
}

type Said = (model::TenantId, model::ConversationId, Vec<(CommandId, u64)>);

/// Lets a child run until it has worked for `span`, kills it, and answers what it said before.
fn run_and_kill(path: &Path, span: Duration) -> Said {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.by_ref().map(Result::unwrap).find_map(|l| Some(l.split_once("conversation ")?.1.to_owned()));
    let first = first.expect("the child ended by itself");
    let (tenant, conversation) = first.split_once(' ').unwrap();
    let killer = std::thread::spawn(move || {
        // waits: the child is killed in the middle of its work, at a different moment each time.
        std::thread::sleep(span);
        child.kill().unwrap();
        child.wait().unwrap();
    });
    let mut receipts = Vec::new();
    for line in lines {
        // The last line may be cut off by the kill: then it is no receipt.
        let Ok(line) = line else { break };
        let Some((id, seq)) = line.strip_prefix("receipt ").and_then(|l| l.split_once(' ')) else { continue };
        if let (Ok(id), Ok(seq)) = (id.parse(), seq.parse()) {
            receipts.push((id, seq));
        }
    }
    killer.join().unwrap();
    // Without its end a number may have been cut short.
    receipts.pop();
    (tenant.parse().unwrap(), conversation.parse().unwrap(), receipts)
}
