//! Between our bytes and AMQP messages.

use crate::{address::Destination, outlet::Request};
use bytes::Bytes;
use fe2o3_amqp_types::{
    messaging::{ApplicationProperties, Body, Data, Header, Message, MessageAnnotations},
    primitives::{Binary, SimpleValue, Value},
};

/// The broker drops a message whose key it has seen on the same address (its last 20 000).
const DUPLICATE_KEY: &str = "_AMQ_DUPL_ID";
/// The broker keeps a message until this moment, exactly to some milliseconds.
const DELIVERY_TIME: &str = "x-opt-delivery-time";

pub(crate) fn encode(to: Destination, request: &Request) -> Message<Data> {
    let header = Header { durable: to.is_durable(), ttl: to.ttl_ms(), ..Header::default() };
    let due =
        request.due.map(|due| MessageAnnotations::builder().insert(DELIVERY_TIME, Value::Long(due.as_ms())).build());
    let key = request
        .key
        .as_ref()
        .map(|key| ApplicationProperties::builder().insert(DUPLICATE_KEY, SimpleValue::String(key.clone())).build());
    Message {
        header: Some(header),
        delivery_annotations: None,
        message_annotations: due,
        properties: None,
        application_properties: key,
        body: Data(Binary::from(request.body.to_vec())),
        footer: None,
    }
}

/// The bytes of a message of ours; none of one that is not.
pub(crate) fn body(body: Body<Value>) -> Option<Bytes> {
    match body {
        Body::Data(sections) => sections.into_iter().next().map(|Data(bytes)| Bytes::from(bytes.into_vec())),
        _ => None,
    }
}
