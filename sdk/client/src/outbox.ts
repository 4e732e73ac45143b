import type { Body, Command, ErrorCode } from './wire.ts';

/** The few commands that must survive a reload. `send.conversation` may be `@ID`: the conversation that `open` command ID makes. */
export type DurableCommand = Extract<Command, { type: 'open' | 'send' | 'close' | 'rate' | 'message' }>;

export interface OutboxItem {
  id: string;
  command: DurableCommand;
  /** Set when a node refused it for good. */
  failed?: ErrorCode;
}

/** What the outbox needs of `localStorage`. */
export type OutboxStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Items kept per outbox; more than a person can type while offline. */
export const OUTBOX_ITEMS = 500;

/**
 * Commands that wait for their receipt, in the order they were made. Each lies under a key of its own, so several tabs may share one
 * outbox: both may send the same item, and its id makes it one entry.
 */
export class Outbox {
  constructor(
    private readonly storage: OutboxStorage,
    private readonly scope: string,
  ) {}

  add(item: OutboxItem): boolean {
    if (this.items().length >= OUTBOX_ITEMS) return false;
    return this.write(item);
  }

  remove(id: string): void {
    this.storage.removeItem(this.key(id));
  }

  fail(id: string, code: ErrorCode): void {
    const item = this.read(this.key(id));
    if (item) this.write({ ...item, failed: code });
  }

  /** Sends a refused item again. Its id stays: a refused command has made nothing. */
  retry(id: string): void {
    const item = this.read(this.key(id));
    if (item) this.write({ id: item.id, command: item.command });
  }

  /** Oldest first: ids are ULIDs. */
  items(): OutboxItem[] {
    const prefix = this.key('');
    const items: OutboxItem[] = [];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      const item = key?.startsWith(prefix) ? this.read(key) : undefined;
      if (item) items.push(item);
    }
    return items.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The first item that may go out now. What depends on an `open` that is not answered yet waits for it. */
  next(): OutboxItem | undefined {
    return this.items().find((item) => !item.failed && !this.dependsOn(item));
  }

  /** The `open` command answered: what was written for it goes to `conversation`. */
  resolve(openId: string, conversation: string): void {
    for (const item of this.items()) {
      if (this.dependsOn(item) === openId) {
        this.write({
          ...item,
          command: { ...item.command, conversation } as DurableCommand,
        });
      }
    }
  }

  /** Texts that wait to be sent to `conversation`, for showing them as pending. */
  pending(conversation: string): (OutboxItem & { command: { type: 'send'; body: Body } })[] {
    return this.items().filter(
      (
        item,
      ): item is OutboxItem & {
        command: Extract<DurableCommand, { type: 'send' }>;
      } => item.command.type === 'send' && item.command.conversation === conversation,
    );
  }

  private dependsOn(item: OutboxItem): string | undefined {
    if (!('conversation' in item.command)) return undefined;
    return item.command.conversation.startsWith('@') ? item.command.conversation.slice(1) : undefined;
  }

  private key(id: string): string {
    return `weft:outbox:${this.scope}:${id}`;
  }

  private write(item: OutboxItem): boolean {
    try {
      this.storage.setItem(this.key(item.id), JSON.stringify(item));
      return true;
    } catch {
      return false; // the storage is full or forbidden: the caller keeps the draft
    }
  }

  private read(key: string): OutboxItem | undefined {
    try {
      return JSON.parse(this.storage.getItem(key) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }
}

/** A storage for where `localStorage` is forbidden: lives as long as the page. */
export class MemoryStorage implements OutboxStorage {
  private readonly map = new Map<string, string>();

  get length(): number {
    return this.map.size;
  }
  getItem(key: string): string | null {
    return this.map.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.map.set(key, value);
  }
  removeItem(key: string): void {
    this.map.delete(key);
  }
  key(index: number): string | null {
    return [...this.map.keys()][index] ?? null;
  }
}

/** `localStorage` where the browser allows it. */
export function pageStorage(): OutboxStorage {
  try {
    const probe = 'weft:probe';
    localStorage.setItem(probe, probe);
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return new MemoryStorage();
  }
}
