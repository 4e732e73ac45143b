import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { Page } from '../page.ts';
import { badge, failureBox, field, select, span, table } from '../parts.ts';
import { Settings } from '../plugins/settings.ts';
import { settingsForm } from '../plugins/settings-form.ts';
import { CHANNELS, type List, type Release, type Verdict } from '../wire.ts';
import { labChart } from './lab-chart.ts';
import { totals, type Course, type Simulation } from './simulation.ts';

const NOTIFICATIONS_MOST = 50;
const EXAMPLES = ['down 6h\n20% errors for 6h', 'throttled after 90s 1h', '50% errors for 1d', 'slow 10m\ndown 2d'];

/** The retry lab: an outage is described, and the schedule of a rule drawn. */
export class LabPage extends Page {
  readonly title = this.at.words.sections['retry-lab'];
  private releases: Release[] = [];
  private release = '';
  private settings = this.draft();
  private channel = 'webhook';
  private outage = EXAMPLES[0] ?? '';
  private notifications = 12;
  private apart = '30m';
  private found: Simulation | undefined;

  protected async load(): Promise<void> {
    const { items } = await this.at.rest.get<List<Release>>('/v1/plugins');
    this.releases = items.filter(({ hook }) => hook === 'retry');
    void this.run();
  }

  private get chosen(): Release | undefined {
    return this.releases.find(({ digest }) => digest === this.release);
  }

  private draft(): Settings {
    const schema = this.chosen?.manifest.settings ?? { type: 'object', properties: {} };
    return new Settings(schema, {}, this.at.words, () => this.changed());
  }

  render(): TemplateResult {
    const { lab: words, plugins } = this.at.words;
    const rules = this.releases.map((it): [string, string] => [it.digest, `${it.name} ${it.version}`]);
    const channels = CHANNELS.map((it): [string, string] => [it, plugins.channels[it] ?? it]);
    return html`<p class="lead">${words.lead}</p>
      <form class="card" @submit=${(event: Event) => this.submit(event)}>
        <div class="row-of-fields">
          ${field(
            words.rule,
            select('rule', this.release, [['', words.builtIn], ...rules], (release) => {
              this.release = release;
              this.settings = this.draft();
              this.changed();
            }),
          )}
          ${field(
            words.channel,
            select('channel', this.channel, channels, (channel) => (this.channel = channel)),
          )}
          ${field(
            words.notifications,
            this.line('number', String(this.notifications), (it) => this.setNotifications(it)),
          )}
          ${field(
            words.apart,
            this.line('text', this.apart, (it) => (this.apart = it)),
            words.apartHint,
          )}
        </div>
        ${this.chosen ? settingsForm(this.settings, this.at.words) : nothing} ${this.outageField()}
        ${failureBox(this.refused)}
        <div class="actions">
          <button class="primary" ?disabled=${this.busy}>${this.busy ? words.running : words.run}</button>
        </div>
      </form>
      ${this.found ? this.drawn(this.found) : nothing}`;
  }

  private line(type: string, value: string, set: (value: string) => void): TemplateResult {
    return html`<input
      type=${type}
      min="1"
      max=${NOTIFICATIONS_MOST}
      .value=${live(value)}
      @change=${(event: Event) => set((event.target as HTMLInputElement).value)}
    />`;
  }

  private outageField(): TemplateResult {
    const { lab: words } = this.at.words;
    const control = html`<textarea
      class="code"
      name="outage"
      rows="3"
      spellcheck="false"
      .value=${live(this.outage)}
      @input=${(event: Event) => (this.outage = (event.target as HTMLTextAreaElement).value)}
    ></textarea>`;
    return html`${field(words.outage, control, words.outageHint)}
      <div class="actions" role="group" aria-label=${words.examples}>
        ${EXAMPLES.map(
          (example) =>
            html`<button type="button" class="ghost" @click=${() => this.take(example)}>
              ${example.replaceAll('\n', ', ')}
            </button>`,
        )}
      </div>`;
  }

  private setNotifications(text: string): void {
    this.notifications = Math.min(NOTIFICATIONS_MOST, Math.max(1, Math.round(Number(text)) || 1));
    this.changed();
  }

  private take(example: string): void {
    this.outage = example;
    void this.run();
  }

  private submit(event: Event): void {
    event.preventDefault();
    if (!this.chosen || this.settings.complete()) void this.run();
  }

  private async run(): Promise<void> {
    const { channel, notifications, apart } = this;
    const phases = this.outage.split('\n').filter((line) => line.trim());
    const rule = this.chosen ? { release: this.chosen.digest, settings: this.settings.value } : {};
    await this.attempt(async () => {
      const asked = { ...rule, channel, phases, notifications, apart };
      this.found = await this.at.rest.post<Simulation>('/v1/retry/simulate', asked);
    });
    this.settings.refuse(this.refused?.errors ?? []);
  }

  private drawn(it: Simulation): TemplateResult {
    const { lab: words } = this.at.words;
    const { sent, dead, dropped, attempts, latest } = totals(it);
    const said = [words.outcome(sent, dead, dropped), words.attempts(attempts)];
    if (latest !== undefined) said.push(words.latest(span(latest)));
    const file = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(it.svg)}`;
    const first = it.courses[0];
    return html`<section class="card">
        <h2>${words.chart}</h2>
        <p role="status">${it.rule.name} ${it.rule.version}: ${said.join(' · ')}</p>
        ${it.faults ? html`<p class="caution">${words.faulted(it.faults, it.fault ?? '')}</p>` : nothing}
        <div class="scroll" role="region" aria-label=${words.chart} tabindex="0">${labChart(it, this.at.words)}</div>
        <p><a href=${file} download="retry.svg">${words.download}</a></p>
      </section>
      ${first ? this.steps(first) : nothing}`;
  }

  private steps(course: Course): TemplateResult {
    const { lab: words, notifications } = this.at.words;
    return html`<section class="card">
      <h2>${words.first} ${badge(course.end === 'sent' ? 'good' : 'bad', words.ends[course.end])}</h2>
      ${table(
        words.first,
        [
          { name: words.number, cell: ([n]) => n, figure: true },
          { name: words.after, cell: ([, it]) => span(it.at_ms - course.made_ms), figure: true },
          {
            name: words.happened,
            cell: ([, it]) =>
              it.fault ? `${notifications.faults[it.fault] ?? it.fault} ${it.status || ''}` : notifications.ok,
          },
          { name: words.said, cell: ([, it]) => (it.verdict ? this.verdict(it.verdict) : '') },
        ],
        course.steps.map((it, n): [number, Course['steps'][number]] => [n + 1, it]),
      )}
    </section>`;
  }

  private verdict(it: Verdict): string {
    const { lab: words, notifications } = this.at.words;
    if ('again_in' in it) return words.again(span(it.again_in));
    return 'dead_letter' in it ? notifications.deadBecause(it.dead_letter) : notifications.droppedBecause(it.drop);
  }
}
