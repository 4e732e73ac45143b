//! Plain REST and REST sessions: `/v1/…`, one resource per file (PROTOCOL.md §4).

mod agents;
mod api_tokens;
mod audit;
mod auth;
mod bindings;
mod by_text;
mod canned_replies;
mod channels;
mod commands;
mod conversations;
mod decisions;
mod etag;
mod export;
mod files;
mod holidays;
mod hours;
mod labels;
mod me;
mod notices;
mod notifications;
mod offers;
mod plugins;
mod presence;
mod resources;
mod retry_lab;
mod search;
mod sessions;
mod settings;
mod sniff;
mod targets;
mod teams;
mod tenants;
mod uploads;
mod visitors;

use crate::edge::App;
use axum::Router;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes and their description.
pub(crate) fn router() -> (Router<App>, OpenApi) {
    let info = InfoBuilder::new()
        .title("weft")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Live customer service: conversations, people, plugins. Lists are paged by cursor; ids are ULIDs; \
            times are RFC 3339 in UTC. A command's `Idempotency-Key` (a ULID) makes it safe to repeat.",
        ))
        .build();
    let v1 = OpenApiRouter::new()
        .merge(people())
        .merge(talk())
        .merge(plugins())
        .merge(files())
        .merge(administration())
        .merge(notifications())
        .merge(OpenApiRouter::new().routes(routes!(tenants::list, tenants::add)));
    let described = OpenApiRouter::with_openapi(OpenApiBuilder::new().info(info).build()).nest("/v1", v1);
    described.split_for_parts()
}

fn people() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(visitors::enter))
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(me::me))
        .routes(routes!(me::set_status))
        .routes(routes!(agents::list, agents::add))
        .routes(routes!(agents::get, agents::change))
        .routes(routes!(teams::list, teams::add))
        .routes(routes!(teams::get, teams::change))
        .routes(routes!(channels::list, channels::add))
        .routes(routes!(channels::get, channels::change))
        .routes(routes!(settings::get, settings::put))
        .routes(routes!(api_tokens::list, api_tokens::add))
        .routes(routes!(api_tokens::delete))
        .routes(routes!(audit::list))
        .routes(routes!(presence::list))
        .routes(routes!(notices::announce))
}

fn administration() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(hours::list))
        .routes(routes!(hours::get, hours::put, hours::delete))
        .routes(routes!(holidays::list, holidays::add))
        .routes(routes!(holidays::get, holidays::put, holidays::delete))
        .routes(routes!(canned_replies::list, canned_replies::add))
        .routes(routes!(canned_replies::get, canned_replies::put, canned_replies::delete))
        .routes(routes!(labels::list, labels::add))
        .routes(routes!(labels::get, labels::put, labels::delete))
}

fn notifications() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(targets::list, targets::add))
        .routes(routes!(targets::get, targets::put, targets::delete))
        .routes(routes!(targets::rotate))
        .routes(routes!(targets::test))
        .routes(routes!(targets::reset))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::get))
        .routes(routes!(notifications::dead))
        .routes(routes!(notifications::redrive))
        .routes(routes!(notifications::dead_events))
        .routes(routes!(notifications::handle_again))
        .routes(routes!(notifications::schema))
        .routes(routes!(retry_lab::simulate))
}

fn talk() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(conversations::list, commands::open))
        .routes(routes!(conversations::get))
        .routes(routes!(export::export))
        .routes(routes!(conversations::entries, commands::send))
        .routes(routes!(commands::edit, commands::recall))
        .routes(routes!(commands::mark))
        .routes(routes!(commands::close))
        .routes(routes!(commands::reopen))
        .routes(routes!(commands::take))
        .routes(routes!(commands::transfer))
        .routes(routes!(commands::invite))
        .routes(routes!(commands::leave))
        .routes(routes!(commands::rate))
        .routes(routes!(commands::message))
        .routes(routes!(offers::accept))
        .routes(routes!(offers::decline))
        .routes(routes!(search::search))
        .routes(routes!(sessions::open))
        .routes(routes!(sessions::events))
        .routes(routes!(sessions::command))
        .routes(routes!(sessions::close))
}

fn plugins() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(plugins::list, plugins::upload))
        .routes(routes!(plugins::get, plugins::delete))
        .routes(routes!(plugins::inspect))
        .routes(routes!(bindings::list))
        .routes(routes!(bindings::plan))
        .routes(routes!(bindings::activate))
        .routes(routes!(bindings::rollback))
        .routes(routes!(bindings::activations))
        .routes(routes!(bindings::activation))
        .routes(routes!(decisions::of_conversation))
        .routes(routes!(decisions::list))
        .routes(routes!(decisions::get))
        .routes(routes!(decisions::replay))
        .routes(routes!(decisions::dry_run))
}

fn files() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(uploads::create))
        .routes(routes!(uploads::content))
        .routes(routes!(uploads::link))
        .routes(routes!(files::get))
}
