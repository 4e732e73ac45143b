//! Two demo tenants: a tea shop on the default rule, a bicycle shop on `skills`. Made once; a second start finds them.

use crate::wiring::Node;
use anyhow::{Context, Result};
use model::{AgentId, Role, TenantId, plugin::Hook, tenant::Settings};
use rollout::Change;
use std::net::SocketAddr;
use tenancy::{NewPerson, NewTenant};

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

/// The tenant that gets a rule of its own, and with what settings: visitors who write Chinese go to who speaks it.
const RULED: (&str, &str) = ("bikes", "skills");

pub async fn set_up(node: &Node) -> Result<()> {
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
        let mut admin = None;
        for person in shop.people {
            let added = add(node, founded.tenant.id, shop, person).await?;
            admin = admin.or((person.role == Role::Admin).then_some(added));
        }
        if shop.slug == RULED.0 {
            rule(node, founded.tenant.id, admin.context("the demo has an admin")?).await?;
        }
    }
    Ok(())
}

async fn add(node: &Node, tenant: TenantId, shop: &Shop, person: &Person) -> Result<AgentId> {
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
    Ok(node.base.tenancy.add_person(tenant, new, teams).await?.id)
}

async fn rule(node: &Node, tenant: TenantId, by: AgentId) -> Result<()> {
    let releases = node.rollout.releases(tenant).await?;
    let release = releases.iter().find(|r| r.name == RULED.1).context("the demo's plugin is shipped")?.digest;
    let settings = serde_json::json!({ "by_language": { "zh": ["chinese"] } });
    let change = Change { hook: Hook::Routing, team: None, channel: None, release: Some(release), settings };
    node.rollout.activate(tenant, by, &[change], None).await?;
    Ok(())
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
