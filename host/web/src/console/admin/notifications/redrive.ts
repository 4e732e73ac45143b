import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { field } from '../parts.ts';
import type { Rest } from '../rest.ts';
import type { AdminWords } from '../words/index.ts';

const RATE = 50;
const RATE_MOST = 1000;
const TICK_MS = 250;

/** Dead letters that were sent again together: the node makes them due one after the other, at the rate. */
export class Redrive {
  private rate = RATE;
  private under: { total: number; rate: number; begun: number } | undefined;
  private sure = false;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly rest: Rest,
    private readonly words: AdminWords,
    private readonly changed: () => void,
  ) {}

  async begin(which: Record<string, string>): Promise<void> {
    this.sure = false;
    const { rate } = this;
    const path = '/v1/dead-letters/redrive';
    const { redriven } = await this.rest.post<{ redriven: number }>(path, { ...which, per_second: rate });
    this.under = { total: redriven, rate, begun: Date.now() };
    this.stop();
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.ticking);
  }

  /** How many have come due by now. */
  private get come(): number {
    if (!this.under) return 0;
    const { total, rate, begun } = this.under;
    return Math.min(total, Math.floor(((Date.now() - begun) / 1000) * rate));
  }

  private tick(): void {
    if (this.come === this.under?.total) this.stop();
    this.changed();
  }

  render(some: boolean, begin: () => void): TemplateResult | typeof nothing {
    const { notifications: words } = this.words;
    if (!some && !this.under) return nothing;
    return html`<section class="card">
      <h2>${words.redrive}</h2>
      <p class="muted">${words.redriveHint}</p>
      <div class="row-of-fields bottom">
        ${field(
          words.perSecond,
          html`<input
            type="number"
            min="1"
            max=${RATE_MOST}
            .value=${live(String(this.rate))}
            @change=${(event: Event) => this.setRate(Number((event.target as HTMLInputElement).value))}
          />`,
        )}
        <button class="small" ?disabled=${!some} @click=${() => (this.sure ? begin() : this.ask())}>
          ${this.sure ? words.redriveSure(this.rate) : words.redriveAll}
        </button>
      </div>
      ${this.under ? this.progress(this.under.total) : nothing}
    </section>`;
  }

  private progress(total: number): TemplateResult {
    const { notifications: words } = this.words;
    const { come } = this;
    return html`<label class="progress"
      ><progress max=${Math.max(total, 1)} value=${total ? come : 1}></progress>
      <span role="status">${come < total ? words.redriving(come, total) : words.redriven(total)}</span></label
    >`;
  }

  private setRate(rate: number): void {
    this.rate = Math.min(RATE_MOST, Math.max(1, Math.round(rate) || RATE));
    this.changed();
  }

  private ask(): void {
    this.sure = true;
    this.changed();
  }
}
