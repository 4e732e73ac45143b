import { html, nothing, type TemplateResult } from 'lit';
import type { Status } from '@weft/client';
import { avatar } from '../shared/avatar.ts';
import type { Desk, Myself } from './desk.ts';
import type { ConsoleWords } from './words.ts';

/** What the address of every page of the administration begins with. */
export const ADMINISTRATION = '#/admin';

const STATUSES: Status[] = ['online', 'busy', 'away', 'offline'];

/** Whether there is anything for them in the administration. */
export function mayAdminister({ role }: Myself): boolean {
  return role === 'admin' || role === 'supervisor';
}

/** Who is signed in, their status, and how the connection is. */
export function topBar(
  desk: Desk,
  words: ConsoleWords,
  state: { alerts: boolean; administering: boolean },
  on: { alerts: () => void; signOut: () => void },
): TemplateResult {
  const { me } = desk;
  return html`<header class="top">
    <img src="./icon.svg" alt="" width="30" height="30" />
    <strong class="brand">weft</strong>
    <span class="tenant">${me.tenant?.name ?? ''}</span>
    <span class="connection ${desk.connection.kind}" role="status">
      <i aria-hidden="true"></i><span>${connectionText(desk, words)}</span>
    </span>
    <span class="space"></span>
    ${
      mayAdminister(me)
        ? html`<a class="ghost" href=${state.administering ? '#/' : ADMINISTRATION}
            >${state.administering ? words.toDesk : words.administration}</a
          >`
        : nothing
    }
    <button class="ghost" aria-pressed=${state.alerts} @click=${on.alerts}>${words.alerts}</button>
    <label class="status">
      <i class="dot ${desk.status}" aria-hidden="true"></i>
      <span class="hidden">${words.yourStatus}</span>
      <select
        .value=${desk.status}
        ?disabled=${desk.connection.kind !== 'online'}
        @change=${(event: Event) => void desk.setStatus((event.target as HTMLSelectElement).value as Status)}
      >
        ${STATUSES.map((s) => html`<option value=${s} ?selected=${s === desk.status}>${words.status[s]}</option>`)}
      </select>
    </label>
    <span class="me">${avatar(me.name, me.id)}<span class="name">${me.name}</span></span>
    <button class="ghost" @click=${on.signOut}>${words.signOut}</button>
  </header>`;
}

function connectionText({ connection }: Desk, words: ConsoleWords): string {
  switch (connection.kind) {
    case 'online':
      return connection.over === 'socket' ? words.online : words.overRest;
    case 'connecting':
      return words.connecting;
    case 'stopped':
      return words.stopped;
    case 'waiting':
      return words.retryIn(Math.max(1, Math.ceil((connection.retryAt - Date.now()) / 1000)));
  }
}
