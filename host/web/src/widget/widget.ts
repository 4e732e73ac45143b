import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { OutboxStorage } from '@weft/client';
import { avatarStyles } from '../shared/avatar.ts';
import { bubbleStyles, bubbles, typingLine } from '../shared/bubbles.ts';
import { chatIcon, downIcon } from '../shared/icons.ts';
import { timeline } from '../shared/timeline.ts';
import { tokens } from '../shared/tokens.ts';
import { pick } from '../shared/words.ts';
import { typists } from '@weft/client';
import { VisitorChat } from './chat.ts';
import type { Embed } from './embed.ts';
import { composer, connectionLine, contactLine, ending, header, intro, place } from './parts.ts';
import { styles } from './styles.ts';
import { words, type WidgetWords } from './words.ts';

const TICK_MS = 1000;
/** Pixels from the end of the log within which it keeps following new messages. */
const NEAR_END = 80;
/** PROTOCOL.md §3: a draft has at most 2 KiB. */
const PREVIEW_MOST = 680;

/** The chat on a site: a button in the corner and the panel it opens. Everything lives in its shadow root. */
export class WeftWidget extends LitElement {
  static override styles = [tokens, avatarStyles, bubbleStyles, styles];

  private chat!: VisitorChat;
  private words!: WidgetWords;
  private shown = false;
  private text = '';
  private contact = '';
  private atEnd = true;
  private rated = new Set<string>();
  private ticking: ReturnType<typeof setInterval> | undefined;
  private readonly update_ = (): void => this.requestUpdate();
  private readonly nudge = (): void => this.chat.nudge();
  private readonly visibility = (): void => {
    this.chat.look(this.shown && !document.hidden);
    if (!document.hidden) this.chat.nudge();
  };

  static create(embed: Embed, storage: OutboxStorage): WeftWidget {
    const widget = new WeftWidget();
    widget.chat = new VisitorChat(embed, storage);
    widget.words = pick(embed.language, words);
    widget.lang = widget.words.locale;
    if (embed.theme) widget.dataset['theme'] = embed.theme;
    if (embed.accent) widget.style.setProperty('--weft-accent', embed.accent);
    return widget;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.chat.addEventListener('change', this.update_);
    addEventListener('online', this.nudge);
    addEventListener('offline', this.nudge);
    document.addEventListener('visibilitychange', this.visibility);
    this.ticking = setInterval(() => this.shown && this.requestUpdate(), TICK_MS);
    if (this.chat.returning) this.chat.connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.chat.removeEventListener('change', this.update_);
    removeEventListener('online', this.nudge);
    removeEventListener('offline', this.nudge);
    document.removeEventListener('visibilitychange', this.visibility);
    clearInterval(this.ticking);
  }

  protected override render(): TemplateResult {
    const unread = this.shown ? 0 : this.chat.unread;
    return html`${this.shown ? this.panel() : nothing}
      <button
        class="launcher"
        aria-expanded=${this.shown}
        aria-label=${this.shown ? this.words.close : this.words.open(unread)}
        @click=${() => this.toggle(!this.shown)}
      >
        ${this.shown ? downIcon : chatIcon}
        ${unread ? html`<span class="badge" aria-hidden="true">${unread > 99 ? '99+' : unread}</span>` : nothing}
      </button>
      <div class="hidden" role="status">${unread ? this.words.open(unread) : ''}</div>`;
  }

  private panel(): TemplateResult {
    const { chat, words } = this;
    const it = chat.conversation;
    const items = timeline(it, chat.pending, chat.me);
    const typing = it ? typists(it, chat.me.id, Date.now()) : [];
    return html`<section
      class="panel"
      role="dialog"
      aria-label=${words.title}
      @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.toggle(false)}
    >
      ${header(chat, words, () => this.toggle(false))} ${connectionLine(chat, words)}
      <div class="log" role="log" aria-label=${words.log} tabindex="0" @scroll=${this.scrolled}>
        ${items.length === 0 ? intro(chat, words) : bubbles(items, words, (id, again) => chat.settleRefused(id, again))}
        ${typingLine(typing, words)}
      </div>
      ${place(chat, words)}
      ${chat.leaving ? contactLine(this.contact, words, (contact) => this.reach(contact)) : nothing}
      ${
        chat.closed
          ? ending(chat, words, this.rated, {
              rate: (score) => this.rate(score),
              again: () => this.again(),
            })
          : composer(this.text, words, { input: (text) => this.input(text), send: () => this.send() })
      }
    </section>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const log = this.renderRoot.querySelector('.log');
    if (log && this.atEnd) log.scrollTop = log.scrollHeight;
    const area = this.renderRoot.querySelector('textarea');
    if (area) {
      area.style.setProperty('height', 'auto');
      area.style.setProperty('height', `${area.scrollHeight}px`);
    }
  }

  private toggle(shown: boolean): void {
    this.shown = shown;
    this.atEnd = true;
    if (shown) this.chat.connect();
    if (shown) void this.chat.lookAtHours();
    this.chat.look(shown && !document.hidden);
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const target = shown ? 'textarea, .ending button' : '.launcher';
      this.renderRoot.querySelector<HTMLElement>(target)?.focus();
    });
  }

  private readonly scrolled = (event: Event): void => {
    const log = event.currentTarget as HTMLElement;
    this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  };

  private input(text: string): void {
    this.text = text;
    this.chat.typed(text.slice(-PREVIEW_MOST));
    this.requestUpdate();
  }

  private reach(contact: string): void {
    this.contact = contact;
    this.requestUpdate();
  }

  private send(): void {
    const text = this.text.trim();
    const contact = this.contact.trim();
    if (text && this.chat.leaving && !contact) {
      this.renderRoot.querySelector<HTMLElement>('.contact')?.focus();
      return;
    }
    if (!text || !(this.chat.leaving ? this.chat.leave(text, contact) : this.chat.say(text))) return;
    this.text = '';
    this.atEnd = true;
    this.requestUpdate();
  }

  private rate(score: number): void {
    const id = this.chat.conversation?.id;
    if (id) this.rated.add(id);
    this.chat.rate(score);
    this.requestUpdate();
  }

  private again(): void {
    this.chat.startOver();
    void this.updateComplete.then(() => this.renderRoot.querySelector('textarea')?.focus());
  }
}
