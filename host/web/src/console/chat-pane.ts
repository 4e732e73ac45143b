import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { typists, type Conversation } from '@weft/client';
import { avatar } from '../shared/avatar.ts';
import { bubbles, typingLine } from '../shared/bubbles.ts';
import { TEXT_MOST } from '../shared/draft.ts';
import { timeline } from '../shared/timeline.ts';
import type { Desk } from './desk.ts';
import type { ConsoleWords } from './words.ts';

/** What the pane shows besides the conversation itself. */
export interface PaneState {
  text: string;
  note: boolean;
  why: boolean;
}

export interface PaneActions {
  input(text: string): void;
  note(note: boolean): void;
  send(): void;
  why(): void;
  scrolled(event: Event): void;
}

export function chatPane(desk: Desk, state: PaneState, words: ConsoleWords, on: PaneActions): TemplateResult {
  const it = desk.current;
  if (!it) {
    return html`<main class="pane blank">
      <div class="empty">
        <b>${words.nothingOpen}</b>
        <p>${words.nothingOpenHint}</p>
      </div>
    </main>`;
  }
  const items = timeline(it, desk.outbox.pending(it.id), desk.me);
  const closed = it.summary?.state === 'closed';
  return html`<main class="pane">
    ${paneHeader(it, desk, state, words, on)}
    <div class="log" role="log" aria-label=${words.messages} tabindex="0" @scroll=${on.scrolled}>
      ${bubbles(items, words, (id, again) => desk.settleRefused(id, again))} ${draftLine(it, desk, words)}
    </div>
    ${closed ? html`<p class="ended">${words.isClosed}</p>` : desk.mine(it) ? composer(it, state, words, on) : watching(it, desk, words)}
  </main>`;
}

function paneHeader(
  it: Conversation,
  desk: Desk,
  state: PaneState,
  words: ConsoleWords,
  on: PaneActions,
): TemplateResult {
  const { visitor, team, subject, language, state: at } = it.summary ?? {};
  const name = visitor?.name ?? '…';
  return html`<header class="pane-head">
    <button class="ghost back" @click=${() => desk.select(undefined)}>
      ‹<span class="hidden">${words.back}</span>
    </button>
    ${avatar(name, visitor?.id ?? it.id)}
    <div class="lines">
      <h1>${name}</h1>
      <span class="snippet">${[subject, team?.name, language].filter(Boolean).join(' · ')}</span>
    </div>
    <button class="small" aria-expanded=${state.why} @click=${on.why}>${words.why}</button>
    ${
      at === 'closed' || !desk.mine(it)
        ? nothing
        : html`<button class="small" @click=${() => void desk.close(it.id)}>${words.closeChat}</button>`
    }
  </header>`;
}

/** Instead of a composer: who looks on says nothing, but may take over. */
function watching(it: Conversation, desk: Desk, words: ConsoleWords): TemplateResult {
  return html`<p class="ended">
    ${words.watching} <button class="small" @click=${() => void desk.take(it.id)}>${words.takeOver}</button>
  </p>`;
}

/** The visitor's draft where there is one, else that they are typing. */
function draftLine(it: Conversation, desk: Desk, words: ConsoleWords): TemplateResult | typeof nothing {
  if (!it.preview) return typingLine(typists(it, desk.me.id, Date.now()), words);
  return html`<div class="draft">
    <span>${words.draft(it.summary?.visitor.name ?? '…')}</span>
    <q>${it.preview}</q>
  </div>`;
}

function composer(it: Conversation, state: PaneState, words: ConsoleWords, on: PaneActions): TemplateResult {
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    on.send();
  };
  const mode = (note: boolean, label: string): TemplateResult =>
    html`<button type="button" aria-pressed=${state.note === note} @click=${() => on.note(note)}>${label}</button>`;
  return html`<form
    class="composer ${state.note ? 'noting' : ''}"
    @submit=${(event: Event) => {
      event.preventDefault();
      on.send();
    }}
  >
    <div class="modes" role="group">${mode(false, words.asReply)}${mode(true, words.asNote)}</div>
    <div class="write">
      <textarea
        rows="2"
        maxlength=${TEXT_MOST}
        aria-label=${state.note ? words.writeNote : words.reply}
        placeholder=${state.note ? words.writeNote : words.replyTo(it.summary?.visitor.name ?? '…')}
        .value=${live(state.text)}
        @input=${(event: InputEvent) => on.input((event.target as HTMLTextAreaElement).value)}
        @keydown=${keydown}
      ></textarea>
      <button class="primary" ?disabled=${!state.text.trim()}>${words.send}</button>
    </div>
  </form>`;
}
