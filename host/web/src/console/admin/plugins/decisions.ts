import { html, nothing, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, emptyState, facts, failureBox, json, link, short, table, when, type Tone } from '../parts.ts';
import type { DecisionRecord, List, Named, Reason, Replay, Rung } from '../wire.ts';

const EVERY_MS = 2000;
const SHOWN = 25;
const RUNGS: Record<Rung, Tone> = { active: 'good', last_good: 'warn', built_in: 'plain' };

/** One decision in the tenant's list. */
interface Listed {
  id: string;
  at: string;
  conversation: string;
  action: string;
  agent: Named | null;
  reasons: Reason[];
  plugin: { name: string; version: string };
  rung: Rung;
  epoch: number;
  fuel: number;
  candidates: number;
}

/** Decisions as they are made, newest first. */
export class DecisionsPage extends Page {
  readonly title = this.at.words.sections.decisions;
  private decisions: Listed[] = [];

  override async enter(): Promise<void> {
    await super.enter();
    this.keepLoading(EVERY_MS);
  }

  protected async load(): Promise<void> {
    this.decisions = (await this.at.rest.get<List<Listed>>(`/v1/decisions?limit=${SHOWN}`)).items;
  }

  render(): TemplateResult {
    const { decisions: words, locale } = this.at.words;
    if (!this.decisions.length) return emptyState(words.none, words.noneHint);
    return html`<p class="lead"><i class="live" aria-hidden="true"></i>${words.live}</p>
      ${table<Listed>(
        words.list,
        [
          { name: words.at, cell: (it) => link(`decisions/${it.id}`, when(it.at, this.at.words)) },
          { name: words.outcome, cell: (it) => it.agent?.name ?? words.actions[it.action] ?? it.action },
          { name: words.reasons, cell: (it) => reasons(it.reasons) },
          { name: words.by, cell: (it) => `${it.plugin.name} ${it.plugin.version}` },
          { name: words.rung, cell: (it) => badge(RUNGS[it.rung], words.rungs[it.rung]) },
          { name: words.fuel, cell: (it) => it.fuel.toLocaleString(locale), figure: true },
          { name: words.candidates, cell: (it) => it.candidates, figure: true },
          { name: words.epoch, cell: (it) => `#${it.epoch}`, figure: true },
        ],
        this.decisions,
      )}`;
  }
}

/** One decision with everything it was made from; computed again on demand. */
export class DecisionPage extends Page {
  private record: DecisionRecord | undefined;
  private conversation = '';
  private replay: Replay | undefined;

  constructor(
    at: Context,
    private readonly id: string,
  ) {
    super(at);
  }

  get title(): string {
    return this.at.words.decisions.one;
  }

  protected async load(): Promise<void> {
    const path = `/v1/decisions/${this.id}`;
    const found = await this.at.rest.get<{ conversation: string; decision: DecisionRecord }>(path);
    this.record = found.decision;
    this.conversation = found.conversation;
  }

  render(): TemplateResult {
    const it = this.record;
    if (!it) return html``;
    const { decisions: words, locale } = this.at.words;
    return html`<section class="card">
        <h2>${words.why} ${badge(RUNGS[it.rung], words.rungs[it.rung])}</h2>
        <ul class="because">
          ${it.decision.reasons.map((reason) => html`<li><b>${reason.code.replaceAll(/[-_]/g, ' ')}</b> ${reason.detail}</li>`)}
        </ul>
        ${facts([
          [words.at, when(it.at, this.at.words)],
          [words.by, `${it.plugin} ${it.version}`],
          ['SHA-256', it.release ? short(it.release) : undefined],
          [words.fuel, it.fuel.toLocaleString(locale)],
          [words.candidates, it.request.agents.length],
          [words.epoch, `#${it.epoch}`],
          [words.conversation, html`<code>${this.conversation}</code>`],
        ])}
        ${this.lines(words.faults, it.faults)} ${this.lines(words.logs, it.logs)}
      </section>
      <section class="card">
        <h2>${words.replay}</h2>
        <p class="muted">${words.replayHint}</p>
        <div class="actions">
          <button class="small primary" ?disabled=${this.busy} @click=${() => void this.again()}>
            ${this.busy ? words.replaying : words.replayNow}
          </button>
        </div>
        ${failureBox(this.refused)}
        <div role="status">${this.replay ? this.outcome(this.replay) : ''}</div>
      </section>
      <section class="card">
        <h2>${words.record}</h2>
        ${json(words.answer, it.decision)} ${json(words.request, it.request)}
      </section>
      <p>${link('decisions', words.back)}</p>`;
  }

  private lines(title: string, lines: string[] | undefined): TemplateResult {
    if (!lines?.length) return html``;
    return html`<h3>${title}</h3>
      <pre class="lines" tabindex="0">${lines.join('\n')}</pre>`;
  }

  private outcome(replay: Replay): TemplateResult {
    const { decisions: words } = this.at.words;
    if (replay.result === 'same') return html`<p>${badge('good', words.same)} ${words.sameHint}</p>`;
    return html`<p>${badge('bad', words.differs(replay.field))}</p>
      ${json(words.recorded, replay.recorded)} ${json(words.replayed, replay.replayed)}`;
  }

  private async again(): Promise<void> {
    await this.attempt(async () => {
      this.replay = await this.at.rest.post<Replay>(`/v1/decisions/${this.id}/replay`);
    });
  }
}

function reasons(all: Reason[]): TemplateResult[] {
  return all.map(
    ({ code, detail, meaning }) =>
      html`<span class="reason"><b title=${meaning ?? nothing}>${code.replaceAll(/[-_]/g, ' ')}</b> ${detail}</span>`,
  );
}
