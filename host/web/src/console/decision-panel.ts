import { html, type TemplateResult } from 'lit';
import { closeIcon } from '../shared/icons.ts';
import { timeOfDay } from '../shared/time.ts';
import type { Decision } from './desk.ts';
import { inWords } from './reasons.ts';
import type { ConsoleWords } from './words.ts';

export type Why = { state: 'loading' } | { state: 'failed' } | { state: 'known'; decisions: Decision[] };

/** Why the conversation went where it went, newest decision first, in words. */
export function decisionPanel(why: Why, words: ConsoleWords, close: () => void): TemplateResult {
  return html`<aside class="why" aria-label=${words.why}>
    <h2>${words.why}<button class="ghost" aria-label=${words.whyClose} @click=${close}>${closeIcon}</button></h2>
    ${body(why, words)}
  </aside>`;
}

function body(why: Why, words: ConsoleWords): TemplateResult | TemplateResult[] {
  if (why.state === 'loading') return html`<p class="muted">${words.whyLoading}</p>`;
  if (why.state === 'failed') return html`<p class="muted" role="alert">${words.whyFailed}</p>`;
  if (why.decisions.length === 0) return html`<p class="muted">${words.whyNone}</p>`;
  return [...why.decisions].sort((a, b) => b.at.localeCompare(a.at)).map((decision) => one(decision, words));
}

function one(decision: Decision, words: ConsoleWords): TemplateResult {
  const { plugin, agent, rung, fuel, epoch, candidates } = decision;
  return html`<article class="decision">
    <h3>${agent ? words.chosen(agent.name) : (words.action[decision.action] ?? decision.action)}</h3>
    <p class="muted">
      <time datetime=${decision.at}>${timeOfDay(decision.at, words)}</time> · ${words.candidates(candidates)}
    </p>
    <ul class="reasons">
      ${decision.reasons.map((reason) => html`<li><b>${inWords(reason, words)}</b>${reason.detail ? html`<span>${reason.detail}</span>` : ''}</li>`)}
    </ul>
    <p class="muted">${words.rung[rung] ?? rung}.</p>
    <dl>
      <dt>${words.decidedBy}</dt>
      <dd>${plugin.name} ${plugin.version}</dd>
      <dt>${words.effort}</dt>
      <dd>${fuel.toLocaleString(words.locale)}</dd>
      <dt>${words.epoch}</dt>
      <dd>${epoch}</dd>
      ${
        plugin.digest
          ? html`<dt>SHA-256</dt>
              <dd><code title=${plugin.digest}>${plugin.digest.slice(0, 12)}…</code></dd>`
          : ''
      }
    </dl>
  </article>`;
}
