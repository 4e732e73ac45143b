import { progress, type Body, type Conversation, type Entry, type OutboxItem } from '@weft/client';

/** One line or bubble of a chat, in the order it is shown. */
export type Item =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'system'; key: string; at: string; body: Body; internal: boolean }
  | {
      kind: 'message';
      key: string;
      at: string;
      mine: boolean;
      note: boolean;
      author: { kind: string; id: string; name: string };
      body: Body;
      edited: boolean;
      /** Of the reader's own messages. */
      tick: 'pending' | 'failed' | 'sent' | 'delivered' | 'read' | undefined;
      /** Same author as the bubble above, shortly after it. */
      follows: boolean;
    };

type Message = Extract<Item, { kind: 'message' }>;

const MESSAGE = new Set(['text', 'file', 'image', 'audio', 'video', 'card', 'location', 'erased']);
/** Facts of the system; a kind in neither set is shown as an unsupported message. */
const SYSTEM = new Set(
  'opened queued message_asked offered assigned declined moved joined left transferred rated closed reopened message_left'.split(
    ' ',
  ),
);
const GROUP_MS = 3 * 60_000;

/** Entries and unsent texts of a conversation as `me` sees them: edits and recalls applied, grouped by author and day. */
export function timeline(
  it: Conversation | undefined,
  pending: OutboxItem[],
  me: { id: string; name: string },
): Item[] {
  const items: Item[] = [];
  const changes = it ? changesOf(it.entries) : new Map<number, Body>();
  for (const entry of it?.entries ?? []) {
    const kind = entry.body.kind;
    if (kind === 'edited' || kind === 'recalled') continue;
    pushDay(items, entry.at);
    const key = entry.id && MESSAGE.has(kind) ? entry.id : `${entry.conversation}:${entry.seq}`;
    if (SYSTEM.has(kind)) {
      items.push({ kind: 'system', key, at: entry.at, body: entry.body, internal: entry.audience === 'agents' });
    } else if (it) {
      items.push(group(items, message(it, entry, changes, key, me.id)));
    }
  }
  const known = new Set(it?.entries.map((entry) => entry.id));
  for (const item of pending) {
    if (item.command.type === 'send' && !known.has(item.id)) items.push(group(items, unsent(item, item.command, me)));
  }
  return items;
}

function changesOf(entries: Entry[]): Map<number, Body> {
  const changes = new Map<number, Body>();
  for (const { body } of entries) {
    if (body.kind === 'edited') changes.set(body.seq, body.body);
    if (body.kind === 'recalled') changes.set(body.seq, body);
  }
  return changes;
}

function message(it: Conversation, entry: Entry, changes: Map<number, Body>, key: string, me: string): Message {
  const changed = changes.get(entry.seq);
  const { kind, id = kind, name = '' } = entry.author;
  return {
    kind: 'message',
    key,
    at: entry.at,
    mine: id === me,
    note: entry.audience === 'agents',
    author: { kind, id, name },
    body: changed ?? entry.body,
    edited: changed !== undefined && changed.kind !== 'recalled',
    tick: id !== me || entry.audience === 'agents' ? undefined : progress(it, entry.seq, me),
    follows: false,
  };
}

function unsent(
  { id, failed }: OutboxItem,
  command: Extract<OutboxItem['command'], { type: 'send' }>,
  me: { id: string; name: string },
): Message {
  return {
    kind: 'message',
    key: id,
    at: new Date().toISOString(),
    mine: true,
    note: command.audience === 'agents',
    author: { kind: 'me', ...me },
    body: command.body,
    edited: false,
    tick: failed ? 'failed' : 'pending',
    follows: false,
  };
}

function group(items: Item[], item: Message): Message {
  const above = items.at(-1);
  const follows =
    above?.kind === 'message' &&
    above.author.id === item.author.id &&
    above.note === item.note &&
    Date.parse(item.at) - Date.parse(above.at) < GROUP_MS;
  return { ...item, follows };
}

function pushDay(items: Item[], at: string): void {
  const day = new Date(at).toDateString();
  const above = items.at(-1);
  if (!above || new Date(above.at).toDateString() !== day) items.push({ kind: 'day', key: `day:${day}`, at });
}
