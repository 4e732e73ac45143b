use crate::exporter::tracer;
use model::TraceParent;
use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId,
    trace::{Span as _, SpanContext, SpanKind, TraceContextExt as _, TraceState, Tracer as _},
};
use opentelemetry_sdk::trace::Span as Recording;
use std::fmt::Display;

/// What a span stands for, in OpenTelemetry's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A command of a client.
    Command,
    /// A step inside a node.
    Step,
    /// A message to another node.
    Publish,
    /// A message of another node.
    Receive,
}

/// A step of a traced message; nothing at all for a message that is not traced. It ends when it is dropped.
#[derive(Debug)]
pub struct Span(Option<Recording>);

/// The first step of a message. Whether it is traced is decided here, for its whole way.
pub fn begin(name: &'static str) -> Span {
    Span(tracer().and_then(|tracer| {
        let span =
            tracer.span_builder(name).with_kind(Kind::Command.into()).start_with_context(tracer, &Context::new());
        span.span_context().is_sampled().then_some(span)
    }))
}

/// A further step, of a message that is traced.
pub fn child(parent: Option<TraceParent>, name: &'static str, kind: Kind) -> Span {
    Span(parent.zip(tracer()).map(|(parent, tracer)| {
        let context = Context::new().with_remote_span_context(remote(parent));
        tracer.span_builder(name).with_kind(kind.into()).start_with_context(tracer, &context)
    }))
}

impl Span {
    /// What the next step goes on from.
    pub fn parent(&self) -> Option<TraceParent> {
        let context = self.0.as_ref()?.span_context();
        TraceParent::new(
            u128::from_be_bytes(context.trace_id().to_bytes()),
            u64::from_be_bytes(context.span_id().to_bytes()),
        )
    }

    /// Adds what is known now. Never a text, a person's name or a token.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Display) -> Self {
        self.note(key, value);
        self
    }

    /// Adds what is known later.
    pub fn note(&mut self, key: &'static str, value: impl Display) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, value.to_string()));
        }
    }

    /// Marks the step as failed.
    pub fn fail(&mut self, why: impl Display) {
        if let Some(span) = &mut self.0 {
            span.set_status(opentelemetry::trace::Status::error(why.to_string()));
        }
    }
}

fn remote(parent: TraceParent) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(parent.trace().to_be_bytes()),
        SpanId::from_bytes(parent.span().to_be_bytes()),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    )
}

impl From<Kind> for SpanKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Command => Self::Server,
            Kind::Step => Self::Internal,
            Kind::Publish => Self::Producer,
            Kind::Receive => Self::Consumer,
        }
    }
}
