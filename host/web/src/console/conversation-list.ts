import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { typists, type Conversation, type Summary } from '@weft/client';
import { avatar } from '../shared/avatar.ts';
import { duration, timeOfDay } from '../shared/time.ts';
import type { Desk } from './desk.ts';
import type { ConsoleWords } from './words.ts';

/** Own conversations, then what waits in the teams' backlogs, then what was closed. */
export function conversationList(desk: Desk, words: ConsoleWords): TemplateResult {
  const all = desk.list;
  const open = all.filter((it) => it.summary?.state !== 'closed');
  const closed = all.filter((it) => it.summary?.state === 'closed');
  return html`<nav class="list" aria-label=${words.chats}>
    <input
      class="search"
      type="search"
      aria-label=${words.search}
      placeholder=${words.search}
      @change=${(event: Event) => void desk.search((event.target as HTMLInputElement).value)}
      @search=${(event: Event) => void desk.search((event.target as HTMLInputElement).value)}
    />
    ${desk.found ? found(desk.found, desk, words) : nothing}
    <h2>${words.chats}<span class="count">${open.length}</span></h2>
    ${
      open.length === 0
        ? html`<div class="empty">
            <b>${words.noChats}</b>
            <p>${words.noChatsHint[desk.status]}</p>
            ${
              desk.status === 'online'
                ? nothing
                : html`<button class="primary" @click=${() => void desk.setStatus('online')}>${words.goOnline}</button>`
            }
          </div>`
        : rows(open, desk, words)
    }
    ${desk.waiting.length ? waiting(desk.waiting, desk, words) : nothing}
    ${
      closed.length
        ? html`<h2>${words.closedList}</h2>
            ${rows(closed, desk, words)}`
        : nothing
    }
  </nav>`;
}

function found(list: Summary[], desk: Desk, words: ConsoleWords): TemplateResult {
  return html`<h2 role="status">${words.found}<span class="count">${list.length}</span></h2>
    <ul>
      ${list.map(
        (it) =>
          html`<li>
            <button class="row" @click=${() => void desk.look(it)}>
              ${avatar(it.visitor.name, it.visitor.id)}
              <span class="lines">
                <span class="line"
                  ><b>${it.visitor.name}</b
                  ><time datetime=${it.opened_at}>${timeOfDay(it.opened_at, words)}</time></span
                >
                <span class="line"
                  ><span class="snippet"
                    >${[words.states[it.state], it.agent?.name ?? it.team?.name].filter(Boolean).join(' · ')}</span
                  ></span
                >
              </span>
            </button>
          </li>`,
      )}
    </ul>`;
}

function rows(list: Conversation[], desk: Desk, words: ConsoleWords): TemplateResult {
  return html`<ul>
    ${repeat(
      list,
      (it) => it.id,
      (it) => html`<li>${row(it, desk, words)}</li>`,
    )}
  </ul>`;
}

function row(it: Conversation, desk: Desk, words: ConsoleWords): TemplateResult {
  const name = it.summary?.visitor.name ?? '…';
  const unread = desk.unread(it);
  const last = it.entries.findLast((entry) => entry.body.kind === 'text');
  const text = last?.body.kind === 'text' ? last.body.text : (it.summary?.subject ?? '');
  const typing = typists(it, desk.me.id, Date.now());
  return html`<button
    class="row ${unread ? 'unread' : ''}"
    aria-current=${it.id === desk.selected ? 'true' : 'false'}
    @click=${() => desk.select(it.id)}
  >
    ${avatar(name, it.summary?.visitor.id ?? it.id)}
    <span class="lines">
      <span class="line"
        ><b>${name}</b>${last ? html`<time datetime=${last.at}>${timeOfDay(last.at, words)}</time>` : nothing}</span
      >
      <span class="line"
        ><span class="snippet">${typing.length ? words.typing(name) : text}</span>${
          unread
            ? html`<span class="badge"
                ><span aria-hidden="true">${unread}</span><span class="hidden">${words.unread(unread)}</span></span
              >`
            : nothing
        }</span
      >
    </span>
  </button>`;
}

function waiting(list: Summary[], desk: Desk, words: ConsoleWords): TemplateResult {
  return html`<h2>${words.waitingList}<span class="count">${list.length}</span></h2>
    <ul>
      ${list.map(
        (it) =>
          html`<li class="waiting">
            ${avatar(it.visitor.name, it.visitor.id)}
            <span class="lines">
              <b>${it.visitor.name}</b>
              <span class="snippet"
                >${words.waitingFor(duration(Date.now() - Date.parse(it.waiting_since ?? it.opened_at)))}</span
              >
            </span>
            <button class="small" @click=${() => void desk.take(it.id)}>
              ${words.take}<span class="hidden"> ${it.visitor.name}</span>
            </button>
          </li>`,
      )}
    </ul>`;
}
