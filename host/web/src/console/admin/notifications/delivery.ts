import { html, nothing, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, facts, failureBox, link, span, when } from '../parts.ts';
import type { Attempt, Verdict, Whole } from '../wire.ts';
import { TONES } from './deliveries.ts';

const EVERY_MS = 3000;

/** One notification: what is in it, and every attempt with what came of it. */
export class DeliveryPage extends Page {
  private it: Whole | undefined;

  constructor(
    at: Context,
    private readonly id: string,
  ) {
    super(at);
  }

  get title(): string {
    return this.it?.kind ?? this.at.words.sections.deliveries;
  }

  override async enter(): Promise<void> {
    await super.enter();
    this.keepLoading(EVERY_MS);
  }

  protected async load(): Promise<void> {
    this.it = await this.at.rest.get<Whole>(`/v1/notifications/${this.id}`);
  }

  render(): TemplateResult {
    const { it } = this;
    if (!it) return html``;
    const { notifications: words } = this.at.words;
    return html`<section class="card">
        <h2>${it.target} ${badge(TONES[it.state], words.states[it.state])}</h2>
        ${it.cause ? html`<p class="caution">${it.cause}</p>` : nothing}
        ${facts([
          [words.id, html`<code>${it.id}</code>`],
          [words.made, when(it.made_at, this.at.words)],
          [words.nextDue, it.due_at ? when(it.due_at, this.at.words) : undefined],
          [words.conversation, it.conversation ? html`<code>${it.conversation}</code>` : undefined],
          [words.dedupe, html`<code>${it.dedupe}</code>`],
        ])}
        ${
          it.state === 'dead' && this.at.admin
            ? html`<div class="actions">
                <button class="small primary" ?disabled=${this.busy} @click=${() => void this.again()}>
                  ${words.sendAgain}
                </button>
              </div>`
            : nothing
        }
        ${failureBox(this.refused)}
      </section>
      <section class="card">
        <h2>${words.attempts}<span class="count">${it.tried.length}</span></h2>
        ${
          it.tried.length
            ? html`<ol class="attempts">
                ${it.tried.map((attempt) => this.attemptMade(attempt))}
              </ol>`
            : html`<p class="muted">${words.notTried}</p>`
        }
      </section>
      <section class="card">
        <h2>${words.payload}<span class="muted">${it.content_type}</span></h2>
        <pre class="lines" tabindex="0">${pretty(it.body)}</pre>
      </section>
      <p>${link('deliveries', words.allDeliveries)}</p>`;
  }

  private attemptMade(it: Attempt): TemplateResult {
    const { notifications: words } = this.at.words;
    const outcome = it.fault ? badge('bad', words.faults[it.fault] ?? it.fault) : badge('good', words.ok);
    return html`<li>
      <p>
        <b>${words.attempt(it.number)}</b> ${outcome} ${it.status || words.noStatus} · ${it.took_ms} ms ·
        ${when(it.at, this.at.words)}
      </p>
      ${
        it.judged
          ? html`<p class="muted">
              ${it.judged.plugin} ${it.judged.version}: ${this.verdict(it.judged.verdict)}
              ${it.next_due ? html`(${when(it.next_due, this.at.words)})` : nothing} · ${words.fuel}
              ${it.judged.fuel.toLocaleString(this.at.words.locale)}
            </p>`
          : nothing
      }
      ${it.judged?.logs?.length ? html`<pre class="lines" tabindex="0">${it.judged.logs.join('\n')}</pre>` : nothing}
      ${it.answer ? html`<pre class="lines" tabindex="0">${it.answer}</pre>` : nothing}
    </li>`;
  }

  private verdict(verdict: Verdict): string {
    const { notifications: words } = this.at.words;
    if ('again_in' in verdict) return words.againIn(span(verdict.again_in));
    return 'dead_letter' in verdict ? words.deadBecause(verdict.dead_letter) : words.droppedBecause(verdict.drop);
  }

  private async again(): Promise<void> {
    await this.attempt(async () => {
      await this.at.rest.post('/v1/dead-letters/redrive', { id: this.id });
      await this.load();
    });
  }
}

/** JSON in lines, anything else as it is. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
