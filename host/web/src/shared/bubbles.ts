import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Body } from '@weft/client';
import { avatar } from './avatar.ts';
import { alertIcon, checkIcon, checksIcon, clockIcon } from './icons.ts';
import type { Item } from './timeline.ts';
import { dayName, timeOfDay } from './time.ts';
import type { SharedWords } from './words.ts';

type Message = Extract<Item, { kind: 'message' }>;

/** What a person wants done with a message that was refused. */
export type OnRefused = (id: string, again: boolean) => void;

/** The lines of a chat. Text is only ever text: nothing in an entry becomes markup. */
export function bubbles(items: Item[], words: SharedWords, onRefused: OnRefused): TemplateResult {
  return html`${repeat(
    items,
    (item) => item.key,
    (item) => {
      if (item.kind === 'day') return html`<div class="day">${dayName(item.at, words)}</div>`;
      if (item.kind === 'message') return bubble(item, words, onRefused);
      const text = words.system(item.body) ?? words.unsupported;
      return html`<div class="system ${item.internal ? 'internal' : ''}" data-kind=${item.body.kind}>
        ${text}<time datetime=${item.at}>${timeOfDay(item.at, words)}</time>
      </div>`;
    },
  )}`;
}

function bubble(item: Message, words: SharedWords, onRefused: OnRefused): TemplateResult {
  const side = item.mine ? 'mine' : 'theirs';
  return html`<div class="row ${side} ${item.follows ? 'follows' : ''}">
    ${item.mine ? nothing : html`<span class="face">${item.follows ? nothing : avatar(item.author.name, item.author.id)}</span>`}
    <div class="bubble ${item.note ? 'note' : ''} ${item.tick ?? ''}" data-entry=${item.key}>
      ${
        item.follows || item.mine
          ? html`<span class="hidden">${item.author.name}: </span>`
          : html`<div class="author">${item.author.name}</div>`
      }
      ${item.note ? html`<div class="label">${words.note}</div>` : nothing}
      <div class="text">${content(item.body, words)}</div>
      <div class="meta">
        ${item.edited ? html`<span>${words.edited}</span>` : nothing}
        <time datetime=${item.at}>${timeOfDay(item.at, words)}</time>
        ${item.tick ? tick(item.tick, words) : nothing}
      </div>
      ${item.tick === 'failed' ? refused(item.key, words, onRefused) : nothing}
    </div>
  </div>`;
}

function refused(id: string, words: SharedWords, onRefused: OnRefused): TemplateResult {
  return html`<div class="meta refused" role="group" aria-label=${words.failed}>
    <span>${words.failed}</span>
    <button @click=${() => onRefused(id, true)}>${words.again}</button>
    <button @click=${() => onRefused(id, false)}>${words.discard}</button>
  </div>`;
}

function content(body: Body, words: SharedWords): TemplateResult | string {
  switch (body.kind) {
    case 'text':
      return body.text;
    case 'recalled':
      return html`<i>${words.recalled}</i>`;
    case 'erased':
      return html`<i>${words.erased}</i>`;
    case 'file':
    case 'image':
    case 'audio':
    case 'video':
      return body.name;
    case 'card':
      return html`<b>${body.title}</b>${(body.fields ?? []).map((f) => html`<div>${f.name}: ${f.value}</div>`)}`;
    default:
      return html`<i>${words.unsupported}</i>`;
  }
}

function tick(state: NonNullable<Message['tick']>, words: SharedWords): TemplateResult {
  const icon = { pending: clockIcon, failed: alertIcon, sent: checkIcon, delivered: checksIcon, read: checksIcon }[
    state
  ];
  return html`<span class="tick ${state}" role="img" aria-label=${words[state]} title=${words[state]}>${icon}</span>`;
}

/** Three dots that say who is typing. */
export function typingLine(names: string[], words: SharedWords): TemplateResult | typeof nothing {
  if (names.length === 0) return nothing;
  return html`<div class="typing">
    <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${words.typing(names.join(', '))}
  </div>`;
}

export const bubbleStyles = css`
  .day,
  .system {
    align-self: center;
    max-width: 90%;
    margin: 10px 0 4px;
    font-size: 12px;
    color: var(--muted);
    text-align: center;
    overflow-wrap: anywhere;
  }
  .day {
    font-weight: 600;
  }
  .system time {
    margin-inline-start: 6px;
  }
  .row {
    display: flex;
    gap: 8px;
    max-width: min(86%, 640px);
    margin-top: 10px;
  }
  .row.follows {
    margin-top: 3px;
  }
  .row.mine {
    align-self: flex-end;
  }
  .face {
    --avatar: 28px;
    width: 28px;
    flex: none;
  }
  .bubble {
    min-width: 64px;
    padding: 8px 12px 6px;
    border-radius: var(--radius);
    background: var(--raised);
    overflow-wrap: anywhere;
  }
  .theirs .bubble {
    border-start-start-radius: 4px;
  }
  .mine .bubble {
    background: var(--accent);
    color: var(--on-accent);
    border-end-end-radius: 4px;
  }
  .row .bubble.note {
    background: var(--note);
    color: var(--note-text);
    border: 1px dashed color-mix(in oklab, var(--note-text) 40%, transparent);
  }
  .bubble.failed {
    outline: 2px solid var(--danger);
  }
  .author,
  .label {
    font-size: 12px;
    font-weight: 600;
    color: var(--muted);
  }
  .label {
    color: inherit;
  }
  .text {
    white-space: pre-wrap;
  }
  .meta {
    display: flex;
    justify-content: flex-end;
    align-items: center;
    gap: 5px;
    margin-top: 2px;
    font-size: 11px;
    color: var(--muted);
  }
  .mine .meta,
  .note .meta {
    color: inherit;
  }
  .refused button {
    text-decoration: underline;
  }
  .tick {
    display: inline-flex;
    font-size: 14px;
  }
  .tick.read {
    color: #9ef0c6;
  }
  .typing {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-top: 8px;
    font-size: 13px;
    color: var(--muted);
  }
  .dots {
    display: inline-flex;
    gap: 3px;
  }
  .dots i {
    width: 6px;
    height: 6px;
    border-radius: 50%;
    background: var(--quiet);
    animation: blink 1.2s infinite both;
  }
  .dots i:nth-child(2) {
    animation-delay: 0.15s;
  }
  .dots i:nth-child(3) {
    animation-delay: 0.3s;
  }
  @keyframes blink {
    40% {
      opacity: 0.25;
      transform: translateY(-2px);
    }
  }
`;
