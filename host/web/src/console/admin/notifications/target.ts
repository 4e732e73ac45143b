import { html, nothing, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, facts, failureBox, link, when } from '../parts.ts';
import type { Attempt, List, Notification, Target, Tested, Whole } from '../wire.ts';
import { health } from './health.ts';
import { TargetDraft, targetForm } from './target-form.ts';

const NEW = 'new';

/** One target: what it is, how it is doing, and what can be done about it. Also the page for a new one. */
export class TargetPage extends Page {
  private target: Target | undefined;
  private draft = new TargetDraft();
  private kinds: string[] = [];
  private last: Attempt | undefined;
  private tested: Tested | undefined;
  /** Shown once. */
  private secret: string | undefined;
  private sure = false;
  private saved = false;

  constructor(
    at: Context,
    private readonly id: string,
  ) {
    super(at);
  }

  get title(): string {
    return this.target?.name ?? this.at.words.notifications.newTarget;
  }

  protected async load(): Promise<void> {
    const { rest } = this.at;
    const schema = await rest.get<{ properties: Record<string, unknown> }>('/v1/events/schema');
    this.kinds = Object.keys(schema.properties);
    if (this.id === NEW) return;
    this.target = await rest.get<Target>(`/v1/targets/${this.id}`);
    this.draft = new TargetDraft(this.target);
    const path = `/v1/notifications?limit=5&target=${encodeURIComponent(this.target.name)}`;
    const { items } = await rest.get<List<Notification>>(path);
    const tried = items.find(({ attempts }) => attempts > 0);
    this.last = tried ? (await rest.get<Whole>(`/v1/notifications/${tried.id}`)).tried.at(-1) : undefined;
  }

  render(): TemplateResult {
    const { notifications: words } = this.at.words;
    return html`${this.shownOnce()}
      ${this.target ? this.state(this.target) : html`<p class="lead">${words.newTargetHint}</p>`}
      <form class="card" @submit=${(event: Event) => void this.save(event)}>
        <h2>${words.settings}</h2>
        ${targetForm(this.draft, this.kinds, this.refused, this.at.words, () => this.edited())}
        ${failureBox(this.refused)}
        <div class="actions">
          <button class="primary" ?disabled=${this.busy}>${this.target ? words.save : words.create}</button>
          <span role="status" class="muted">${this.saved ? words.saved : ''}</span>
        </div>
      </form>`;
  }

  private edited(): void {
    this.saved = false;
    this.changed();
  }

  private shownOnce(): TemplateResult | typeof nothing {
    const { notifications: words } = this.at.words;
    if (!this.secret) return nothing;
    return html`<section class="card secret" role="status">
      <h2>${words.secret}</h2>
      <p>${words.secretHint}</p>
      <code class="copyable">${this.secret}</code>
      <div class="actions">
        <button class="small" @click=${() => void navigator.clipboard?.writeText(this.secret ?? '')}>
          ${words.copy}
        </button>
        <button class="small" @click=${() => this.forget()}>${words.kept}</button>
      </div>
    </section>`;
  }

  private forget(): void {
    this.secret = undefined;
    this.changed();
  }

  private state(target: Target): TemplateResult {
    const { notifications: words } = this.at.words;
    const { last } = this;
    return html`<section class="card">
      <h2>${words.health} ${health(target, this.at.words)}</h2>
      ${facts([
        [words.streak, target.streak || undefined],
        [words.failingSince, target.failing_since ? when(target.failing_since, this.at.words) : undefined],
        [words.restsUntil, target.rests_until ? when(target.rests_until, this.at.words) : undefined],
        [
          words.lastAttempt,
          last &&
            html`${when(last.at, this.at.words)} · ${last.status || words.noStatus} ·
            ${last.fault ? (words.faults[last.fault] ?? last.fault) : words.ok}`,
        ],
      ])}
      <div class="actions">
        <button class="small" ?disabled=${this.busy} @click=${() => void this.test()}>${words.test}</button>
        ${
          target.channel === 'webhook'
            ? html`<button class="small" ?disabled=${this.busy} @click=${() => void this.rotate()}>
                ${words.rotate}
              </button>`
            : nothing
        }
        ${
          target.streak > 0
            ? html`<button class="small" ?disabled=${this.busy} @click=${() => void this.reset()}>
                ${words.reset}
              </button>`
            : nothing
        }
        ${link(`deliveries?target=${encodeURIComponent(target.name)}`, words.deliveries)}
        <span class="space"></span>
        <button class="small danger" ?disabled=${this.busy} @click=${() => void this.remove()}>
          ${this.sure ? words.deleteSure : words.delete}
        </button>
      </div>
      <div role="status">${this.tested ? this.outcome(this.tested) : ''}</div>
    </section>`;
  }

  private outcome(it: Tested): TemplateResult {
    const { notifications: words } = this.at.words;
    const tone = it.sent ? badge('good', words.arrived) : badge('bad', words.failed);
    return html`<p>${tone} ${it.status || words.noStatus} · ${it.took_ms} ms</p>
      ${it.answer ? html`<pre class="lines" tabindex="0">${it.answer}</pre>` : nothing}`;
  }

  private async save(event: Event): Promise<void> {
    event.preventDefault();
    const { rest } = this.at;
    await this.attempt(async () => {
      const body = this.draft.body(this.at.words);
      if (this.target) {
        this.show(await rest.put<Target>(`/v1/targets/${this.target.id}`, body, this.target.version));
        this.saved = true;
      } else {
        this.show(await rest.post<Target>('/v1/targets', body));
      }
    });
  }

  /** What the node answered; a secret in it is there for this once. */
  private show(target: Target): void {
    const { secret, ...known } = target;
    this.secret = secret ?? this.secret;
    this.target = known;
    this.draft = new TargetDraft(known);
  }

  private async test(): Promise<void> {
    this.tested = undefined;
    await this.attempt(async () => {
      this.tested = await this.at.rest.post<Tested>(`/v1/targets/${this.target?.id}/test`);
    });
  }

  private async rotate(): Promise<void> {
    const { target } = this;
    if (!target) return;
    await this.attempt(async () => {
      this.show(await this.at.rest.post<Target>(`/v1/targets/${target.id}/rotate`, {}, target.version));
    });
  }

  private async reset(): Promise<void> {
    await this.attempt(async () => {
      this.show(await this.at.rest.post<Target>(`/v1/targets/${this.target?.id}/reset`));
    });
  }

  private async remove(): Promise<void> {
    const { target } = this;
    if (!target) return;
    if (!this.sure) {
      this.sure = true;
      this.changed();
      return;
    }
    const gone = await this.attempt(() => this.at.rest.delete(`/v1/targets/${target.id}`, target.version));
    this.sure = false;
    if (gone) this.at.go('targets');
  }
}
