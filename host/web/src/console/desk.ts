import {
  Api,
  Conversations,
  Outbox,
  Session,
  connectRest,
  connectSocket,
  lastSeq,
  unread,
  type Connection,
  type Conversation,
  type Me,
  type Named,
  type Offer,
  type OutboxStorage,
  type Receipt,
  type Status,
  type Summary,
  type WireEvent,
} from '@weft/client';
import { DraftReporter } from '../shared/draft.ts';
import type { Auth } from './auth.ts';

const VERSION = '0.1.0';
const MARK_DELAY_MS = 120;
/** Conversations that a search lists. */
const FOUND_SHOWN = 50;
/** Waiting conversations listed per team. */
const WAITING_SHOWN = 50;
/** The conversation that was looked at last, for after a reload. */
const SELECTED = 'weft:console:selected';

/** `GET /v1/me` of an agent. */
export type Myself = Me & { tenant?: { slug: string; name: string }; teams?: Named[] };

/** One decision of routing, as `/v1/conversations/{id}/decisions` tells it. */
export interface Decision {
  id: string;
  at: string;
  action: string;
  agent?: { id: string; name: string } | null;
  reasons: { code: string; detail: string; meaning?: string }[];
  plugin: { name: string; version: string; digest?: string };
  rung: 'active' | 'last_good' | 'built_in';
  epoch: number;
  fuel: number;
  candidates: number;
}

export interface OpenOffer extends Offer {
  answering: boolean;
}

