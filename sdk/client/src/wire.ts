/** The wire of weft, version 1: what PROTOCOL.md says, as types. Ids are ULIDs, times RFC 3339 in UTC. */

export interface Named {
  id: string;
  name: string;
}

export type Status = 'online' | 'busy' | 'away' | 'offline';
export type Audience = 'all' | 'agents';
export type ConversationState = 'waiting' | 'offered' | 'assigned' | 'closed';

/** High-water marks of one participant: 0 ≤ read ≤ delivered ≤ last. */
export interface Mark {
  delivered: number;
  read: number;
}

/** A conversation in a list. A newer `version` wins; `marks`, `unread` and `position` may be absent: unchanged. */
export interface Summary {
  id: string;
  version: number;
  state: ConversationState;
  team: Named | null;
  agent: Named | null;
  visitor: Named;
  members?: Named[];
  subject?: string | null;
  language?: string | null;
  last_seq: number;
  marks?: Record<string, Mark>;
  unread?: number;
  opened_at: string;
  waiting_since?: string;
  /** Place in the backlog, 1 is next. */
  position?: number;
  rating?: number;
}

export interface Author {
  kind: 'visitor' | 'agent' | 'system' | 'bot';
  id?: string;
  name?: string;
}

export interface Attachment {
  upload: string;
  name: string;
  media_type: string;
  /** Bytes. */
  size: number;
}

/** What an entry holds. A kind that is not listed here is shown as "unsupported", never dropped. */
export type Body =
  | { kind: 'text'; text: string }
  | ({ kind: 'file' | 'image' | 'audio' | 'video' } & Attachment)
  | {
      kind: 'card';
      title: string;
      fields?: { name: string; value: string }[];
      actions?: { label: string; url: string }[];
    }
  | { kind: 'location'; latitude: number; longitude: number; label?: string }
  | { kind: 'opened'; team?: Named; subject?: string }
  | { kind: 'queued' | 'message_asked' | 'reopened' | 'erased' }
  | { kind: 'offered'; agent: Named; expires_at: string; decision?: string }
  | { kind: 'assigned' | 'joined' | 'left'; agent: Named }
  | { kind: 'declined'; agent: Named; reason?: string; missed?: boolean }
  | { kind: 'moved'; team: Named }
  | { kind: 'transferred'; agent?: Named; team?: Named; note?: string }
  | { kind: 'edited'; seq: number; body: Body }
  | { kind: 'recalled'; seq: number }
  | { kind: 'rated'; score: number; comment?: string }
  | { kind: 'closed'; reason?: string }
  | { kind: 'message_left'; contact: string; message: Body };

export interface Entry {
  conversation: string;
  seq: number;
  /** The `seq` of the entry before it that this reader may see; 0 when there is none. */
  prev: number;
  at: string;
  author: Author;
  /** The command that made it. */
  id?: string;
  audience: Audience;
  body: Body;
}

export interface ResumePoint {
  conversation: string;
  after: number;
}

export interface Hello {
  type: 'hello';
  id: string;
  token: string;
  client: { name: string; version: string };
  resume: ResumePoint[];
  /** The session that this one takes the place of. */
  session?: string;
  epoch?: number;
}

/** A command as the application makes it; the session adds `id`. */
export type Command =
  | {
      type: 'open';
      team?: string;
      subject?: string;
      language?: string;
      properties?: Record<string, string>;
    }
  | { type: 'send'; conversation: string; body: Body; audience?: Audience }
  | { type: 'mark'; conversation: string; delivered?: number; read?: number }
  | { type: 'typing'; conversation: string; on: boolean }
  | { type: 'preview'; conversation: string; text: string }
  | { type: 'status'; status: Status }
  | { type: 'accept'; offer: string; token: number }
  | { type: 'decline'; offer: string; token: number; reason?: string }
  | { type: 'take' | 'leave' | 'reopen'; conversation: string }
  | { type: 'close'; conversation: string; reason?: string }
  | { type: 'rate'; conversation: string; score: number; comment?: string }
  | { type: 'message'; team?: string; body: Body; contact: string; language?: string }
  | { type: 'watch' | 'unwatch'; conversation: string; after?: number }
  | { type: 'watch' | 'unwatch'; team: string }
  | { type: 'ping' };

export interface Receipt {
  type: 'receipt';
  id: string;
  conversation?: string;
  seq?: number;
  at?: string;
}

export type ErrorCode =
  | 'bad_frame'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'wrong_state'
  | 'conflict'
  | 'too_large'
  | 'unsupported'
  | 'rate_limited'
  | 'unavailable'
  | 'expired'
  | 'internal';

export interface Refusal {
  type: 'error';
  id?: string;
  code: ErrorCode;
  message: string;
  /** Seconds. */
  retry_after?: number;
  field?: string;
}

export interface Me {
  kind?: 'visitor' | 'agent';
  id: string;
  name: string;
  role?: string;
  status?: Status;
  capacity?: number;
}

/** A conversation of the session. Not recovered: what the client has of it is void; without a `state` it is gone. */
export type Recovered =
  | (Summary & { recovered?: boolean; reason?: string })
  | { id: string; recovered: false; reason?: string; state?: undefined };

export interface Welcome {
  type: 'welcome';
  session: string;
  epoch?: number;
  /** Seconds between pings. */
  heartbeat?: number;
  limits?: Record<string, number>;
  me?: Me;
  conversations?: Recovered[];
  /** Of a REST session: where its events begin. */
  cursor?: string;
}

export interface Offer {
  type: 'offer';
  offer: string;
  token: number;
  conversation: Summary;
  expires_at: string;
  decision?: string;
}

export interface Party extends Named {
  kind: 'visitor' | 'agent';
}

/** Everything a node says. */
export type WireEvent =
  | Welcome
  | Receipt
  | Refusal
  | ({ type: 'entry' } & Entry)
  | { type: 'conversation'; conversation: Summary }
  | Offer
  | { type: 'offer_gone'; offer: string; reason?: string }
  | {
      type: 'backlog';
      conversation: string;
      position: number;
      ahead: number;
      eta?: { low: number; high?: number };
    }
  | {
      type: 'marks';
      conversation: string;
      participant: { kind: string; id: string };
      delivered: number;
      read: number;
    }
  | { type: 'typing'; conversation: string; participant: Party; on: boolean }
  | { type: 'preview'; conversation: string; text: string }
  | { type: 'presence'; agent: Named; status: Status }
  | { type: 'notice'; id?: string; level: string; text: string }
  | { type: 'pong' }
  | { type: 'goodbye'; reason: string; reconnect_after?: number };

/** Close codes of the socket that the client acts on. */
export const Close = { done: 1000, token: 4401, replaced: 4409 } as const;
