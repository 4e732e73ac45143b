//! Between our bytes and AMQP messages.

use crate::{address::Destination, outlet::Content};
use bytes::Bytes;
use fe2o3_amqp_types::{
    messaging::{ApplicationProperties, Body, Data, Header, Message, MessageAnnotations},
    primitives::{Binary, OrderedMap, SimpleValue, Value},
};
use model::TraceParent;

/// The broker drops a message whose key it has seen on the same address (its last 20 000).
const DUPLICATE_KEY: &str = "_AMQ_DUPL_ID";
/// The broker keeps a message until this moment, exactly to some milliseconds.
const DELIVERY_TIME: &str = "x-opt-delivery-time";
/// Where the sender of a traced message stands (W3C Trace Context).
const TRACE_PARENT: &str = "traceparent";

pub(crate) fn encode(to: Destination, content: &Content) -> Message<Data> {
    let header = Header { durable: to.is_durable(), ttl: to.ttl_ms(), ..Header::default() };
    let due =
        content.due.map(|due| MessageAnnotations::builder().insert(DELIVERY_TIME, Value::Long(due.as_ms())).build());
    let key = content.key.iter().map(|key| (DUPLICATE_KEY, key.clone()));
    let trace = content.trace.iter().map(|trace| (TRACE_PARENT, trace.to_string()));
    let properties: OrderedMap<_, _> =
        key.chain(trace).map(|(name, text)| (name.to_owned(), SimpleValue::String(text))).collect();
    Message {
        header: Some(header),
        delivery_annotations: None,
        message_annotations: due,
        properties: None,
        application_properties: (!properties.is_empty()).then_some(ApplicationProperties(properties)),
        body: Data(Binary::from(content.body.to_vec())),
        footer: None,
    }
}

/// Where the sender of a message stands, if it is traced.
pub(crate) fn trace(properties: Option<&ApplicationProperties>) -> Option<TraceParent> {
    match properties?.0.get(TRACE_PARENT)? {
        SimpleValue::String(text) => TraceParent::read(text),
        _ => None,
    }
}

/// The bytes of a message of ours; none of one that is not.
pub(crate) fn body(body: Body<Value>) -> Option<Bytes> {
    match body {
        Body::Data(sections) => sections.into_iter().next().map(|Data(bytes)| Bytes::from(bytes.into_vec())),
        _ => None,
    }
}
