import { html, nothing, type TemplateResult } from 'lit';
import { Page } from '../page.ts';
import { badge, failureBox, link, table, when, type Tone } from '../parts.ts';
import {
  HOOKS,
  type Activation,
  type Binding,
  type Hook,
  type InForce,
  type List,
  type Named,
  type Release,
} from '../wire.ts';
import { place } from './releases.ts';

const SHOWN = 20;
const EVERY_MS = 5000;
export const TONES: Record<Activation['state'], Tone> = {
  staged: 'warn',
  active: 'good',
  retired: 'plain',
  aborted: 'bad',
};

/** Which plugin decides what, and how it came to that. */
export class BindingsPage extends Page {
  readonly title = this.at.words.sections.bindings;
  private epoch = 0;
  private bindings: Binding[] = [];
  private activations: Activation[] = [];
  private releases = new Map<string, Release>();
  private teams = new Map<string, string>();
  private people = new Map<string, string>();

  override async enter(): Promise<void> {
    await super.enter();
    this.keepLoading(EVERY_MS);
  }

  protected async load(): Promise<void> {
    const { rest } = this.at;
    const [inForce, activations, { items }, teams, agents] = await Promise.all([
      rest.get<InForce>('/v1/bindings'),
      rest.get<List<Activation>>(`/v1/activations?limit=${SHOWN}`),
      rest.get<List<Release>>('/v1/plugins'),
      rest.all<Named>('/v1/teams'),
      rest.all<Named>('/v1/agents'),
    ]);
    this.epoch = inForce.epoch;
    this.bindings = inForce.items;
    this.activations = activations.items;
    this.releases = new Map(items.map((it) => [it.digest, it]));
    this.teams = new Map(teams.map((it) => [it.id, it.name]));
    this.people = new Map(agents.map((it) => [it.id, it.name]));
  }

  render(): TemplateResult {
    const { plugins: words } = this.at.words;
    return html`<p class="lead">${this.epoch ? words.epochInForce(this.epoch) : words.neverActivated}</p>
      ${failureBox(this.refused)}
      <div class="cards">${HOOKS.map((hook) => this.hook(hook))}</div>
      <section class="card">
        <h2>
          ${words.history}
          ${
            this.epoch
              ? html`<button class="small" ?disabled=${this.busy} @click=${() => void this.rollBack({})}>
                  ${words.rollBack}
                </button>`
              : nothing
          }
        </h2>
        ${this.activations.length ? this.history() : html`<p class="muted">${words.noHistory}</p>`}
      </section>`;
  }

  private hook(hook: Hook): TemplateResult {
    const { plugins: words } = this.at.words;
    const bound = this.bindings.filter((it) => it.hook === hook);
    const everywhere = bound.some((it) => !it.team && !it.channel);
    return html`<section class="card">
      <h2>${words.hooks[hook]}</h2>
      <p class="muted">${words.hookHints[hook]}</p>
      <ul class="bound">
        ${bound.map((it) => this.binding(it))}
        ${
          everywhere
            ? nothing
            : html`<li>
                <span class="muted">${bound.length ? words.elsewhere : place({ hook }, this.teams, words)}</span>
                <b>${words.builtIn[hook]}</b>
              </li>`
        }
      </ul>
      <a class="button small" href="#/admin/bindings/change?hook=${hook}">${words.change}</a>
    </section>`;
  }

  private binding(it: Binding): TemplateResult {
    const { plugins: words } = this.at.words;
    const release = this.releases.get(it.release);
    const name = release ? `${release.name} ${release.version}` : it.release.slice(0, 12);
    const where = it.team ? `&team=${it.team}` : it.channel ? `&channel=${encodeURIComponent(it.channel)}` : '';
    const settings = JSON.stringify(it.settings);
    return html`<li>
      <span class="muted">${place(it, this.teams, words)}</span>
      <b>${link(`plugins/${it.release}`, name)}</b>
      ${settings === '{}' ? nothing : html`<code class="settings" title=${settings}>${settings}</code>`}
      <a class="quiet" href="#/admin/bindings/change?hook=${it.hook}${where}&release=${it.release}"
        >${words.settings}<span class="hidden">: ${name}, ${place(it, this.teams, words)}</span></a
      >
    </li>`;
  }

  private history(): TemplateResult {
    const { plugins: words } = this.at.words;
    return table<Activation>(
      words.history,
      [
        { name: words.epoch, cell: (it) => link(`activations/${it.epoch}`, `#${it.epoch}`) },
        { name: words.state, cell: (it) => badge(TONES[it.state], words.states[it.state]) },
        { name: words.since, cell: (it) => when(it.activated_at ?? it.staged_at, this.at.words) },
        { name: words.by, cell: (it) => (it.by ? (this.people.get(it.by) ?? it.by) : words.byItself) },
        { name: words.reason, cell: (it) => it.reason ?? '' },
        { name: words.set, cell: (it) => this.set(it) },
        {
          name: '',
          cell: (it) =>
            it.state === 'retired'
              ? html`<button
                  class="small"
                  ?disabled=${this.busy}
                  @click=${() => void this.rollBack({ epoch: it.epoch })}
                >
                  ${words.restore}<span class="hidden"> #${it.epoch}</span>
                </button>`
              : nothing,
        },
      ],
      this.activations,
    );
  }

  private set({ bindings }: Activation): string {
    const name = ({ release }: Binding): string => this.releases.get(release)?.name ?? release.slice(0, 12);
    return bindings.map(name).join(', ') || this.at.words.plugins.allBuiltIn;
  }

  private async rollBack(to: { epoch?: number }): Promise<void> {
    await this.attempt(async () => {
      await this.at.rest.post<Activation>('/v1/bindings/rollback', to, this.epoch);
      await this.load();
    });
  }
}
