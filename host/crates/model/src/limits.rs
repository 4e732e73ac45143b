//! Every bound that is not the tenant's to set, in one place. Bytes unless the name says otherwise.

use std::time::Duration;

/// One WebSocket frame or one command of a REST session.
pub const FRAME_BYTES: usize = 64 * 1024;
/// The text of one entry.
pub const TEXT_BYTES: usize = 8 * 1024;
/// A subject, a name, a reason, a file name.
pub const LINE_BYTES: usize = 512;
/// A visitor's draft.
pub const PREVIEW_BYTES: usize = 2 * 1024;
/// A REST body.
pub const REST_BODY_BYTES: usize = 256 * 1024;
/// An uploaded file, unless the operator says otherwise.
pub const UPLOAD_BYTES: usize = 20 * 1024 * 1024;
/// A plugin component.
pub const PLUGIN_BYTES: usize = 4 * 1024 * 1024;
/// Nesting of JSON that is accepted anywhere.
pub const JSON_DEPTH: usize = 32;
/// `properties` of a visitor or a conversation.
pub const PROPERTIES: usize = 32;
pub const PROPERTY_BYTES: usize = 256;
/// Conversations in one `hello.resume`.
pub const RESUME_CONVERSATIONS: usize = 200;
/// Open conversations of one visitor.
pub const OPEN_PER_VISITOR: u32 = 3;
/// Agents invited into one conversation besides its owner.
pub const MEMBERS: usize = 16;
/// Labels and needed skills of one conversation.
pub const LABELS: usize = 32;

/// Default and greatest page of a list.
pub const PAGE_DEFAULT: u32 = 50;
pub const PAGE_MAX: u32 = 200;

/// Commands per session: sustained rate per second and burst.
pub const COMMANDS_PER_SECOND: u32 = 20;
pub const COMMAND_BURST: u32 = 40;
pub const PREVIEWS_PER_SECOND: u32 = 2;

/// Frames and bytes that wait in one session's mailbox before it falls back to the store.
pub const MAILBOX_FRAMES: usize = 256;
pub const MAILBOX_BYTES: usize = 256 * 1024;

/// A group of appends that is committed together (C4).
pub const GROUP_WRITES: usize = 256;
pub const GROUP_LINGER: Duration = Duration::from_millis(1);
/// Writes that wait for a group. A sender beyond it is told `unavailable`.
pub const GROUP_QUEUE: usize = 4096;

/// Hints that wait for delivery; beyond it they are dropped and the sweep closes the gap (C1).
pub const HINT_QUEUE: usize = 8192;

/// A plugin's answer names at most this many agents.
pub const ROUTING_AGENTS: usize = 1000;
pub const ROUTING_SKILLS: usize = 64;
/// A waiting conversation without a decision is looked at again after this: its node may have died before it decided.
pub const ROUTE_GRACE: Duration = Duration::from_secs(5);
/// A conversation that was assigned is looked at after this for the first time: is it idle? Also the least that a tenant may call idle.
pub const IDLE_LOOK: Duration = Duration::from_mins(5);
/// Where conversations are never closed for being idle: so that a changed mind reaches those that are open.
pub const IDLE_LOOK_RARELY: Duration = Duration::from_hours(1);
/// How often one routing round is decided anew because the chosen seats went to others.
pub const ROUTE_ROUNDS: u32 = 4;

/// The sweep compares conversations changed lately with what sessions have.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(2);
/// How soon a claimed due conversation may be claimed by another node.
pub const DUE_LEASE: Duration = Duration::from_secs(15);

const _: () = assert!(TEXT_BYTES < FRAME_BYTES && FRAME_BYTES <= MAILBOX_BYTES);
const _: () = assert!(PAGE_DEFAULT <= PAGE_MAX && COMMANDS_PER_SECOND <= COMMAND_BURST);
const _: () = assert!(GROUP_WRITES <= GROUP_QUEUE);
