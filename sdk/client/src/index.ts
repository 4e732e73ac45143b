/** The browser client of weft: sessions that resume, an outbox that sends once, conversations as state. */
export * from './api.ts';
export * from './backoff.ts';
export * from './conversations.ts';
export * from './outbox.ts';
export * from './session.ts';
export * from './transport.ts';
export * from './ulid.ts';
export * from './wire.ts';
