//! Two demo tenants: a tea shop on the default rule, a bicycle shop that uploads a rule of its own. Made once; a second start finds
//! them.

use crate::wiring::{Node, shipped};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use model::{Role, TenantId, tenant::Settings};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tenancy::{NewPerson, NewTenant};
use tokio::net::TcpStream;

/// Everybody's in the demo; it is on the sign-in page.
pub const PASSWORD: &str = "weft-demo";

struct Person {
    name: &'static str,
    role: Role,
    skills: &'static [&'static str],
}

struct Shop {
    slug: &'static str,
    name: &'static str,
    people: &'static [Person],
}

const SHOPS: [Shop; 2] = [
    Shop {
        slug: "tea",
        name: "Leaf & Kettle",
        people: &[
            Person { name: "Ana", role: Role::Agent, skills: &[] },
            Person { name: "Ben", role: Role::Agent, skills: &[] },
            Person { name: "Admin", role: Role::Admin, skills: &[] },
        ],
    },
    Shop {
        slug: "bikes",
        name: "Spoke & Chain",
        people: &[
            Person { name: "Cem", role: Role::Agent, skills: &[] },
            Person { name: "Dora", role: Role::Agent, skills: &["chinese"] },
            Person { name: "Admin", role: Role::Admin, skills: &[] },
        ],
    },
];

/// The tenant that has a rule of its own, and whose copy of which component that is.
const RULED: (&str, &str) = ("bikes", "skills");
/// A section of no meaning (`demo`): with it the shop's copy is a component of its own, and not the one that ships.
const OWN: [u8; 7] = *b"\x00\x05\x04demo";
/// Of an answer of this node to itself.
const ANSWER_BYTES: usize = 1024 * 1024;

/// Makes the shops and their people. Whether the one with a rule is new.
pub async fn set_up(node: &Node) -> Result<bool> {
    let mut unruled = false;
    for shop in &SHOPS {
        if node.base.tenancy.tenant_by_slug(shop.slug).await.is_ok() {
            continue;
        }
        let founded = node
            .base
            .tenancy
            .add_tenant(NewTenant {
                slug: shop.slug.into(),
                name: shop.name.into(),
                settings: Settings::default(),
                team: "Support".into(),
                channel: format!("{} shop", shop.name),
                channel_key: Some(format!("demo-{}", shop.slug)),
            })
            .await?;
        for person in shop.people {
            add(node, founded.tenant.id, shop, person).await?;
        }
        unruled |= shop.slug == RULED.0;
    }
    Ok(unruled)
}

async fn add(node: &Node, tenant: TenantId, shop: &Shop, person: &Person) -> Result<()> {
    let new = NewPerson {
        email: format!("{}@{}.example", person.name.to_lowercase(), shop.slug),
        name: person.name.into(),
        role: person.role,
        password: PASSWORD.into(),
        capacity: None,
        skills: person.skills.iter().map(|s| (*s).to_owned()).collect(),
        tier: 0,
        weight: None,
    };
    // The admin looks after the shop and takes no chats.
    let teams: Option<&[String]> = if person.role == Role::Admin { Some(&[]) } else { None };
    node.base.tenancy.add_person(tenant, new, teams).await?;
    Ok(())
}

/// What an administrator does, over REST, while the node runs: upload a component, and put it in force. Visitors who write Chinese go
/// to who speaks it.
pub async fn rule(rest: SocketAddr) -> Result<()> {
    let admin = json!({ "tenant": RULED.0, "email": format!("admin@{}.example", RULED.0), "password": PASSWORD });
    let token = post(rest, "/v1/auth/login", None, JSON, admin.to_string().into()).await?;
    let token = token["access_token"].as_str().context("the admin signs in")?;
    let component = [&shipped(RULED.1).context("the demo's plugin ships")?[..], &OWN].concat();
    let release = post(rest, "/v1/plugins", Some(token), "application/wasm", component.into()).await?;
    let settings = json!({ "by_language": { "zh": ["chinese"] } });
    let change = json!({ "hook": "routing", "release": release["digest"], "settings": settings });
    let changes = json!({ "changes": [change] });
    post(rest, "/v1/bindings/activate", Some(token), JSON, changes.to_string().into()).await?;
    Ok(())
}

const JSON: &str = "application/json";

async fn post(rest: SocketAddr, path: &str, token: Option<&str>, media_type: &str, body: Bytes) -> Result<Value> {
    // Who listens everywhere is reached here.
    let ip = if rest.ip().is_unspecified() { IpAddr::from(Ipv4Addr::LOCALHOST) } else { rest.ip() };
    let tcp = TcpStream::connect((ip, rest.port())).await.context("the node's own REST port")?;
    let (mut sender, connection) = handshake(TokioIo::new(tcp)).await?;
    let mut request =
        Request::post(path).header(header::HOST, rest.to_string()).header(header::CONTENT_TYPE, media_type);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let asked = async {
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error)).context("the answer was cut off")?.to_bytes();
        ensure!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&body));
        Ok(serde_json::from_slice(&body)?)
    };
    tokio::select! {
        answer = asked => answer,
        ended = connection => {
            ended?;
            anyhow::bail!("{path}: the connection ended without an answer")
        }
    }
}

pub fn welcome(rest: SocketAddr) -> String {
    format!(
        "
  weft is ready.

    shops      http://{rest}/demo/?channel=demo-tea     http://{rest}/demo/?channel=demo-bikes
    console    http://{rest}/console/                   tenant tea or bikes, password {PASSWORD}
               tea: ana@tea.example, ben@tea.example, admin@tea.example
               bikes: cem@bikes.example, dora@bikes.example (Chinese), admin@bikes.example
    API        http://{rest}/docs

  Open a shop in one tab and the console in another. Ctrl-C stops it; the data stay in the data directory.
"
    )
}
