import { Problem, RefusedError } from './api.ts';
import { Backoff } from './backoff.ts';
import { Outbox, type DurableCommand } from './outbox.ts';
import type { Connect, Transport } from './transport.ts';
import { UlidSource } from './ulid.ts';
import { Close, type Command, type Receipt, type ResumePoint, type Welcome, type WireEvent } from './wire.ts';

/** What a person is told of the connection. */
export type Connection =
  | { kind: 'connecting' }
  | { kind: 'online'; over: Transport['kind'] }
  /** `retryAt`: milliseconds since 1970. */
  | { kind: 'waiting'; retryAt: number }
  | { kind: 'stopped'; reason: 'done' | 'signed_out' | 'replaced' };

export interface SessionOptions {
  client: { name: string; version: string };
  socket: Connect;
  /** Used when sockets fail before their `welcome`. */
  rest?: Connect;
  /** `renew`: the last one was refused. Rejects with a `Problem` of status 401 when there is none to be had. */
  token(renew: boolean): Promise<string>;
  /** What the application has of each conversation. */
  resume(): { points: ResumePoint[]; epoch?: number };
  outbox: Outbox;
  ids?: UlidSource;
  backoff?: Backoff;
  onEvent(event: WireEvent): void;
  onConnection(connection: Connection): void;
  /** The outbox changed: something was sent, refused or removed. */
  onOutbox?(): void;
}

/** The connection went away before the answer came. Durable commands are sent again; others are the caller's to repeat. */
export class LostError extends Error {
  constructor() {
    super('the connection was lost');
    this.name = 'LostError';
  }
}

/** A node that hangs is given up soon, a slow network gets twice the time with each attempt. */
const WELCOME_FIRST_MS = 4_000;
const WELCOME_MOST_MS = 16_000;
const ANSWER_MS = 10_000;
const PROBE_MS = 4_000;
const HEARTBEAT_S = 25;
const RETRY_S = 2;
/** Sockets that fail in a row before their welcome, after which REST is tried. */
const SOCKET_FAILURES = 2;
const TRANSIENT = new Set(['rate_limited', 'unavailable', 'internal']);

