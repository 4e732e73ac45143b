import { expect, test, vi } from 'vitest';
import { MemoryStorage } from '@weft/client';
import { VisitorChat } from '../../src/widget/chat.ts';

const embed = {
  origin: 'https://chat.example',
  channel: 'k',
  language: 'en',
  theme: undefined,
  accent: undefined,
  name: undefined,
};

/** A chat whose node says that the team is closed (or open), and never answers a socket. */
function chat(open: boolean): VisitorChat {
  const identity = { token: 't', visitor: { id: 'V', name: 'Vera' }, channel: { id: 'C', name: 'Shop', open } };
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(identity), { status: 201 }));
  const storage = new MemoryStorage();
  storage.setItem('weft:visitor:https://chat.example:k', JSON.stringify({ ...identity, channel: { open: !open } }));
  const never = () => ({ send: () => undefined, close: () => undefined });
  return new VisitorChat(embed, storage, { socket: never, rest: never } as never);
}

test('outside business hours a text is left as a message, with how to be reached', async () => {
  const it = chat(false);
  expect(it.leaving).toBe(false); // what was stored days ago
  await it.lookAtHours();
  expect(it.leaving).toBe(true);
  expect(it.leave('call me', 'vera@example.com')).toBe(true);
  const [item] = it.outbox.items();
  expect(item?.command).toEqual({
    type: 'message',
    body: { kind: 'text', text: 'call me' },
    contact: 'vera@example.com',
    language: 'en',
  });
  expect(it.leaving).toBe(false); // one message; the answer says which conversation it became
});

test('when the team opens, the visitor chats', async () => {
  const it = chat(true);
  expect(it.leaving).toBe(true);
  await it.lookAtHours();
  expect(it.leaving).toBe(false);
});
