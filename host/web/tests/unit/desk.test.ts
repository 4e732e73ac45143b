import { expect, test } from 'vitest';
import { MemoryStorage, type Api, type Summary } from '@weft/client';
import type { Auth } from '../../src/console/auth.ts';
import { Desk } from '../../src/console/desk.ts';

const person = (id: string, name: string) => ({ id, name });

const closed: Summary = {
  id: 'C',
  version: 9,
  state: 'closed',
  team: person('T', 'Support'),
  agent: person('B', 'Ben'),
  visitor: person('V', 'Vera'),
  last_seq: 3,
  opened_at: '2026-11-24T10:00:00.000Z',
};

/** A desk whose REST answers come from `get`. */
function desk(get: (path: string) => unknown): Desk {
  const api = { origin: 'https://chat.example', get: async (path: string) => get(path) } as unknown as Api;
  const auth = { token: async () => 't' } as unknown as Auth;
  return new Desk(api, auth, new MemoryStorage(), { id: 'S', name: 'Sue', kind: 'agent', role: 'supervisor' });
}

test('a later text is answered, not an earlier one that comes late', async () => {
  let answer: (page: unknown) => void = () => undefined;
  const it = desk((path) =>
    path.includes('slow') ? new Promise((resolve) => (answer = resolve)) : { items: [closed], next: null },
  );
  const slow = it.search('slow');
  await it.search(' kettle ');
  answer({ items: [], next: null });
  await slow;
  expect(it.found?.map(({ id }) => id)).toEqual(['C']);
  await it.search('');
  expect(it.found).toBeUndefined();
});

test('a closed conversation that was found is read page by page', async () => {
  const entry = (seq: number) => ({
    type: 'entry',
    conversation: 'C',
    seq,
    prev: seq - 1,
    at: closed.opened_at,
    author: { kind: 'visitor', ...closed.visitor },
    audience: 'all',
    body: { kind: 'text', text: `${seq}` },
  });
  const it = desk((path) => {
    const after = Number(new URL(path, 'https://chat.example').searchParams.get('after'));
    return after === 0 ? { items: [entry(1), entry(2)], next: '2' } : { items: [entry(3)], next: null };
  });
  await it.look(closed);
  expect(it.selected).toBe('C');
  expect(it.current?.entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});
