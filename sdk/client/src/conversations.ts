import type { Entry, Mark, ResumePoint, Summary, Welcome, WireEvent } from './wire.ts';

/** One conversation as this client has it. */
export interface Conversation {
  id: string;
  summary: Summary | undefined;
  /** In `seq` order, without holes for this reader. */
  entries: Entry[];
  marks: Map<string, Mark>;
  /** Who is typing, by id; `until` in milliseconds since 1970. */
  typing: Map<string, { name: string; until: number }>;
  /** The visitor's draft, for agents. */
  preview: string;
  backlog: { position: number; ahead: number; eta?: { low: number; high?: number } } | undefined;
}

const TYPING_MS = 6_000;
/** PROTOCOL.md §2: resume points in one hello. */
const RESUME_MOST = 200;
const CONTENT = new Set(['text', 'file', 'image', 'audio', 'video', 'card', 'location']);

/** Conversations as events make them. Repeats change nothing; a hole is reported, never shown. */
export class Conversations {
  readonly byId = new Map<string, Conversation>();
  readonly presence = new Map<string, string>();
  epoch: number | undefined;

  constructor(private readonly now: () => number = Date.now) {}

  get(id: string): Conversation | undefined {
    return this.byId.get(id);
  }

  /** Starts following a conversation from its first entry. */
  ensure(id: string): Conversation {
    let it = this.byId.get(id);
    if (!it) {
      it = {
        id,
        summary: undefined,
        entries: [],
        marks: new Map(),
        typing: new Map(),
        preview: '',
        backlog: undefined,
      };
      this.byId.set(id, it);
    }
    return it;
  }

  resume(): { points: ResumePoint[]; epoch?: number } {
    const points = [...this.byId.values()]
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, RESUME_MOST)
      .map((it) => ({ conversation: it.id, after: lastSeq(it) }));
    return this.epoch === undefined ? { points } : { points, epoch: this.epoch };
  }

  /** `gap`: something between what is here and `event` is missing; the session has to resume. */
  apply(event: WireEvent): 'applied' | 'ignored' | 'gap' {
    switch (event.type) {
      case 'welcome':
        this.welcome(event);
        return 'applied';
      case 'entry':
        return this.entry(event);
      case 'conversation':
        this.summary(event.conversation);
        return 'applied';
      case 'backlog': {
        const { position, ahead, eta } = event;
        this.ensure(event.conversation).backlog = eta ? { position, ahead, eta } : { position, ahead };
        return 'applied';
      }
      case 'marks':
        this.mark(event.conversation, event.participant.id, event);
        return 'applied';
      case 'typing': {
        const { typing } = this.ensure(event.conversation);
        const { id, name } = event.participant;
        if (event.on) typing.set(id, { name, until: this.now() + TYPING_MS });
        else typing.delete(id);
        return 'applied';
      }
      case 'preview':
        this.ensure(event.conversation).preview = event.text;
        return 'applied';
      case 'presence':
        this.presence.set(event.agent.id, event.status);
        return 'applied';
      default:
        return 'ignored';
    }
  }

  /** A mark of this client's own, before the node confirms it. */
  mark(conversation: string, participant: string, { delivered, read }: Mark): void {
    const { marks } = this.ensure(conversation);
    const old = marks.get(participant) ?? { delivered: 0, read: 0 };
    marks.set(participant, {
      delivered: Math.max(old.delivered, delivered),
      read: Math.max(old.read, read),
    });
  }

  private welcome(welcome: Welcome): void {
    this.epoch = welcome.epoch;
    for (const it of welcome.conversations ?? []) {
      if (it.recovered === false) this.byId.delete(it.id);
      if (it.state) this.summary(it);
    }
    for (const it of this.byId.values()) {
      it.typing.clear();
      it.preview = '';
    }
  }

  private summary(summary: Summary): void {
    const it = this.ensure(summary.id);
    if (it.summary && it.summary.version > summary.version) return;
    it.summary = { ...it.summary, ...summary };
    for (const [id, mark] of Object.entries(summary.marks ?? {})) this.mark(summary.id, id, mark);
    if (summary.state !== 'waiting') it.backlog = undefined;
    else if (summary.position) it.backlog = { position: summary.position, ahead: summary.position - 1 };
  }

  private entry(event: { type: 'entry' } & Entry): 'applied' | 'ignored' | 'gap' {
    const it = this.ensure(event.conversation);
    const have = lastSeq(it);
    if (event.seq <= have) return 'ignored';
    if (event.prev !== have) return 'gap';
    const { type: _type, ...entry } = event;
    it.entries = [...it.entries, entry];
    if (entry.author.id) it.typing.delete(entry.author.id);
    if (entry.author.kind === 'visitor') it.preview = '';
    return 'applied';
  }
}

export function lastSeq(it: Conversation): number {
  return it.entries.at(-1)?.seq ?? 0;
}

/** Entries that people wrote and `me` has not read. */
export function unread(it: Conversation, me: string): number {
  const read = it.marks.get(me)?.read ?? 0;
  return it.entries.filter((e) => e.seq > read && e.author.id !== me && CONTENT.has(e.body.kind)).length;
}

/** Names of the others who are typing at `now`. */
export function typists(it: Conversation, me: string, now: number): string[] {
  return [...it.typing].filter(([id, { until }]) => id !== me && until > now).map(([, { name }]) => name);
}

/** How far `seq` got with anybody but its author. */
export function progress(it: Conversation, seq: number, author: string): 'sent' | 'delivered' | 'read' {
  let best: 'sent' | 'delivered' = 'sent';
  for (const [id, mark] of it.marks) {
    if (id === author) continue;
    if (mark.read >= seq) return 'read';
    if (mark.delivered >= seq) best = 'delivered';
  }
  return best;
}
