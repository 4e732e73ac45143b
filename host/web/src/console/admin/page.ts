import { Problem } from '@weft/client';
import type { TemplateResult } from 'lit';
import type { Rest } from './rest.ts';
import type { AdminWords } from './words/index.ts';

/** What every page of the administration works with. */
export interface Context {
  readonly rest: Rest;
  readonly words: AdminWords;
  /** An admin may change things, a supervisor looks at them. */
  readonly admin: boolean;
  /** Something to be shown changed. */
  changed(): void;
  /** To another page, for instance `plugins/DIGEST`. */
  go(path: string): void;
}

/** What went wrong, in words, with where it is when the node says so. */
export interface Failure {
  text: string;
  errors: { pointer: string; detail: string }[];
}

export function failure(cause: unknown, words: AdminWords): Failure {
  if (cause instanceof Problem && cause.status < 500) return { text: cause.message, errors: cause.errors };
  return { text: words.unreachable, errors: [] };
}

/** One page: it loads what it shows when it is entered, and stops asking when it is left. */
export abstract class Page {
  /** Why it cannot be shown. */
  failed: Failure | undefined;
  loaded = false;
  /** What the person started is under way. */
  busy = false;
  /** Why that did not work. */
  refused: Failure | undefined;
  private timers: ReturnType<typeof setInterval>[] = [];
  private left = false;

  constructor(protected readonly at: Context) {}

  abstract readonly title: string;
  abstract render(): TemplateResult;
  protected abstract load(): Promise<void>;

  async enter(): Promise<void> {
    try {
      await this.load();
      this.failed = undefined;
      this.loaded = true;
    } catch (cause) {
      this.failed = failure(cause, this.at.words);
    }
    this.changed();
  }

  leave(): void {
    this.left = true;
    this.timers.forEach(clearInterval);
  }

  /** Loads again every so often, until the page is left. What is shown stays when that fails. */
  protected keepLoading(ms: number): void {
    if (this.left || this.timers.length) return;
    const again = (): void =>
      void this.load().then(
        () => this.changed(),
        () => undefined,
      );
    this.timers.push(setInterval(() => document.hidden || again(), ms));
  }

  /** Does what the person asked for, once at a time; true when it worked. */
  protected async attempt(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.refused = undefined;
    this.changed();
    try {
      await work();
    } catch (cause) {
      this.refused = failure(cause, this.at.words);
    }
    this.busy = false;
    this.changed();
    return this.refused === undefined;
  }

  protected changed(): void {
    if (!this.left) this.at.changed();
  }
}
