import { html, nothing, type TemplateResult } from 'lit';
import { Page, failure, type Context } from '../page.ts';
import { failureBox, field, link, select } from '../parts.ts';
import {
  CHANNELS,
  HOOKS,
  type Activated,
  type Activation,
  type Binding,
  type Change,
  type Hook,
  type InForce,
  type List,
  type Named,
  type Plan,
  type Release,
} from '../wire.ts';
import { nodeStates } from './activation.ts';
import { planned } from './plan.ts';
import { Settings } from './settings.ts';
import { settingsForm } from './settings-form.ts';

const LOOK_EVERY_MS = 400;

/** Another plugin, or other settings, for a hook: written, planned, then put in force on every node. */
export class ChangePage extends Page {
  readonly title = this.at.words.plugins.changeTitle;
  private hook: Hook;
  private team: string;
  private channel: string;
  /** Empty: the built-in rule. */
  private release: string;
  private settings: Settings;
  private releases: Release[] = [];
  private teams: Named[] = [];
  private bindings: Binding[] = [];
  private plan: Plan | undefined;
  private watched: Activated | undefined;

  constructor(at: Context, query: URLSearchParams) {
    super(at);
    const hook = query.get('hook');
    this.hook = HOOKS.find((it) => it === hook) ?? 'routing';
    this.team = query.get('team') ?? '';
    this.channel = query.get('channel') ?? '';
    this.release = query.get('release') ?? '';
    this.settings = this.empty();
  }

  protected async load(): Promise<void> {
    const { rest } = this.at;
    const [{ items }, inForce, teams] = await Promise.all([
      rest.get<List<Release>>('/v1/plugins'),
      rest.get<InForce>('/v1/bindings'),
      rest.all<Named>('/v1/teams'),
    ]);
    this.releases = items.sort((a, b) => a.name.localeCompare(b.name) || b.created_at.localeCompare(a.created_at));
    this.bindings = inForce.items;
    this.teams = teams;
    if (!this.release) this.release = this.bound?.release ?? '';
    this.draft();
  }

  /** What holds at this place now. */
  private get bound(): Binding | undefined {
    return this.bindings.find(
      (it) => it.hook === this.hook && (it.team ?? '') === this.team && (it.channel ?? '') === this.channel,
    );
  }

  private get chosen(): Release | undefined {
    return this.releases.find(({ digest }) => digest === this.release);
  }

  private empty(): Settings {
    return new Settings({ type: 'object', properties: {} }, {}, this.at.words, () => this.edited());
  }

  /** The settings to begin with: those in force, if they are of a release of the same name. */
  private draft(): void {
    const { bound, chosen } = this;
    const before = this.releases.find(({ digest }) => digest === bound?.release);
    const kept = chosen && before?.name === chosen.name ? bound?.settings : {};
    this.settings = chosen
      ? new Settings(chosen.manifest.settings, kept, this.at.words, () => this.edited())
      : this.empty();
    this.edited();
  }

  /** What was planned is something else now. */
  private edited(): void {
    this.plan = undefined;
    this.refused = undefined;
    this.changed();
  }

  private get change(): Change {
    return {
      hook: this.hook,
      ...(this.team ? { team: this.team } : {}),
      ...(this.channel ? { channel: this.channel } : {}),
      ...(this.chosen ? { release: this.chosen.digest, settings: this.settings.value } : {}),
    };
  }

  render(): TemplateResult {
    const { plugins: words } = this.at.words;
    return html`<form class="card" @submit=${(event: Event) => void this.submit(event)}>
        <div class="row-of-fields">${this.where()}</div>
        ${field(words.release, this.pickRelease(), this.chosen?.manifest.description ?? words.builtInHint)}
        ${this.chosen ? settingsForm(this.settings, this.at.words) : nothing} ${failureBox(this.refused)}
        ${this.plan ? planned(this.plan, this.change, this.releases, this.at.words) : nothing}
        <div class="actions">
          <button class="small" type="submit" ?disabled=${this.busy}>${words.plan}</button>
          <button
            class="small primary"
            type="button"
            ?disabled=${this.busy || !this.plan || this.plan.problems.length > 0}
            @click=${() => void this.activate()}
          >
            ${this.busy && this.plan ? words.activating : words.activate}
          </button>
          ${link('bindings', words.cancel)}
        </div>
      </form>
      ${this.watched ? nodeStates(this.watched, this.at.words) : nothing}
      ${this.watched?.state === 'active' ? html`<p role="status">${words.done} ${link('bindings', words.toBindings)}</p>` : nothing}`;
  }

  private where(): TemplateResult {
    const { plugins: words } = this.at.words;
    const moved = (set: () => void) => (): void => {
      set();
      this.release = this.bound?.release ?? '';
      this.draft();
    };
    const hooks = HOOKS.map((it): [string, string] => [it, words.hooks[it]]);
    const pickHook = select('hook', this.hook, hooks, (hook) =>
      moved(() => ([this.hook, this.team, this.channel] = [hook as Hook, '', '']))(),
    );
    const teams = this.teams.map((it): [string, string] => [it.id, it.name]);
    const channels = CHANNELS.map((it): [string, string] => [it, words.channels[it] ?? it]);
    return html`${field(words.hook, pickHook)}
    ${
      this.hook === 'routing'
        ? field(
            words.team,
            select('team', this.team, [['', words.everyTeam], ...teams], (team) => moved(() => (this.team = team))()),
          )
        : nothing
    }
    ${
      this.hook === 'retry'
        ? field(
            words.channel,
            select('channel', this.channel, [['', words.everyChannel], ...channels], (channel) =>
              moved(() => (this.channel = channel))(),
            ),
          )
        : nothing
    }`;
  }

  private pickRelease(): TemplateResult {
    const { plugins: words } = this.at.words;
    const fitting = this.releases.filter(({ hook }) => hook === this.hook);
    const options = fitting.map((it): [string, string] => [it.digest, `${it.name} ${it.version}`]);
    return select('release', this.release, [['', words.builtIn[this.hook]], ...options], (release) => {
      this.release = release;
      this.draft();
    });
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.chosen && !this.settings.complete()) return;
    const { change } = this;
    await this.attempt(async () => {
      const plan = await this.at.rest.post<Plan>('/v1/bindings/plan', { changes: [change] });
      const errors = plan.problems.flatMap((it) => it.errors ?? []);
      this.settings.refuse(errors.map(([pointer, detail]) => ({ pointer, detail })));
      this.plan = plan;
    });
  }

  private async activate(): Promise<void> {
    const { change, plan } = this;
    if (!plan) return;
    const { rest } = this.at;
    const newest = async (): Promise<number> =>
      (await rest.get<List<Activation>>('/v1/activations?limit=1')).items[0]?.epoch ?? 0;
    this.watched = undefined;
    await this.attempt(async () => {
      const before = await newest();
      const look = async (): Promise<void> => {
        const epoch = await newest();
        if (epoch > before) this.watched = await rest.get<Activated>(`/v1/activations/${epoch}`);
        this.changed();
      };
      // The answer comes when it is over: meanwhile the nodes say how far they are. A look that fails is made up for by the next.
      const looking = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
      try {
        await rest.post<Activation>('/v1/bindings/activate', { changes: [change] }, plan.epoch);
      } catch (cause) {
        this.settings.refuse(failure(cause, this.at.words).errors);
        throw cause;
      } finally {
        clearInterval(looking);
        await look();
        this.plan = undefined;
      }
    });
  }
}
