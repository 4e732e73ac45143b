import {
  UlidSource,
  type Author,
  type Body,
  type Command,
  type Entry,
  type Hello,
  type Named,
  type Party,
  type Status,
  type Summary,
  type WireEvent,
} from '@weft/client';

type Numbered = Command & { id: string };

interface Log {
  summary: Summary;
  entries: Entry[];
  receipts: Map<string, { seq: number; at: string }>;
}

interface Live {
  who: Party;
  send(event: WireEvent): void;
}

/** A node of one tenant in memory: enough of PROTOCOL.md for the pages, exact where C2 is exact. */
export class FakeNode {
  readonly agent = { kind: 'agent' as const, id: '01K0000000000000000000AGNT', name: 'Ana Lindqvist' };
  /** By token. */
  readonly visitors = new Map<string, Party>();
  readonly visitor = { kind: 'visitor' as const, id: '01K00000000000000000V1S1T0', name: 'Visitor 4f2a' };
  readonly team = { id: '01K0000000000000000000TEAM', name: 'Tea desk' };
  readonly logs = new Map<string, Log>();
  readonly live = new Set<Live>();
  /** When false, sends reach the log but their receipts are lost with the connection. */
  answers = true;
  welcomes = true;
  status: Status = 'online';
  offerSeconds = 30;
  private readonly ids = new UlidSource();
  private readonly offers = new Map<string, string>();

  newVisitor(): { token: string; visitor: Named } {
    const id = this.ids.next();
    const visitor = { id, name: `Visitor ${id.slice(-4).toLowerCase()}` };
    this.visitors.set(id, { kind: 'visitor', ...visitor });
    return { token: id, visitor };
  }

  /** A session: `hello` in, events out. */
  connect(hello: Hello, send: (event: WireEvent) => void): Live {
    const who = hello.token === 'agent' ? this.agent : (this.visitors.get(hello.token) ?? this.visitor);
    const live: Live = { who, send };
    this.live.add(live);
    if (!this.welcomes) return live;
    const after = new Map(hello.resume.map((point) => [point.conversation, point.after]));
    const logs = [...this.logs.values()].filter(
      ({ summary }) => this.sees(who, summary) && (summary.state !== 'closed' || after.has(summary.id)),
    );
    send({
      type: 'welcome',
      session: this.ids.next(),
      epoch: 1,
      heartbeat: 25,
      me: { ...who, ...(who.kind === 'agent' ? { status: this.status, capacity: 3 } : {}) },
      conversations: logs.map(({ summary }) => ({ ...summary, recovered: true })),
    });
    for (const log of logs) {
      for (const entry of this.visible(who, log)) {
        if (entry.seq > (after.get(log.summary.id) ?? 0)) send({ type: 'entry', ...entry });
      }
    }
    return live;
  }

  disconnect(live: Live): void {
    this.live.delete(live);
  }

  handle(live: Live, command: Numbered): void {
    const answer = this.run(live, command);
    if (answer && this.answers) live.send(answer);
  }

  /** An entry by anybody, as the routing or a person would make it. */
  append(log: Log, author: Author, body: Body, audience: 'all' | 'agents' = 'all', id?: string): Entry {
    const seq = log.entries.length + 1;
    const entry: Entry = {
      conversation: log.summary.id,
      seq,
      prev: seq - 1,
      at: new Date().toISOString(),
      author,
      audience,
      body,
      ...(id ? { id } : {}),
    };
    log.entries.push(entry);
    log.summary = { ...log.summary, last_seq: seq, version: log.summary.version + 1 };
    for (const live of this.live) {
      const seen = this.visible(live.who, log).at(-1);
      if (this.sees(live.who, log.summary) && seen?.seq === seq) live.send({ type: 'entry', ...seen });
    }
    return entry;
  }

  private run(live: Live, command: Numbered): WireEvent | undefined {
    const { id } = command;
    switch (command.type) {
      case 'ping':
        return { type: 'pong' };
      case 'open':
        return this.open(live, command);
      case 'status':
        this.status = command.status;
        this.tell(() => true, { type: 'presence', agent: this.agent, status: this.status });
        return { type: 'receipt', id };
      case 'accept':
      case 'decline':
        return this.answerOffer(command);
      case 'mark': {
        const { conversation, delivered = 0, read = 0 } = command;
        const participant = { kind: live.who.kind, id: live.who.id };
        this.tell(() => true, { type: 'marks', conversation, participant, delivered, read });
        return { type: 'receipt', id };
      }
      case 'typing':
        this.tell((other) => other !== live, {
          type: 'typing',
          conversation: command.conversation,
          participant: live.who,
          on: command.on,
        });
        return { type: 'receipt', id };
      case 'preview':
        this.tell((other) => other.who.kind === 'agent', {
          type: 'preview',
          conversation: command.conversation,
          text: command.text,
        });
        return { type: 'receipt', id };
      case 'send':
        return this.entry(live, command.conversation, command.body, command.audience ?? 'all', id);
      case 'close':
        return this.entry(live, command.conversation, { kind: 'closed' }, 'all', id, 'closed');
      case 'rate':
        return this.entry(live, command.conversation, { kind: 'rated', score: command.score }, 'all', id);
      default:
        return { type: 'error', id, code: 'unsupported', message: `no ${command.type} here` };
    }
  }

