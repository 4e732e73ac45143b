import { html, nothing, type TemplateResult } from 'lit';
import { avatar } from '../shared/avatar.ts';
import { duration } from '../shared/time.ts';
import type { Desk, OpenOffer } from './desk.ts';
import type { ConsoleWords } from './words.ts';

/** Conversations that are offered to this agent, each with its time left. */
export function offerTray(desk: Desk, words: ConsoleWords): TemplateResult {
  return html`<div class="offers" role="region" aria-live="assertive" aria-label=${words.chats}>
    ${[...desk.offers.values()].map((offer) => card(offer, desk, words))}
  </div>`;
}

function card(offer: OpenOffer, desk: Desk, words: ConsoleWords): TemplateResult | typeof nothing {
  const left = Math.ceil((Date.parse(offer.expires_at) - Date.now()) / 1000);
  if (left <= 0) return nothing;
  const { visitor, team, subject, waiting_since, opened_at } = offer.conversation;
  const waited = duration(Date.now() - Date.parse(waiting_since ?? opened_at));
  return html`<article class="offer" data-offer=${offer.offer}>
    ${avatar(visitor.name, visitor.id)}
    <div class="lines">
      <b>${words.offerTitle(visitor.name)}</b>
      <span class="snippet" aria-live="off"
        >${[subject, team?.name, words.waitingFor(waited)].filter(Boolean).join(' · ')}</span
      >
    </div>
    <span class="left ${left <= 5 ? 'soon' : ''}" role="timer" aria-live="off">${words.offerLeft(left)}</span>
    <button class="small" ?disabled=${offer.answering} @click=${() => void desk.answer(offer.offer, false)}>
      ${words.decline}
    </button>
    <button class="small primary" ?disabled=${offer.answering} @click=${() => void desk.answer(offer.offer, true)}>
      ${words.accept}
    </button>
  </article>`;
}
