//! `weft tenant add` and `weft user add`: straight on the store, for the first people of an installation.

use crate::{
    cli::{RoleArg, TenantCommand, UserCommand},
    config::Config,
    wiring,
};
use anyhow::{Context, Result, bail};
use model::{Role, tenant::Settings};
use secrecy::SecretString;
use std::io::IsTerminal as _;
use tenancy::{NewPerson, NewTenant};

#[expect(clippy::print_stdout, reason = "this is the answer of the command")]
pub async fn tenant(command: &TenantCommand, config: &Config) -> Result<()> {
    let TenantCommand::Add { slug, name, team, .. } = command;
    let base = wiring::base(config).await?;
    let founded = base
        .tenancy
        .add_tenant(NewTenant {
            slug: slug.clone(),
            name: name.clone().unwrap_or_else(|| slug.clone()),
            settings: Settings::default(),
            team: team.clone(),
            channel: "Web".into(),
            channel_key: None,
        })
        .await?;
    println!(
        "tenant   {} ({})\nteam     {}\nchannel  {}",
        founded.tenant.slug, founded.tenant.id, founded.team.name, founded.channel.key
    );
    base.store.close().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the answer of the command")]
pub async fn user(command: &UserCommand, config: &Config) -> Result<()> {
    let UserCommand::Add { tenant, email, name, role, capacity, team, .. } = command;
    let base = wiring::base(config).await?;
    let found = base.tenancy.tenant_by_slug(tenant).await.with_context(|| format!("tenant {tenant:?}"))?;
    let local = email.split('@').next().unwrap_or(email);
    let person = NewPerson {
        email: email.clone(),
        name: name.clone().unwrap_or_else(|| local.to_owned()),
        role: match role {
            RoleArg::Agent => Role::Agent,
            RoleArg::Supervisor => Role::Supervisor,
            RoleArg::Admin => Role::Admin,
        },
        password: password()?,
        capacity: *capacity,
        skills: Vec::new(),
        tier: 0,
        weight: None,
    };
    let agent = base.tenancy.add_person(found.id, person, (!team.is_empty()).then_some(team.as_slice())).await?;
    println!("{} {} ({})", agent.email, agent.name, agent.id);
    base.store.close().await;
    Ok(())
}

/// From `WEFT_PASSWORD` or one line of standard input; never from an argument, which others on the machine could read.
fn password() -> Result<SecretString> {
    if let Ok(password) = std::env::var("WEFT_PASSWORD") {
        return Ok(password.into());
    }
    if std::io::stdin().is_terminal() {
        eprint_prompt();
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("reading the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("no password: give it on standard input or in WEFT_PASSWORD");
    }
    Ok(password.into())
}

#[expect(clippy::print_stderr, reason = "a prompt for a person")]
fn eprint_prompt() {
    eprint!("password: ");
}