  private open(live: Live, command: Numbered & { type: 'open' }): WireEvent {
    for (const [conversation, log] of this.logs) {
      const known = log.receipts.get(command.id);
      if (known) return { type: 'receipt', id: command.id, conversation, ...known };
    }
    const id = this.ids.next();
    const log: Log = { summary: this.newSummary(id, live.who), entries: [], receipts: new Map() };
    this.logs.set(id, log);
    const { seq, at } = this.append(log, live.who, { kind: 'opened', team: this.team }, 'all', command.id);
    log.receipts.set(command.id, { seq, at });
    this.tellSummary(log);
    if (this.status === 'online') this.offer(log);
    return { type: 'receipt', id: command.id, conversation: id, seq, at };
  }

  private newSummary(id: string, { id: visitor, name }: Named): Summary {
    return {
      id,
      version: 1,
      state: 'waiting',
      team: this.team,
      agent: null,
      visitor: { id: visitor, name },
      subject: null,
      language: 'en',
      last_seq: 0,
      opened_at: new Date().toISOString(),
      waiting_since: new Date().toISOString(),
      position: 1,
    };
  }

  private offer(log: Log): void {
    const offer = this.ids.next();
    this.offers.set(offer, log.summary.id);
    log.summary = { ...log.summary, state: 'offered', version: log.summary.version + 1 };
    const expires_at = new Date(Date.now() + this.offerSeconds * 1000).toISOString();
    this.tell((other) => other.who.kind === 'agent', {
      type: 'offer',
      offer,
      token: 7,
      conversation: log.summary,
      expires_at,
    });
    this.tellSummary(log);
  }

  private answerOffer(command: Numbered & { type: 'accept' | 'decline' }): WireEvent {
    const log = this.logs.get(this.offers.get(command.offer) ?? '');
    if (!log) return { type: 'error', id: command.id, code: 'expired', message: 'the offer has ended' };
    this.offers.delete(command.offer);
    if (command.type === 'accept') {
      const { id, name } = this.agent;
      log.summary = { ...log.summary, state: 'assigned', agent: { id, name }, version: log.summary.version + 1 };
      this.tellSummary(log);
      for (const live of this.live) {
        if (live.who.kind === 'agent') log.entries.forEach((entry) => live.send({ type: 'entry', ...entry }));
      }
      this.append(log, { kind: 'system' }, { kind: 'assigned', agent: { id, name } });
      this.tell(() => true, { type: 'presence', agent: { id, name }, status: this.status });
    }
    return { type: 'receipt', id: command.id, conversation: log.summary.id };
  }

  private entry(
    live: Live,
    conversation: string,
    body: Body,
    audience: 'all' | 'agents',
    id: string,
    state?: 'closed',
  ): WireEvent {
    const log = this.logs.get(conversation);
    if (!log) return { type: 'error', id, code: 'not_found', message: 'no such conversation' };
    const known = log.receipts.get(id);
    if (known) return { type: 'receipt', id, conversation, ...known };
    if (log.summary.state === 'closed' && body.kind === 'text') {
      return { type: 'error', id, code: 'wrong_state', message: 'the conversation is closed' };
    }
    const { seq, at } = this.append(log, live.who, body, audience, id);
    log.receipts.set(id, { seq, at });
    if (state) {
      log.summary = { ...log.summary, state, version: log.summary.version + 1 };
      this.tellSummary(log);
    }
    return { type: 'receipt', id, conversation, seq, at };
  }

  private visible(who: Author, log: Log): Entry[] {
    let prev = 0;
    return log.entries
      .filter((entry) => who.kind === 'agent' || entry.audience === 'all')
      .map((entry) => {
        const shown = { ...entry, prev };
        prev = entry.seq;
        return shown;
      });
  }

  private sees(who: Author, summary: Summary): boolean {
    return summary.visitor.id === who.id || summary.agent?.id === who.id;
  }

  private tellSummary({ summary }: Log): void {
    this.tell((other) => this.sees(other.who, summary), { type: 'conversation', conversation: summary });
  }

  private tell(to: (live: Live) => boolean, event: WireEvent): void {
    for (const live of this.live) if (to(live)) live.send(event);
  }
}
