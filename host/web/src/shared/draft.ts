import type { Command } from '@weft/client';

/** UTF-16 units that a composer takes: at three bytes each they stay within PROTOCOL.md's 8 KiB of text. */
export const TEXT_MOST = 2700;

const TYPING_EVERY_MS = 3_000;
const TYPING_STOP_MS = 4_000;
/** PROTOCOL.md §3: two previews a second. */
const PREVIEW_EVERY_MS = 550;

/** Tells the other side that somebody is typing and, for visitors, what the draft says. */
export class DraftReporter {
  private typingAt = 0;
  private on = false;
  private stop: ReturnType<typeof setTimeout> | undefined;
  private previewTimer: ReturnType<typeof setTimeout> | undefined;
  private previewAt = 0;

  constructor(
    private readonly tell: (command: Command) => void,
    private readonly withPreview: boolean,
  ) {}

  /** The draft changed. */
  input(conversation: string, text: string): void {
    const now = Date.now();
    if (text && (!this.on || now - this.typingAt > TYPING_EVERY_MS)) {
      this.on = true;
      this.typingAt = now;
      this.tell({ type: 'typing', conversation, on: true });
    }
    clearTimeout(this.stop);
    this.stop = setTimeout(() => this.end(conversation), text ? TYPING_STOP_MS : 0);
    if (this.withPreview) this.preview(conversation, text);
  }

  /** The draft was sent or given up. */
  end(conversation: string): void {
    clearTimeout(this.stop);
    if (this.on) this.tell({ type: 'typing', conversation, on: false });
    this.on = false;
  }

  /** The draft became a message: nothing of it may be told any more. */
  sent(conversation: string): void {
    clearTimeout(this.previewTimer);
    this.end(conversation);
  }

  private preview(conversation: string, text: string): void {
    clearTimeout(this.previewTimer);
    const wait = Math.max(0, this.previewAt + PREVIEW_EVERY_MS - Date.now());
    this.previewTimer = setTimeout(() => {
      this.previewAt = Date.now();
      this.tell({ type: 'preview', conversation, text });
    }, wait);
  }
}
