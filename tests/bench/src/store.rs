//! Durable entries per second through the whole conversation path, and what the file system could do.

use crate::{
    line::{self, Receiver, Sender},
    process::node_binary,
    report,
};
use futures_util::SinkExt;
use serde_json::json;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::Message;
use weft_tests::{Admin, Plan, Via, Visitor};

const SENDERS: usize = 256;
const ENTRIES_EACH: usize = 60;
const WARM_UP: usize = 5;
pub const TEXT_BYTES: usize = 200;
pub const BATCH: usize = 100;
pub const BATCHES: usize = 60;
const FSYNCS: usize = 200;
const TARGET: f64 = 0.5;

pub async fn run() {
    let plan = Plan::new("bench-store").binary(node_binary());
    let plan = plan.key("sessions.commands_per_second", "1000000").key("sessions.command_burst", "1000000");
    plan.tenant("bench").await;
    let data = plan.data();
    let node = plan.start().await;
    let channel = Admin::sign_in(&node, "bench").await.channel_key().await;
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let visitor = Visitor::enter(&node, &channel, "Vera").await;
        let session = visitor.session(Via::Socket).await;
        let conversation = Visitor::open(&session, "bench").await;
        let (sender, receiver) = line::session(&node.addresses.socket(), visitor.rest.token()).await;
        senders.push((sender, receiver, conversation));
    }
    let (senders, _, _) = send(senders, WARM_UP).await;
    let control = batched_inserts(&data.join("control.db")).await;
    let (_, took, mut latencies) = send(senders, ENTRIES_EACH).await;
    let control = control.max(batched_inserts(&data.join("control.db")).await);
    let full = (SENDERS * ENTRIES_EACH) as f64 / took.as_secs_f64();
    let mut fsyncs = fsync_micros(&data.join("control.sync"));
    report::figure("fsync p50", report::quantile(&mut fsyncs, 0.5), "µs");
    report::figure("receipt p50", report::quantile(&mut latencies, 0.5), "ms");
    report::figure("receipt p99", report::quantile(&mut latencies, 0.99), "ms");
    report::figure("plain inserts, one transaction of 100", control, "rows/s");
    report::figure("weft, acknowledged", full, "entries/s");
    report::verdict("ratio", full / control, TARGET, false, "×");
}

type Chat = (Sender, Receiver, String);

/// Everybody sends, each after the receipt of the one before. Milliseconds to each receipt.
async fn send(chats: Vec<Chat>, entries: usize) -> (Vec<Chat>, Duration, Vec<f64>) {
    let started = Instant::now();
    let loops: Vec<_> = chats
        .into_iter()
        .map(|(mut sender, mut receiver, conversation)| {
            tokio::spawn(async move {
                let mut latencies = Vec::with_capacity(entries);
                for _ in 0..entries {
                    let body = json!({"kind": "text", "text": "x".repeat(TEXT_BYTES)});
                    let id = weft_tests::id();
                    let frame = json!({"type": "send", "id": id, "conversation": conversation, "body": body});
                    let began = Instant::now();
                    sender.send(Message::text(frame.to_string())).await.unwrap();
                    line::until(&mut receiver, "\"receipt\"").await;
                    latencies.push(began.elapsed().as_secs_f64() * 1000.0);
                }
                ((sender, receiver, conversation), latencies)
            })
        })
        .collect();
    let (mut back, mut all) = (Vec::new(), Vec::new());
    for one in loops {
        let (chat, latencies) = one.await.unwrap();
        back.push(chat);
        all.extend(latencies);
    }
    (back, started.elapsed(), all)
}

/// Rows per second of the plainest durable insert: one table, one writer, a transaction of 100.
pub async fn batched_inserts(file: &Path) -> f64 {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let table = "CREATE TABLE IF NOT EXISTS entry (conversation BLOB, seq INTEGER, id BLOB, body TEXT,
        PRIMARY KEY (conversation, seq)) WITHOUT ROWID";
    sqlx::query(table).execute(&mut connection).await.unwrap();
    let started = Instant::now();
    for _ in 0..BATCHES {
        let conversation = weft_tests::id();
        let mut transaction = connection.begin().await.unwrap();
        for seq in 0..BATCH {
            let insert = sqlx::query("INSERT INTO entry VALUES (?, ?, ?, ?)");
            let insert =
                insert.bind(&conversation).bind(seq as i64).bind(weft_tests::id()).bind("x".repeat(TEXT_BYTES));
            insert.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    (BATCHES * BATCH) as f64 / started.elapsed().as_secs_f64()
}

pub fn fsync_micros(file: &Path) -> Vec<f64> {
    let mut file = File::create(file).unwrap();
    (0..FSYNCS)
        .map(|_| {
            let started = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect()
}
