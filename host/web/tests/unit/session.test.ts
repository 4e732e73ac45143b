import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  Backoff,
  Conversations,
  MemoryStorage,
  Outbox,
  Problem,
  Session,
  type Connection,
  type OutboxStorage,
  type SessionOptions,
} from '@weft/client';
import { Line } from '../fake/line.ts';
import { FakeNode } from '../fake/node.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function page(line: Line, storage: OutboxStorage, more: Partial<SessionOptions> = {}) {
  const conversations = new Conversations();
  const outbox = new Outbox(storage, 'test');
  const states: Connection['kind'][] = [];
  const session: Session = new Session({
    client: { name: 'test', version: '0' },
    socket: line.connect,
    token: () => Promise.resolve('visitor'),
    resume: () => conversations.resume(),
    outbox,
    backoff: new Backoff({ random: () => 0 }),
    onEvent: (event) => conversations.apply(event) === 'gap' && session.resync(),
    onConnection: ({ kind }) => states.push(kind),
    ...more,
  });
  session.start();
  return { session, conversations, outbox, states };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const text = (conversation: string, words: string) => ({
  type: 'send' as const,
  conversation,
  body: { kind: 'text' as const, text: words },
});
const texts = (node: FakeNode): string[] =>
  [...node.logs.values()].flatMap((log) =>
    log.entries.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : [])),
  );

test('a chat that is opened and written offline is sent once, in order, when the line is back', async () => {
  const node = new FakeNode();
  const line = new Line(node);
  line.up = false;
  const { session, outbox, conversations, states } = page(line, new MemoryStorage());
  await settle();
  const open = session.submit({ type: 'open' });
  session.submit(text(`@${open}`, 'one'));
  session.submit(text(`@${open}`, 'two'));
  await later(5000);
  expect(states).toContain('waiting');
  expect(texts(node)).toEqual([]);

  line.up = true;
  await later(30_000);
  expect(texts(node)).toEqual(['one', 'two']);
  expect(outbox.items()).toEqual([]);
  expect([...conversations.byId.values()][0]?.entries.map((e) => e.body.kind)).toEqual(['opened', 'text', 'text']);
});

test('a receipt that is lost with the connection does not double the entry, after a reload neither', async () => {
  const node = new FakeNode();
  const line = new Line(node);
  const storage = new MemoryStorage();
  const first = page(line, storage);
  await settle();
  const open = first.session.submit({ type: 'open' });
  await settle();
  const conversation = [...node.logs.keys()][0] ?? '';
  expect(open).toBeDefined();

  node.answers = false;
  node.live.forEach((live) => (live.send = () => undefined)); // nothing comes back any more
  first.session.submit(text(conversation, 'once'));
  await settle();
  expect(texts(node)).toEqual(['once']);
  expect(first.outbox.items()).toHaveLength(1);
  line.cut();
  first.session.stop();

  node.answers = true;
  line.up = true;
  const second = page(line, storage);
  await settle();
  expect(texts(node)).toEqual(['once']);
  expect(second.outbox.items()).toEqual([]);
});

test('what arrived while the line was down is caught up without doubles', async () => {
  const node = new FakeNode();
  const line = new Line(node);
  const { session, conversations } = page(line, new MemoryStorage());
  await settle();
  session.submit({ type: 'open' });
  await settle();
  const log = [...node.logs.values()][0]!;
  line.cut();
  node.append(log, node.agent, { kind: 'text', text: 'are you there?' });
  node.append(log, node.agent, { kind: 'text', text: 'a secret' }, 'agents');
  node.append(log, node.agent, { kind: 'text', text: 'hello?' });
  line.up = true;
  await later(30_000);
  expect(conversations.get(log.summary.id)?.entries.map((e) => e.seq)).toEqual([1, 2, 4]);
});

test('a refusal for good marks the message and lets the next one pass', async () => {
  const node = new FakeNode();
  const { session, outbox } = page(new Line(node), new MemoryStorage());
  await settle();
  session.submit({ type: 'open' });
  await settle();
  const conversation = [...node.logs.keys()][0] ?? '';
  session.submit(text('01NOSUCHCONVERSATION000000', 'lost'));
  session.submit(text(conversation, 'kept'));
  await settle();
  expect(texts(node)).toEqual(['kept']);
  expect(outbox.items().map((item) => item.failed)).toEqual(['not_found']);
  const id = outbox.items()[0]?.id ?? '';
  session.settleRefused(id, true);
  await settle();
  expect(outbox.items().map((item) => item.failed)).toEqual(['not_found']);
  session.settleRefused(id, false);
  expect(outbox.items()).toEqual([]);
});

test('sockets that never welcome lead to REST, and a token that ended is renewed', async () => {
  const node = new FakeNode();
  const socket = new Line(node);
  socket.up = false;
  const rest = new Line(node, 'rest');
  const { session } = page(socket, new MemoryStorage(), { rest: rest.connect });
  await later(10_000);
  expect(session.connection).toEqual({ kind: 'online', over: 'rest' });
  expect(socket.attempts).toBe(2);
});

test('without a token there is no session: signed out, not an endless loop', async () => {
  const token = vi.fn(() => Promise.reject(new Problem(401, 'unauthenticated', 'no')));
  const { session } = page(new Line(new FakeNode()), new MemoryStorage(), { token });
  await later(60_000);
  expect(session.connection).toEqual({ kind: 'stopped', reason: 'signed_out' });
  expect(token).toHaveBeenCalledTimes(1);
});

test('a silent line is noticed by its heartbeat', async () => {
  const node = new FakeNode();
  const line = new Line(node);
  const { states } = page(line, new MemoryStorage());
  await settle();
  node.answers = false;
  await later(80_000);
  expect(states.filter((kind) => kind === 'online').length).toBeGreaterThan(1);
});

test('a node that hangs before its welcome is given up after 4 s, and after twice as long the next time', async () => {
  const node = new FakeNode();
  node.welcomes = false;
  const line = new Line(node);
  const { session } = page(line, new MemoryStorage());
  await later(3_900);
  expect(line.attempts).toBe(1);
  await later(500); // 100 ms of patience, a pause of 250 ms
  expect(line.attempts).toBe(2);
  await later(7_500);
  expect(line.attempts).toBe(2);
  node.welcomes = true;
  await later(1_000); // 350 ms of patience, a pause of 500 ms
  expect(line.attempts).toBe(3);
  expect(session.connection.kind).toBe('online');
});
