//! The broker's own figures, asked for over the same protocol: no HTTP console is needed.

use crate::{
    address::{DEAD, PREFIX},
    connection::{AttachError, Live},
    shared::Shared,
};
use fe2o3_amqp::link::{RecvError, SendError};
use fe2o3_amqp_types::{
    messaging::{Accepted, AmqpValue, ApplicationProperties, Body, Message, Outcome, Properties, Source, Target},
    primitives::{SimpleValue, Symbol, Value},
};
use serde::{Deserialize, Deserializer, de::Error as _};

const ADDRESS: &str = "activemq.management";
/// Queues that one question asks for; a cluster has five and one per node.
const MOST: usize = 1000;

/// A queue of ours on the broker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueFigures {
    pub address: String,
    /// The queue; for `weft.cluster` one per subscribed node.
    #[serde(rename = "name")]
    pub queue: String,
    /// Messages that wait or are with a consumer; scheduled ones too.
    #[serde(rename = "messageCount", deserialize_with = "number")]
    pub depth: u64,
    #[serde(rename = "consumerCount", deserialize_with = "number")]
    pub consumers: u64,
    /// With a consumer, unsettled.
    #[serde(rename = "deliveringCount", deserialize_with = "number")]
    pub delivering: u64,
    #[serde(rename = "scheduledCount", deserialize_with = "number")]
    pub scheduled: u64,
    /// Ever put on it, and ever settled by a consumer.
    #[serde(rename = "messagesAdded", deserialize_with = "number")]
    pub added: u64,
    #[serde(rename = "messagesAcked", deserialize_with = "number")]
    pub settled: u64,
    /// Ever moved from it to the dead-letter address.
    #[serde(rename = "messagesKilled", deserialize_with = "number")]
    pub dead: u64,
}

impl QueueFigures {
    /// Whether this is where dead letters are.
    pub fn is_dead_letters(&self) -> bool {
        self.address == DEAD
    }
}

/// The broker writes numbers as text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ManagementError {
    #[error("no link to the broker's management")]
    Attach(#[from] AttachError),
    #[error("the question was not sent")]
    Send(#[from] SendError),
    #[error("the question was not taken: {0:?}")]
    NotTaken(Box<Outcome>),
    #[error("the answer was not received")]
    Receive(#[from] RecvError),
    #[error("the link ended before the answer")]
    Ended,
    #[error("the broker's answer is not understood")]
    Answer(#[from] serde_json::Error),
    #[error("the broker refuses: {0}")]
    Refused(String),
}

/// All queues of ours.
pub(crate) async fn queues(shared: &Shared, live: &Live) -> Result<Vec<QueueFigures>, ManagementError> {
    let source = Source::builder().dynamic(true).capabilities(vec![Symbol::from("temporary-queue")]).build();
    let mut answers = live.receiver_of(shared, source, true).await?;
    let reply_to = answers.source().as_ref().and_then(|s| s.address.clone()).ok_or(ManagementError::Ended)?;
    answers.set_credit(1).await.map_err(|_| ManagementError::Ended)?;
    let mut questions = live.sender_to(shared, Target::builder().address(ADDRESS).build()).await?;

    let filter = r#"{"field":"address","operation":"CONTAINS","value":"weft."}"#;
    let question = Message {
        header: None,
        delivery_annotations: None,
        message_annotations: None,
        properties: Some(Properties { reply_to: Some(reply_to), ..Properties::default() }),
        application_properties: Some(
            ApplicationProperties::builder()
                .insert("_AMQ_ResourceName", SimpleValue::String("broker".into()))
                .insert("_AMQ_OperationName", SimpleValue::String("listQueues".into()))
                .build(),
        ),
        body: AmqpValue(serde_json::to_string(&(filter, 1, MOST))?),
        footer: None,
    };
    match questions.send(question).await? {
        Outcome::Accepted(Accepted {}) => {}
        other => return Err(ManagementError::NotTaken(Box::new(other))),
    }
    let answer = answers.recv::<Body<Value>>().await?.into_body();
    let Body::Value(AmqpValue(Value::String(text))) = answer else {
        return Err(ManagementError::Refused(format!("{answer:?}")));
    };
    read(&text)
}

/// The answer is a list with one text, which is JSON again.
fn read(text: &str) -> Result<Vec<QueueFigures>, ManagementError> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<QueueFigures>,
    }
    let [page]: [String; 1] = serde_json::from_str(text).map_err(|_| ManagementError::Refused(text.to_owned()))?;
    let mut queues = serde_json::from_str::<Page>(&page)?.data;
    queues.retain(|queue| queue.address.starts_with(PREFIX));
    queues.sort_by(|a, b| (&a.address, &a.queue).cmp(&(&b.address, &b.queue)));
    Ok(queues)
}
