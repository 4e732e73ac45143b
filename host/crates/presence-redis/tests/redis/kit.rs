use model::{AgentId, NodeId, Participant, SessionId, TenantId, VisitorId};
use ports::SessionAt;
use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use weft_presence_redis::{RedisConfig, RedisDirectory};
use weft_services::Server;

/// How long anything may take.
const SOON: Duration = Duration::from_secs(20);
/// Short, so that the tests can wait for their end.
pub const LIFETIME: Duration = Duration::from_secs(2);
pub const GRACE: Duration = Duration::from_millis(1500);

pub const TENANT: TenantId = TenantId::from_parts(1, 1);

pub fn config(urls: &[String]) -> RedisConfig {
    let urls = urls.iter().map(|url| url.as_str().into()).collect();
    RedisConfig { lifetime: LIFETIME, grace: GRACE, ..RedisConfig::new(urls) }
}

pub async fn open(config: RedisConfig) -> Arc<RedisDirectory> {
    let directory = RedisDirectory::open(config).unwrap();
    until("connected", async || directory.figures().connected).await;
    directory
}

pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let end = Instant::now() + SOON;
    while !holds().await {
        assert!(Instant::now() < end, "{what}: not within {SOON:?}");
        // waits: a server tells nobody when it is back.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks a server behind the directory's back.
pub fn cli(server: &Server, args: &[&str]) -> String {
    let out = Command::new("redis-cli").args(["-p", &server.port(0).to_string()]).args(args).output().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

pub fn visitor(n: u64) -> Participant {
    Participant::Visitor(VisitorId::from_parts(n, 1))
}
pub fn agent(n: u64) -> AgentId {
    AgentId::from_parts(n, 2)
}
pub fn node(n: u64) -> NodeId {
    NodeId::from_parts(n, 3)
}
pub fn session(n: u64) -> SessionId {
    SessionId::from_parts(n, 4)
}
pub fn at(of_node: u64, n: u64) -> SessionAt {
    SessionAt { node: node(of_node), session: session(n) }
}
