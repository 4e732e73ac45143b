import { expect, test } from 'vitest';
import { Conversations, progress, typists, unread, type Entry, type Summary } from '@weft/client';

const entry = (seq: number, prev = seq - 1, author = 'A'): { type: 'entry' } & Entry => ({
  type: 'entry',
  conversation: 'C',
  seq,
  prev,
  at: '2026-01-01T10:00:00.000Z',
  author: { kind: 'agent', id: author, name: author },
  audience: 'all',
  body: { kind: 'text', text: `text ${seq}` },
});

const summary = (version: number, more: Partial<Summary> = {}): Summary => ({
  id: 'C',
  version,
  state: 'waiting',
  team: null,
  agent: null,
  visitor: { id: 'V', name: 'V' },
  last_seq: 0,
  opened_at: '2026-01-01T10:00:00.000Z',
  ...more,
});

test('entries come once and in order; a hole is reported and not shown', () => {
  const book = new Conversations();
  expect(book.apply(entry(1))).toBe('applied');
  expect(book.apply(entry(1))).toBe('ignored');
  expect(book.apply(entry(3))).toBe('gap');
  expect(book.apply(entry(2))).toBe('applied');
  expect(book.apply(entry(3))).toBe('applied');
  expect(book.get('C')?.entries.map((e) => e.seq)).toEqual([1, 2, 3]);
  expect(book.resume().points).toEqual([{ conversation: 'C', after: 3 }]);
});

test('a reader who may not see a note has no hole: prev skips it', () => {
  const book = new Conversations();
  book.apply(entry(1));
  expect(book.apply(entry(4, 1))).toBe('applied');
});

test('a conversation that was not recovered is forgotten and read from its first entry', () => {
  const book = new Conversations();
  book.apply(entry(1));
  book.apply({ type: 'welcome', session: 'S', epoch: 2, conversations: [{ ...summary(5), recovered: false }] });
  expect(book.resume()).toEqual({ points: [{ conversation: 'C', after: 0 }], epoch: 2 });
  expect(book.apply(entry(1))).toBe('applied');
});

test('the newer summary wins, and what it leaves out is unchanged', () => {
  const book = new Conversations();
  book.apply({ type: 'conversation', conversation: summary(2, { unread: 4, position: 3 }) });
  book.apply({ type: 'conversation', conversation: summary(1, { state: 'closed' }) });
  expect(book.get('C')?.summary).toMatchObject({ state: 'waiting', unread: 4 });
  expect(book.get('C')?.backlog).toEqual({ position: 3, ahead: 2 });
  book.apply({ type: 'conversation', conversation: summary(3, { state: 'assigned' }) });
  expect(book.get('C')?.summary).toMatchObject({ state: 'assigned', unread: 4 });
  expect(book.get('C')?.backlog).toBeUndefined();
});

test('marks only rise, and give ticks and unread counts', () => {
  const book = new Conversations();
  [1, 2, 3].forEach((seq) => book.apply(entry(seq)));
  const marks = (read: number, delivered: number) =>
    book.apply({ type: 'marks', conversation: 'C', participant: { kind: 'visitor', id: 'V' }, delivered, read });
  const it = book.ensure('C');
  expect(unread(it, 'V')).toBe(3);
  marks(1, 2);
  marks(0, 1);
  expect([1, 2, 3].map((seq) => progress(it, seq, 'A'))).toEqual(['read', 'delivered', 'sent']);
  expect(unread(it, 'V')).toBe(2);
  expect(unread(it, 'A')).toBe(0);
});

test('typing ends by word, by message and by time', () => {
  let now = 0;
  const book = new Conversations(() => now);
  const typing = (on: boolean) =>
    book.apply({ type: 'typing', conversation: 'C', participant: { kind: 'agent', id: 'A', name: 'Ana' }, on });
  const it = book.ensure('C');
  typing(true);
  expect(typists(it, 'V', now)).toEqual(['Ana']);
  typing(false);
  expect(typists(it, 'V', now)).toEqual([]);
  typing(true);
  book.apply(entry(1));
  expect(typists(it, 'V', now)).toEqual([]);
  typing(true);
  now = 60_000;
  expect(typists(it, 'V', now)).toEqual([]);
});
