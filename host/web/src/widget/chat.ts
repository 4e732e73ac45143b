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
  type OutboxItem,
  type OutboxStorage,
  type Recovered,
  type SessionOptions,
  type WireEvent,
} from '@weft/client';
import { DraftReporter } from '../shared/draft.ts';
import type { Embed } from './embed.ts';
import { IdentityKeeper } from './identity.ts';

const VERSION = '0.1.0';
const MARK_DELAY_MS = 120;

/** The visitor's side of a chat: one conversation at a time, over reloads. Fires `change` when anything to be shown changed. */
export class VisitorChat extends EventTarget {
  readonly identity: IdentityKeeper;
  readonly conversations = new Conversations();
  readonly outbox: Outbox;
  connection: Connection | undefined;
  /** True while the visitor looks at the chat. */
  looking = false;
  /** The last announcement. */
  notice = '';
  /** A conversation's id, or `@ID` while the `open` command ID is on its way. */
  private current: string | undefined;
  private session: Session | undefined;
  private marking: ReturnType<typeof setTimeout> | undefined;
  private readonly currentKey: string;
  readonly draft = new DraftReporter((command) => this.session?.tell(command), true);

  constructor(
    private readonly embed: Embed,
    private readonly storage: OutboxStorage,
    private readonly transports: Pick<SessionOptions, 'socket' | 'rest'> = {
      socket: connectSocket(embed.origin),
      rest: connectRest(embed.origin),
    },
  ) {
    super();
    this.identity = new IdentityKeeper(new Api(embed.origin), storage, embed);
    this.outbox = new Outbox(storage, `${embed.origin}:${embed.channel}`);
    this.currentKey = `weft:current:${embed.origin}:${embed.channel}`;
    this.current = storage.getItem(this.currentKey) ?? undefined;
    if (this.current && !this.current.startsWith('@')) this.conversations.ensure(this.current);
  }

  /** Whether this browser has been here before: then it connects without being asked. */
  get returning(): boolean {
    return this.identity.current !== undefined && this.current !== undefined;
  }

  connect(): void {
    if (this.session) return;
    this.session = new Session({
      ...this.transports,
      client: { name: 'widget', version: VERSION },
      token: (renew) => this.identity.token(renew),
      resume: () => this.conversations.resume(),
      outbox: this.outbox,
      onEvent: (event) => this.hear(event),
      onConnection: (connection) => {
        this.connection = connection;
        this.changed();
      },
      onOutbox: () => this.changed(),
    });
    this.session.start();
  }

  nudge(): void {
    this.session?.nudge();
  }

  get conversation(): Conversation | undefined {
    return this.current ? this.conversations.get(this.current) : undefined;
  }

  get pending(): OutboxItem[] {
    return this.current ? this.outbox.pending(this.current) : [];
  }

  get me(): { id: string; name: string } {
    return this.identity.current?.visitor ?? { id: '', name: '' };
  }

  get unread(): number {
    return this.conversation ? unread(this.conversation, this.me.id) : 0;
  }

  get closed(): boolean {
    return this.conversation?.summary?.state === 'closed';
  }

  /** Outside business hours, before a chat: what the visitor writes is left as a message. */
  get leaving(): boolean {
    return !this.current && this.identity.current?.channel?.open === false;
  }

  /** Asks anew whether the team is open; what was stored may be days old. */
  async lookAtHours(): Promise<void> {
    if (this.current || !this.identity.current) return;
    try {
      await this.identity.token(true);
    } catch {
      // Without an answer the last one holds.
    }
    this.changed();
  }

  /** False when the browser could not keep it. */
  leave(text: string, contact: string): boolean {
    this.connect();
    const { language } = this.embed;
    const id = this.session?.submit({ type: 'message', body: { kind: 'text', text }, contact, language });
    if (id) this.point(`@${id}`);
    return id !== undefined;
  }

  /** False when the browser could not keep it: the text stays in the composer. */
  say(text: string): boolean {
    this.connect();
    if (!this.session) return false;
    if (!this.current) {
      const opened = this.session.submit({ type: 'open', language: this.embed.language });
      if (!opened) return false;
      this.point(`@${opened}`);
    }
    const conversation = this.current ?? '';
    const id = this.session.submit({ type: 'send', conversation, body: { kind: 'text', text } });
    this.draft.sent(conversation);
    return id !== undefined;
  }

  settleRefused(id: string, again: boolean): void {
    this.session?.settleRefused(id, again);
  }

  typed(text: string): void {
    if (this.conversation && !this.closed) this.draft.input(this.conversation.id, text);
  }

  rate(score: number): void {
    if (this.conversation) this.session?.submit({ type: 'rate', conversation: this.conversation.id, score });
  }

  /** Leaves the closed conversation behind; the next text opens another. */
  startOver(): void {
    this.point(undefined);
  }

  look(looking: boolean): void {
    if (this.looking) this.mark(); // what was on the screen until now has been read
    this.looking = looking;
    this.markSoon();
    this.changed();
  }

  private hear(event: WireEvent): void {
    if (event.type === 'entry' || event.type === 'receipt') this.learnCurrent(event.id, event.conversation);
    if (event.type === 'welcome') this.findCurrent(event.conversations ?? []);
    if (event.type === 'notice') this.notice = event.text;
    if (this.conversations.apply(event) === 'gap') this.session?.resync();
    if (event.type === 'entry' || event.type === 'welcome') this.markSoon();
    this.changed();
  }

  /** A conversation that is gone is left; without one, the newest that is open goes on. */
  private findCurrent(all: Recovered[]): void {
    if (all.some((it) => it.id === this.current && !it.state)) this.point(undefined);
    const open = all.filter((it) => it.state && it.state !== 'closed').map((it) => it.id);
    const newest = open.sort().at(-1);
    if (newest && !this.current) this.point(newest);
  }

  private learnCurrent(id: string | undefined, conversation: string | undefined): void {
    if (id && conversation && this.current === `@${id}`) this.point(conversation);
  }

  private point(current: string | undefined): void {
    this.current = current;
    if (current) this.storage.setItem(this.currentKey, current);
    else this.storage.removeItem(this.currentKey);
    this.changed();
  }

  private markSoon(): void {
    clearTimeout(this.marking);
    this.marking = setTimeout(() => this.mark(), MARK_DELAY_MS);
  }

  private mark(): void {
    const it = this.conversation;
    const last = it ? lastSeq(it) : 0;
    if (!it || last === 0 || this.connection?.kind !== 'online') return;
    const mine = it.marks.get(this.me.id) ?? { delivered: 0, read: 0 };
    const read = this.looking ? last : mine.read;
    if (mine.delivered >= last && mine.read >= read) return;
    this.conversations.mark(it.id, this.me.id, { delivered: last, read });
    this.session?.tell({ type: 'mark', conversation: it.id, delivered: last, ...(read ? { read } : {}) });
    this.changed();
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
