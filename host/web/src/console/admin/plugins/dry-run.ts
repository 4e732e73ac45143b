import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { Page, type Context } from '../page.ts';
import { emptyState, failureBox, field, select } from '../parts.ts';
import type { Binding, InForce, List, Named, Release } from '../wire.ts';
import {
  between,
  joined,
  last,
  LAST_MS,
  nothingAsked,
  type DryRunPart,
  type Last,
  type Range,
} from './dry-run-report.ts';
import { dryRunResult, type Result } from './dry-run-result.ts';
import { Settings } from './settings.ts';
import { settingsForm } from './settings-form.ts';

/** Decisions of one call: few enough that the count is seen to grow. */
const PART = 1000;

/** A candidate is tried on what routing decided before. */
export class DryRunPage extends Page {
  readonly title = this.at.words.sections['dry-run'];
  private releases: Release[] = [];
  private bindings: Binding[] = [];
  private teams = new Map<string, string>();
  private agents = new Map<string, string>();
  private release: string;
  private settings = this.draft();
  private team = '';
  private range: Last | 'own' = 'day';
  private from = '';
  private until = '';
  private noTime = false;
  private stopping = false;
  private result: Result | undefined;

  constructor(at: Context, query: URLSearchParams) {
    super(at);
    this.release = query.get('release') ?? '';
  }

  protected async load(): Promise<void> {
    const { rest } = this.at;
    const [{ items }, inForce, teams, agents] = await Promise.all([
      rest.get<List<Release>>('/v1/plugins'),
      rest.get<InForce>('/v1/bindings'),
      rest.all<Named>('/v1/teams'),
      rest.all<Named>('/v1/agents'),
    ]);
    this.releases = items.filter(({ hook }) => hook === 'routing').sort((a, b) => a.name.localeCompare(b.name));
    this.bindings = inForce.items;
    this.teams = new Map(teams.map((it) => [it.id, it.name]));
    this.agents = new Map(agents.map((it) => [it.id, it.name]));
    if (!this.chosen) this.release = this.releases[0]?.digest ?? '';
    this.settings = this.draft();
  }

  override leave(): void {
    super.leave();
    this.stopping = true;
  }

  private get chosen(): Release | undefined {
    return this.releases.find(({ digest }) => digest === this.release);
  }

  /** The settings to begin with: those in force, when the candidate is. */
  private draft(): Settings {
    const bound = this.bindings.find(({ release }) => release === this.release);
    const schema = this.chosen?.manifest.settings ?? { type: 'object', properties: {} };
    return new Settings(schema, bound?.settings, this.at.words, () => this.changed());
  }

  render(): TemplateResult {
    const { dryRun: words } = this.at.words;
    if (!this.releases.length) return emptyState(words.noCandidate, words.noCandidateHint);
    return html`<p class="lead">${words.lead}</p>
      <form class="card" novalidate @submit=${(event: Event) => this.submit(event)}>
        <div class="row-of-fields">${this.what()}</div>
        ${this.range === 'own' ? html`<div class="row-of-fields">${this.times()}</div>` : nothing}
        ${settingsForm(this.settings, this.at.words)} ${failureBox(this.refused)}
        <div class="actions">
          <button class="primary" ?disabled=${this.busy}>${words.run}</button>
          ${
            this.busy
              ? html`<button type="button" class="small" @click=${() => (this.stopping = true)}>${words.stop}</button>`
              : nothing
          }
          <span role="status">${this.busy ? words.running(this.soFar) : ''}</span>
        </div>
      </form>
      ${this.result && !this.busy ? this.found(this.result) : nothing}`;
  }

  private get soFar(): string {
    return (this.result?.report.asked ?? 0).toLocaleString(this.at.words.locale);
  }

  private what(): TemplateResult {
    const { dryRun: words, plugins } = this.at.words;
    const candidates = this.releases.map((it): [string, string] => [it.digest, `${it.name} ${it.version}`]);
    const ranges = [...(Object.keys(LAST_MS) as Last[]), 'own' as const];
    const pick = select('candidate', this.release, candidates, (release) => {
      this.release = release;
      this.settings = this.draft();
      this.changed();
    });
    return html`${field(words.candidate, pick, this.chosen?.manifest.description)}
    ${field(
      plugins.team,
      select('team', this.team, [['', plugins.everyTeam], ...this.teams], (team) => (this.team = team)),
    )}
    ${field(
      words.range,
      select(
        'range',
        this.range,
        ranges.map((it): [string, string] => [it, words.ranges[it]]),
        (range) => {
          this.range = ranges.find((it) => it === range) ?? 'day';
          this.changed();
        },
      ),
    )}`;
  }

  private times(): TemplateResult {
    const { dryRun: words } = this.at.words;
    const line = (name: 'from' | 'until'): TemplateResult =>
      html`<input
        type="datetime-local"
        name=${name}
        .value=${live(this[name])}
        @input=${(event: Event) => {
          this[name] = (event.target as HTMLInputElement).value;
          this.noTime = false;
          this.changed();
        }}
      />`;
    const wrong = this.noTime ? words.noTime : '';
    return html`${field(words.from, line('from'), '', wrong)} ${field(words.until, line('until'))}`;
  }

  private found(result: Result): TemplateResult {
    const { dryRun: words } = this.at.words;
    if (!result.report.asked && !result.stopped) return emptyState(words.nothing, words.nothingHint);
    return dryRunResult(result, this.at.words);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const range = this.range === 'own' ? between(this.from, this.until) : last(this.range, Date.now());
    this.noTime = !range;
    const complete = this.settings.complete();
    if (this.chosen && range && complete) void this.run(this.chosen, range);
  }

  private async run(candidate: Release, range: Range): Promise<void> {
    const asked = {
      ...range,
      release: candidate.digest,
      settings: this.settings.value,
      ...(this.team ? { team: this.team } : {}),
      limit: PART,
    };
    this.stopping = false;
    this.result = undefined;
    await this.attempt(async () => {
      const { releases, agents, teams } = this;
      let report = nothingAsked;
      let next: string | undefined;
      do {
        const after = next === undefined ? {} : { after: next };
        const part = await this.at.rest.post<DryRunPart>('/v1/decisions/dry-runs', { ...asked, ...after });
        report = joined(report, part);
        next = part.next;
        this.result = { report, candidate, stopped: next !== undefined, releases, agents, teams };
        this.changed();
      } while (next !== undefined && !this.stopping);
    });
    this.settings.refuse(this.refused?.errors ?? []);
  }
}