interface Waiting {
  resolve(receipt: Receipt): void;
  reject(cause: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

/** One live client: connects, resumes, keeps alive, and empties the outbox one command at a time. */
export class Session {
  connection: Connection = { kind: 'connecting' };
  private readonly ids: UlidSource;
  private readonly backoff: Backoff;
  private readonly waiting = new Map<string, Waiting>();
  private transport: Transport | undefined;
  /** The node's name for this session: told in the next hello, which takes its place. */
  private id: string | undefined;
  private timers: ReturnType<typeof setTimeout>[] = [];
  private again: ReturnType<typeof setTimeout> | undefined;
  private socketFailures = 0;
  /** Attempts in a row that ended before their welcome. */
  private unwelcomed = 0;
  private refusedTokens = 0;
  private pumping = false;
  private heardAt = 0;
  private attempt = 0;
  private reconnectAfter: number | undefined;

  constructor(private readonly options: SessionOptions) {
    this.ids = options.ids ?? new UlidSource();
    this.backoff = options.backoff ?? new Backoff();
  }

  start(): void {
    void this.connect();
  }

  stop(reason: 'done' | 'signed_out' | 'replaced' = 'done'): void {
    this.show({ kind: 'stopped', reason });
    clearTimeout(this.again);
    this.transport?.close();
    this.forget();
  }

  /** Tries at once instead of at the end of the delay, or makes sure that a connection said to be alive is. */
  nudge(): void {
    if (this.connection.kind === 'waiting') void this.connect();
    else if (this.connection.kind === 'online' && this.transport?.kind === 'socket') {
      const asked = Date.now();
      this.transport.send({ type: 'ping', id: this.ids.next() });
      this.timers.push(setTimeout(() => this.heardAt < asked && this.transport?.close(), PROBE_MS));
    }
  }

  /** Connects anew and resumes: for a hole in what arrived. */
  resync(): void {
    this.transport?.close();
  }

  /** Sends once, over reloads and reconnects. Returns the command's id, or `undefined` when it could not be kept. */
  submit(command: DurableCommand): string | undefined {
    const id = this.ids.next();
    if (!this.options.outbox.add({ id, command })) return undefined;
    this.options.onOutbox?.();
    void this.pump();
    return id;
  }

  /** What a person decides of a command that was refused. */
  settleRefused(id: string, again: boolean): void {
    if (again) this.options.outbox.retry(id);
    else this.options.outbox.remove(id);
    this.options.onOutbox?.();
    void this.pump();
  }

  /** Sends now and gives the receipt; rejects with `RefusedError` or `LostError`. */
  request(command: Command, id = this.ids.next()): Promise<Receipt> {
    const transport = this.transport;
    if (!transport || this.connection.kind !== 'online') return Promise.reject(new LostError());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => transport.close(), ANSWER_MS);
      this.waiting.set(id, { resolve, reject, timer });
      transport.send({ ...command, id });
    });
  }

  /** Sends what may be lost: typing, previews, marks. */
  tell(command: Command): void {
    if (this.connection.kind === 'online') this.transport?.send({ ...command, id: this.ids.next() });
  }

  /** Sends everything in the outbox that can go. */
  async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.connection.kind === 'online') {
        const item = this.options.outbox.next();
        if (!item || !(await this.deliver(item.id, item.command))) break;
      }
    } finally {
      this.pumping = false;
    }
  }

  /** True when the outbox may go on with the next one. */
  private async deliver(id: string, command: DurableCommand): Promise<boolean> {
    const { outbox, onOutbox } = this.options;
    try {
      const receipt = await this.request(command, id);
      this.settle(id, receipt.conversation);
      return true;
    } catch (cause) {
      if (!(cause instanceof RefusedError)) return false;
      const { code, retry_after } = cause.refusal;
      if (TRANSIENT.has(code)) {
        this.timers.push(setTimeout(() => void this.pump(), (retry_after ?? RETRY_S) * 1000));
        return false;
      }
      outbox.fail(id, code);
      return true;
    } finally {
      onOutbox?.();
    }
  }

  private async connect(): Promise<void> {
    if (this.connection.kind === 'stopped') return;
    clearTimeout(this.again);
    const attempt = ++this.attempt;
    this.show({ kind: 'connecting' });
    let token: string;
    try {
      token = await this.options.token(this.refusedTokens > 0);
    } catch (cause) {
      if (attempt === this.attempt) this.withoutToken(cause);
      return;
    }
    if (attempt !== this.attempt || this.stopped()) return;
    const { points, epoch } = this.options.resume();
    const hello = {
      type: 'hello' as const,
      id: this.ids.next(),
      token,
      client: this.options.client,
      resume: points,
      ...(this.id ? { session: this.id } : {}),
      ...(epoch === undefined ? {} : { epoch }),
    };
    const useRest = this.options.rest && this.socketFailures >= SOCKET_FAILURES;
    const connect = useRest && this.options.rest ? this.options.rest : this.options.socket;
    const mine = (): boolean => attempt === this.attempt && !this.stopped();
    this.transport = connect(hello, {
      event: (event) => mine() && this.hear(event),
      closed: (code) => mine() && this.lost(code),
    });
    const patience = Math.min(WELCOME_MOST_MS, WELCOME_FIRST_MS * 2 ** this.unwelcomed);
    this.timers.push(
      setTimeout(() => mine() && this.connection.kind === 'connecting' && this.transport?.close(), patience),
    );
  }

  private hear(event: WireEvent): void {
    this.heardAt = Date.now();
    if (event.type === 'welcome') this.welcomed(event);
    if (event.type === 'receipt') this.answer(event.id)?.resolve(event);
    if (event.type === 'error' && event.id) this.answer(event.id)?.reject(new RefusedError(event));
    if (event.type === 'goodbye') this.reconnectAfter = (event.reconnect_after ?? 1) * 1000;
    if (event.type === 'entry' && event.id) this.settle(event.id, event.conversation); // in the log: as good as a receipt
    this.options.onEvent(event);
    if (event.type === 'welcome') void this.pump();
  }

  private settle(id: string, conversation: string | undefined): void {
    if (conversation) this.options.outbox.resolve(id, conversation);
    this.options.outbox.remove(id);
  }

  private welcomed(welcome: Welcome): void {
    const transport = this.transport;
    if (!transport) return;
    this.id = welcome.session;
    this.backoff.reset();
    this.refusedTokens = 0;
    this.unwelcomed = 0;
    if (transport.kind === 'socket') this.socketFailures = 0;
    this.show({ kind: 'online', over: transport.kind });
    if (transport.kind === 'socket') this.keepAlive(transport, (welcome.heartbeat ?? HEARTBEAT_S) * 1000);
  }

  private keepAlive(transport: Transport, every: number): void {
    const beat = setInterval(() => {
      if (Date.now() - this.heardAt > 2 * every) transport.close();
      else transport.send({ type: 'ping', id: this.ids.next() });
    }, every);
    this.timers.push(beat);
  }

  private lost(code: number): void {
    const welcomed = this.connection.kind === 'online';
    const kind = this.transport?.kind;
    this.forget();
    if (code === Close.replaced) return this.stop('replaced');
    if (!welcomed) this.unwelcomed += 1;
    if (code === Close.token) this.refusedTokens += 1;
    else if (!welcomed && kind === 'socket') this.socketFailures += 1;
    else if (!welcomed) this.socketFailures = 0;
    const delay = this.reconnectAfter ?? this.backoff.next();
    this.reconnectAfter = undefined;
    this.later(code === Close.token && this.refusedTokens === 1 ? 0 : delay);
  }

  private withoutToken(cause: unknown): void {
    this.forget();
    const refused = cause instanceof Problem && [400, 401, 403, 404].includes(cause.status);
    if (refused) this.stop('signed_out');
    else this.later(this.backoff.next());
  }

  private later(delay: number): void {
    this.show({ kind: 'waiting', retryAt: Date.now() + delay });
    this.again = setTimeout(() => void this.connect(), delay);
  }

  private answer(id: string): Waiting | undefined {
    const waiting = this.waiting.get(id);
    if (waiting) clearTimeout(waiting.timer);
    this.waiting.delete(id);
    return waiting;
  }

  private forget(): void {
    this.transport = undefined;
    this.timers.forEach(clearTimeout);
    this.timers = [];
    for (const id of [...this.waiting.keys()]) this.answer(id)?.reject(new LostError());
  }

  private stopped(): boolean {
    return this.connection.kind === 'stopped';
  }

  private show(connection: Connection): void {
    this.connection = connection;
    this.options.onConnection(connection);
  }
}
