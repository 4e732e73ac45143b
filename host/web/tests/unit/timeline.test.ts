import { expect, test } from 'vitest';
import { Conversations, type Body, type Entry } from '@weft/client';
import { timeline } from '../../src/shared/timeline.ts';

const me = { id: 'V', name: 'Vera' };
let seq = 0;

function book(bodies: [author: string, body: Body, more?: Partial<Entry>][]) {
  const conversations = new Conversations();
  seq = 0;
  for (const [author, body, more] of bodies) {
    seq += 1;
    const at = `2026-01-01T10:0${seq}:00.000Z`;
    conversations.apply({
      type: 'entry',
      conversation: 'C',
      seq,
      prev: seq - 1,
      at,
      author: { kind: author === 'V' ? 'visitor' : 'agent', id: author, name: author },
      audience: 'all',
      body,
      ...more,
    });
  }
  return conversations.ensure('C');
}

const text = (words: string): Body => ({ kind: 'text', text: words });

test('edits and recalls change the message they mean and are no lines of their own', () => {
  const it = book([
    ['V', text('frist')],
    ['V', text('oops')],
    ['V', { kind: 'edited', seq: 1, body: text('first') }],
    ['V', { kind: 'recalled', seq: 2 }],
  ]);
  const messages = timeline(it, [], me).filter((item) => item.kind === 'message');
  expect(messages.map((m) => [m.body.kind, m.edited])).toEqual([
    ['text', true],
    ['recalled', false],
  ]);
});

test('an unknown kind is shown, not dropped', () => {
  const it = book([['A', { kind: 'hologram' } as unknown as Body]]);
  expect(timeline(it, [], me).map((item) => item.kind)).toEqual(['day', 'message']);
});

test('an unsent text is shown once: its bubble keeps its key when the entry arrives', () => {
  const item = { id: '01X', command: { type: 'send' as const, conversation: 'C', body: text('hi') } };
  const before = timeline(book([]), [item], me);
  expect(before.map((i) => i.kind === 'message' && [i.key, i.tick])).toEqual([['01X', 'pending']]);
  const after = timeline(book([['V', text('hi'), { id: '01X' }]]), [item], me);
  expect(after.filter((i) => i.kind === 'message').map((i) => [i.key, i.tick])).toEqual([['01X', 'sent']]);
});

test('messages of one author group; a note does not join a reply', () => {
  const it = book([
    ['A', text('one')],
    ['A', text('two')],
    ['A', text('psst'), { audience: 'agents' }],
    ['V', text('three')],
  ]);
  const messages = timeline(it, [], me).filter((item) => item.kind === 'message');
  expect(messages.map((m) => [m.follows, m.note, m.mine])).toEqual([
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});
