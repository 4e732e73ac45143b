import { expect, test } from 'vitest';
import { MemoryStorage, OUTBOX_ITEMS, Outbox } from '@weft/client';

const text = (conversation: string, words: string) => ({
  type: 'send' as const,
  conversation,
  body: { kind: 'text' as const, text: words },
});

test('items come back in the order of their ids, in a new page too', () => {
  const storage = new MemoryStorage();
  const outbox = new Outbox(storage, 'v');
  outbox.add({ id: '02', command: text('c', 'second') });
  outbox.add({ id: '01', command: text('c', 'first') });
  expect(new Outbox(storage, 'v').items().map((item) => item.id)).toEqual(['01', '02']);
  expect(new Outbox(storage, 'other').items()).toEqual([]);
});

test('what is written for a conversation that is not open yet waits for the open command', () => {
  const outbox = new Outbox(new MemoryStorage(), 'v');
  outbox.add({ id: '01', command: { type: 'open' } });
  outbox.add({ id: '02', command: text('@01', 'hello') });
  expect(outbox.next()?.id).toBe('01');
  outbox.remove('01');
  expect(outbox.next()).toBeUndefined();
  outbox.resolve('01', 'C');
  expect(outbox.next()?.command).toEqual(text('C', 'hello'));
});

test('a refused item stays visible and does not block the next', () => {
  const outbox = new Outbox(new MemoryStorage(), 'v');
  outbox.add({ id: '01', command: text('c', 'too long') });
  outbox.add({ id: '02', command: text('c', 'fine') });
  outbox.fail('01', 'too_large');
  expect(outbox.next()?.id).toBe('02');
  expect(outbox.pending('c').map((item) => item.failed)).toEqual(['too_large', undefined]);
});

test('a full outbox or storage says so', () => {
  const outbox = new Outbox(new MemoryStorage(), 'v');
  for (let i = 0; i < OUTBOX_ITEMS; i++)
    expect(outbox.add({ id: String(1000 + i), command: text('c', 'x') })).toBe(true);
  expect(outbox.add({ id: '9999', command: text('c', 'x') })).toBe(false);

  const storage = new MemoryStorage();
  storage.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  expect(new Outbox(storage, 'v').add({ id: '01', command: text('c', 'x') })).toBe(false);
});
