import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { avatar } from '../shared/avatar.ts';
import { TEXT_MOST } from '../shared/draft.ts';
import { closeIcon, sendIcon } from '../shared/icons.ts';
import type { VisitorChat } from './chat.ts';
import type { WidgetWords } from './words.ts';

type Piece = TemplateResult | typeof nothing;
const STARS = [1, 2, 3, 4, 5];

/** Who answers: the agent once there is one, else the team. */
export function header(chat: VisitorChat, words: WidgetWords, close: () => void): TemplateResult {
  const agent = chat.conversation?.summary?.agent;
  const presence = agent ? chat.conversations.presence.get(agent.id) : undefined;
  const away = presence === 'away' || presence === 'offline';
  const title = agent?.name ?? chat.identity.current?.tenant?.name ?? words.title;
  return html`<header>
    ${avatar(title, agent?.id ?? title, presence)}
    <div class="who">
      <h2>${title}</h2>
      <p>${agent ? (away ? words.away : words.here) : words.team}</p>
    </div>
    <button class="icon" aria-label=${words.close} @click=${close}>${closeIcon}</button>
  </header>`;
}

/** While there is no connection, the seconds to the next attempt; else what the shop announces. */
export function connectionLine(chat: VisitorChat, words: WidgetWords): TemplateResult {
  return html`<div class="connection" role="status">${connectionText(chat, words)}</div>`;
}

function connectionText(chat: VisitorChat, words: WidgetWords): string {
  const state = chat.connection;
  if (!state || state.kind === 'online') return chat.notice;
  if (state.kind === 'connecting') return words.connecting;
  if (state.kind === 'stopped') return state.reason === 'replaced' ? words.replaced : words.offline;
  if (!navigator.onLine) return words.offline;
  return words.retryIn(Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1000)));
}

export function intro(chat: VisitorChat, words: WidgetWords): TemplateResult {
  const opens = chat.identity.current?.channel?.opens_at;
  return html`<div class="intro">
    <b>${chat.leaving ? words.closed : words.greeting}</b>
    <p>${chat.leaving ? words.closedIntro(opens && moment(opens, words.locale)) : words.intro}</p>
  </div>`;
}

/** A day and a time in the reader's own time zone. */
function moment(at: string, locale: string): string {
  const shown = { weekday: 'long', hour: 'numeric', minute: '2-digit' } as const;
  return new Date(at).toLocaleString(locale, shown);
}

/** How a visitor who leaves a message is reached. */
export function contactLine(contact: string, words: WidgetWords, input: (contact: string) => void): TemplateResult {
  return html`<input
    class="contact"
    name="contact"
    autocomplete="email"
    maxlength="500"
    aria-label=${words.contact}
    placeholder=${words.contact}
    .value=${live(contact)}
    @input=${(event: InputEvent) => input((event.target as HTMLInputElement).value)}
  />`;
}

/** The place in the backlog. */
export function place(chat: VisitorChat, words: WidgetWords): TemplateResult {
  const it = chat.conversation;
  const state = it?.summary?.state;
  const text = (): string => {
    if (state !== 'waiting' && state !== 'offered') return '';
    if (!it?.backlog) return words.waiting;
    const { ahead, eta } = it.backlog;
    const minutes = (seconds: number): number => Math.max(1, Math.round(seconds / 60));
    const about = eta ? ` · ${words.minutes(minutes(eta.low), eta.high && minutes(eta.high))}` : '';
    return words.position(ahead) + about;
  };
  return html`<div class="place" role="status">${text()}</div>`;
}

export function composer(
  text: string,
  words: WidgetWords,
  on: { input: (text: string) => void; send: () => void },
): TemplateResult {
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    on.send();
  };
  return html`<form
    class="composer"
    @submit=${(event: Event) => {
      event.preventDefault();
      on.send();
    }}
  >
    <textarea
      rows="1"
      maxlength=${TEXT_MOST}
      aria-label=${words.message}
      placeholder=${words.placeholder}
      .value=${live(text)}
      @input=${(event: InputEvent) => on.input((event.target as HTMLTextAreaElement).value)}
      @keydown=${keydown}
    ></textarea>
    <button class="send" aria-label=${words.send} ?disabled=${!text.trim()}>${sendIcon}</button>
  </form>`;
}

/** After the chat has ended: a rating once, and the way to a new one. */
export function ending(
  chat: VisitorChat,
  words: WidgetWords,
  rated: Set<string>,
  on: { rate: (score: number) => void; again: () => void },
): Piece {
  const it = chat.conversation;
  if (!it) return nothing;
  const left = it.entries.some((entry) => entry.body.kind === 'message_left');
  const done = left || rated.has(it.id) || Boolean(it.summary?.rating);
  const thanks = left ? words.left : words.thanks;
  return html`<div class="ending">
    <p role="status">${done ? thanks : `${words.ended} ${words.rate}`}</p>
    ${
      done
        ? nothing
        : html`<div class="stars" role="group" aria-label=${words.rate}>
            ${STARS.map((n) => html`<button aria-label=${words.stars(n)} @click=${() => on.rate(n)}>★</button>`)}
          </div>`
    }
    <button class="again" @click=${on.again}>${words.newChat}</button>
  </div>`;
}
