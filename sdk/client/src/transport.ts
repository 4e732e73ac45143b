import { Api, Problem } from './api.ts';
import { Close, type Hello, type Welcome, type WireEvent } from './wire.ts';

/** How a session hears from its transport. `closed` comes once, last. */
export interface TransportHandlers {
  event(event: WireEvent): void;
  closed(code: number, reason: string): void;
}

/** One way of carrying commands to a node and events back. */
export interface Transport {
  readonly kind: 'socket' | 'rest';
  send(command: object): void;
  close(): void;
}

export type Connect = (hello: Hello, handlers: TransportHandlers) => Transport;

const LOST = 1006;
const POLL_SECONDS = 25;
/** A poll that outlives its wait by this many milliseconds is lost. */
const POLL_GRACE_MS = 10_000;

/** PROTOCOL.md §2.1: one JSON object per text frame, `hello` first. */
export function connectSocket(origin: string): Connect {
  return (hello, handlers) => {
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/v1/socket`, 'weft.v1');
    let over = false;
    const end = (code: number, reason: string): void => {
      if (over) return;
      over = true;
      handlers.closed(code, reason);
    };
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = ({ data }) => {
      const event = parse(data);
      if (event && !over) handlers.event(event);
    };
    socket.onclose = ({ code, reason }) => end(code, reason);
    return {
      kind: 'socket',
      send: (command) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
      },
      close: () => {
        socket.close(Close.done);
        end(LOST, 'closed here'); // a dead socket reports its own close minutes later
      },
    };
  };
}

/** PROTOCOL.md §2.2: the same objects over REST with a long poll, for networks that break sockets. */
export function connectRest(origin: string): Connect {
  return (hello, handlers) => {
    const session = new RestSession(new Api(origin), hello, handlers);
    void session.run();
    return session;
  };
}

interface EventPage {
  items: WireEvent[];
  /** Cursor for the next poll, on any node. */
  next: string;
}

class RestSession implements Transport {
  readonly kind = 'rest';
  private readonly stop = new AbortController();
  private id = '';
  /** Commands go out one after the other: their order is the sender's. */
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: Api,
    private readonly hello: Hello,
    private readonly handlers: TransportHandlers,
  ) {}

  async run(): Promise<void> {
    try {
      const welcome = await this.api.post<Welcome>('/v1/sessions', this.hello, this.options());
      this.id = welcome.session;
      this.handlers.event({ ...welcome, type: 'welcome' });
      for (let cursor = welcome.cursor ?? '0'; !this.stop.signal.aborted;) cursor = await this.poll(cursor);
    } catch (cause) {
      this.end(cause);
    }
  }

  send(command: object): void {
    this.tail = this.tail
      .then(() => this.api.post<WireEvent | undefined>(`/v1/sessions/${this.id}/commands`, command, this.options()))
      .then((answer) => {
        if (answer) this.handlers.event(answer);
      })
      .catch((cause: unknown) => this.refused(command, cause));
  }

  close(): void {
    if (this.stop.signal.aborted) return;
    if (this.id) void this.api.delete(`/v1/sessions/${this.id}`, { token: this.hello.token }).catch(() => undefined);
    this.end(undefined);
  }

  private async poll(after: string): Promise<string> {
    const page = await this.api.get<EventPage>(`/v1/sessions/${this.id}/events?after=${after}&wait=${POLL_SECONDS}`, {
      ...this.options(),
      timeout: POLL_SECONDS * 1000 + POLL_GRACE_MS,
    });
    for (const event of page.items) this.handlers.event(event);
    return page.next;
  }

  private refused(command: object, cause: unknown): void {
    if (!(cause instanceof Problem) || cause.status === 401 || !('id' in command)) {
      this.end(cause);
      return;
    }
    const { code, message } = cause;
    const retry = cause.retryAfter === undefined ? {} : { retry_after: cause.retryAfter };
    this.handlers.event({
      type: 'error',
      id: String(command.id),
      code,
      message,
      ...retry,
    });
  }

  private end(cause: unknown): void {
    if (this.stop.signal.aborted) return;
    this.stop.abort();
    const code = cause instanceof Problem && cause.status === 401 ? Close.token : LOST;
    this.handlers.closed(code, cause instanceof Error ? cause.message : 'closed here');
  }

  private options(): { token: string; signal: AbortSignal } {
    return { token: this.hello.token, signal: this.stop.signal };
  }
}

function parse(data: unknown): WireEvent | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as WireEvent) : undefined;
  } catch {
    return undefined;
  }
}