/** Fires `change` when anything to be shown changed, `arrival` (detail: what came) for what deserves attention, and `taken` when an offer was accepted. */
export class Desk extends EventTarget {
  readonly conversations = new Conversations();
  readonly offers = new Map<string, OpenOffer>();
  readonly outbox: Outbox;
  readonly draft = new DraftReporter((command) => this.session.tell(command), false);
  connection: Connection = { kind: 'connecting' };
  status: Status;
  selected: string | undefined;
  notice: string | undefined;
  waiting: Summary[] = [];
  /** What the last search found; undefined when nothing is searched for. */
  found: Summary[] | undefined;
  private query = '';
  /** Conversations that are looked at without taking part. */
  private readonly watched = new Set<string>();
  private readonly session: Session;
  private arriving = false;
  private marking: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly auth: Auth,
    private readonly storage: OutboxStorage,
    readonly me: Myself,
  ) {
    super();
    this.status = me.status ?? 'offline';
    this.outbox = new Outbox(storage, `agent:${me.id}`);
    this.session = new Session({
      client: { name: 'console', version: VERSION },
      socket: connectSocket(api.origin),
      rest: connectRest(api.origin),
      token: (renew) => auth.token(renew),
      resume: () => this.conversations.resume(),
      outbox: this.outbox,
      onEvent: (event) => this.hear(event),
      onConnection: (connection) => {
        this.connection = connection;
        this.changed();
      },
      onOutbox: () => this.changed(),
    });
  }

  /** `arriving`: just signed in, which says "I am here"; a reload says nothing. */
  start(arriving: boolean): void {
    this.arriving = arriving && this.status === 'offline';
    this.session.start();
  }
  stop(): void {
    this.session.stop();
  }
  nudge(): void {
    this.session.nudge();
  }

  /** Open conversations with unread ones and newest entries first, then what was closed since sign-in. */
  get list(): Conversation[] {
    const known = [...this.conversations.byId.values()].filter((it) => this.mine(it));
    const last = (it: Conversation): string => it.entries.at(-1)?.at ?? it.summary?.opened_at ?? '';
    const closed = (it: Conversation): number => Number(it.summary?.state === 'closed');
    return known.sort((a, b) => closed(a) - closed(b) || last(b).localeCompare(last(a)));
  }

  get current(): Conversation | undefined {
    return this.selected ? this.conversations.get(this.selected) : undefined;
  }

  unread(it: Conversation): number {
    return unread(it, this.me.id);
  }

  select(id: string | undefined): void {
    this.selected = id;
    if (id) this.storage.setItem(SELECTED, id);
    else this.storage.removeItem(SELECTED);
    this.markSoon();
    this.changed();
  }

  say(text: string, note: boolean): boolean {
    if (!this.selected) return false;
    const audience = note ? { audience: 'agents' as const } : {};
    const id = this.session.submit({
      type: 'send',
      conversation: this.selected,
      body: { kind: 'text', text },
      ...audience,
    });
    this.draft.sent(this.selected);
    return id !== undefined;
  }

  settleRefused(id: string, again: boolean): void {
    this.session.settleRefused(id, again);
  }

  async setStatus(status: Status): Promise<void> {
    const before = this.status;
    this.status = status;
    this.changed();
    if (!(await this.ask(() => this.session.request({ type: 'status', status })))) this.status = before;
    this.changed();
  }

  async answer(id: string, accept: boolean): Promise<void> {
    const offer = this.offers.get(id);
    if (!offer || offer.answering) return;
    offer.answering = true;
    this.changed();
    const { token } = offer;
    const type = accept ? ('accept' as const) : ('decline' as const);
    const receipt = await this.ask(() => this.session.request({ type, offer: id, token }));
    if (receipt) {
      this.offers.delete(id);
      if (accept) {
        this.select(receipt.conversation ?? offer.conversation.id);
        this.dispatchEvent(new Event('taken'));
      }
    }
    offer.answering = false;
    this.changed();
  }

  async take(id: string): Promise<void> {
    if (await this.ask(() => this.session.request({ type: 'take', conversation: id }))) this.select(id);
    await this.loadWaiting();
  }

  async close(id: string): Promise<void> {
    await this.ask(() => this.session.request({ type: 'close', conversation: id }));
  }

  async decisions(id: string): Promise<Decision[]> {
    const token = await this.auth.token();
    const page = await this.api.get<{ items: Decision[] }>(`/v1/conversations/${id}/decisions`, { token });
    return page.items;
  }

  /** The teams' backlogs, for pulling from them. */
  async loadWaiting(): Promise<void> {
    try {
      const token = await this.auth.token();
      const ask = ({ id }: Named): Promise<{ items: Summary[] }> =>
        this.api.get(`/v1/conversations?state=waiting&team=${id}&limit=${WAITING_SHOWN}`, { token });
      const lists = await Promise.all((this.me.teams ?? []).map(ask));
      this.waiting = lists.flatMap(({ items }) => items);
    } catch {
      this.waiting = []; // shown again with the next look; the connection line says what is wrong
    }
    this.changed();
  }

  /** The agent looks at the selected conversation (again). */
  looked(): void {
    this.markSoon();
  }

  /** Conversations that hold these words; an empty text ends the search. */
  async search(query: string): Promise<void> {
    this.query = query.trim();
    if (!this.query) {
      this.found = undefined;
      this.changed();
      return;
    }
    const asked = this.query;
    try {
      const token = await this.auth.token();
      const path = `/v1/conversations?q=${encodeURIComponent(asked)}&limit=${FOUND_SHOWN}`;
      const { items } = await this.api.get<{ items: Summary[] }>(path, { token });
      if (asked === this.query) this.found = items; // a later text has been typed: its answer comes
    } catch (cause) {
      this.notice = cause instanceof Error ? cause.message : String(cause);
    }
    this.changed();
  }

  /** Opens a conversation that was found: an own one as it is, a closed one from the history, another by watching it. */
  async look(found: Summary): Promise<void> {
    const known = this.conversations.get(found.id);
    if (!known?.entries.length && (found.state === 'closed' || this.me.role === 'agent')) await this.read(found);
    else if (!known || !this.mine(known)) await this.watch(found.id);
    this.select(found.id);
  }

  private async watch(id: string): Promise<void> {
    const known = this.conversations.get(id);
    const after = known ? lastSeq(known) : 0;
    if (await this.ask(() => this.session.request({ type: 'watch', conversation: id, after }))) this.watched.add(id);
  }

  /** The whole history, page by page. */
  private async read(found: Summary): Promise<void> {
    this.conversations.apply({ type: 'conversation', conversation: found });
    try {
      const token = await this.auth.token();
      for (let after: string | null = '0'; after;) {
        const path = `/v1/conversations/${found.id}/entries?limit=200&after=${after}`;
        const page: { items: WireEvent[]; next: string | null } = await this.api.get(path, { token });
        for (const entry of page.items) this.conversations.apply(entry);
        after = page.next;
      }
    } catch (cause) {
      this.notice = cause instanceof Error ? cause.message : String(cause);
    }
  }

  /** Whether this agent takes part, or did. */
  mine(it: Conversation): boolean {
    const summary = it.summary;
    if (!summary || summary.state === 'waiting' || summary.state === 'offered') return false;
    const member = summary.members?.some((agent) => agent.id === this.me.id);
    return summary.agent?.id === this.me.id || member === true || summary.state === 'closed';
  }

  private hear(event: WireEvent): void {
    if (this.conversations.apply(event) === 'gap') this.session.resync();
    if (event.type === 'welcome') {
      this.offers.clear(); // the open ones come again
      for (const id of this.watched) void this.watch(id); // a watch ends with its session
      if (this.arriving) void this.setStatus('online');
      this.arriving = false;
      this.selected ??= (this.list.find((it) => it.id === this.storage.getItem(SELECTED)) ?? this.list[0])?.id;
    }
    if (event.type === 'presence' && event.agent.id === this.me.id) this.status = event.status;
    if (event.type === 'offer' && !this.offers.has(event.offer)) {
      this.offers.set(event.offer, { ...event, answering: false });
      this.arrived(event);
    }
    if (event.type === 'offer_gone') this.offers.delete(event.offer);
    if (event.type === 'notice') this.notice = event.text;
    if (event.type === 'conversation' && !this.selected && event.conversation.agent?.id === this.me.id) {
      this.selected = event.conversation.id;
    }
    if (event.type === 'entry') {
      this.markSoon();
      if (event.author.kind === 'visitor' && event.body.kind === 'text') this.arrived(event);
    }
    this.changed();
  }

  private async ask(request: () => Promise<Receipt>): Promise<Receipt | undefined> {
    try {
      this.notice = undefined;
      return await request();
    } catch (cause) {
      this.notice = cause instanceof Error ? cause.message : String(cause);
      this.changed();
      return undefined;
    }
  }

  private markSoon(): void {
    clearTimeout(this.marking);
    this.marking = setTimeout(() => {
      for (const it of this.conversations.byId.values()) this.mark(it);
      this.changed();
    }, MARK_DELAY_MS);
  }

  private mark(it: Conversation): void {
    const last = lastSeq(it);
    if (last === 0 || !this.mine(it) || it.summary?.state === 'closed' || this.connection.kind !== 'online') return;
    const own = it.marks.get(this.me.id) ?? { delivered: 0, read: 0 };
    const looking = it.id === this.selected && document.visibilityState === 'visible';
    const read = looking ? last : own.read;
    if (own.delivered >= last && own.read >= read) return;
    this.conversations.mark(it.id, this.me.id, { delivered: last, read });
    this.session.tell({ type: 'mark', conversation: it.id, delivered: last, ...(read ? { read } : {}) });
  }

  private arrived(event: WireEvent): void {
    this.dispatchEvent(new CustomEvent('arrival', { detail: event }));
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
