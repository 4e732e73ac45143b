import { html, nothing, type TemplateResult } from 'lit';
import { inWords } from '../../reasons.ts';
import { badge, facts, link, table, when } from '../parts.ts';
import type { Reason, Release } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';
import {
  explained,
  faults,
  meanFuel,
  moves,
  share,
  type Difference,
  type DryRunReport,
  type Move,
  type Outcome,
} from './dry-run-report.ts';

/** Changed decisions in the list. */
const SHOWN_MAX = 100;

/** A dry run that has an answer, and what its ids and codes stand for. */
export interface Result {
  report: DryRunReport;
  candidate: Release;
  /** It was stopped before its end. */
  stopped: boolean;
  releases: Release[];
  agents: Map<string, string>;
  teams: Map<string, string>;
}

export function dryRunResult(result: Result, words: AdminWords): TemplateResult {
  const { dryRun: say, locale } = words;
  const { report, candidate, stopped } = result;
  const told = report.differences.length;
  const percent = share(report).toLocaleString(locale, { style: 'percent', maximumFractionDigits: 1 });
  return html`<section class="card">
      <h2>${candidate.name} ${candidate.version}</h2>
      <div role="status">
        ${report.changed || !report.faults ? html`<p>${say.outcome(report.changed, report.asked, percent)}</p>` : nothing}
        ${report.faults ? html`<p class="caution">${say.failedOn(report.faults, report.asked)}</p>` : nothing}
      </div>
      ${stopped ? html`<p class="caution">${say.stopped}</p>` : nothing}
      ${facts([
        [say.asked, report.asked.toLocaleString(locale)],
        [say.same, report.same.toLocaleString(locale)],
        [say.changed, report.changed.toLocaleString(locale)],
        [say.faults, report.faults.toLocaleString(locale)],
        [say.fuelMax, report.fuel_max.toLocaleString(locale)],
        [say.fuelMean, meanFuel(report).toLocaleString(locale)],
      ])}
      ${told < report.changed + report.faults ? html`<p class="muted">${say.told(told)}</p>` : nothing}
    </section>
    ${failed(result, words)} ${moved(result, words)} ${changed(result, words)}`;
}

function failed({ report }: Result, { dryRun: say, locale }: AdminWords): TemplateResult | typeof nothing {
  if (!report.faults) return nothing;
  return html`<section class="card">
    <h2>${say.failed} ${badge('bad', report.faults.toLocaleString(locale))}</h2>
    <p class="muted">${say.failedHint}</p>
    ${table<[fault: string, times: number]>(
      say.failed,
      [
        { name: say.fault, cell: ([fault]) => fault },
        { name: say.times, cell: ([, times]) => times.toLocaleString(locale), figure: true },
      ],
      faults(report),
    )}
  </section>`;
}

function moved(result: Result, words: AdminWords): TemplateResult | typeof nothing {
  const { dryRun: say, locale } = words;
  const all = moves(result.report);
  if (!all.length) return nothing;
  return html`<section class="card">
    <h2>${say.moves}</h2>
    ${table<Move>(
      say.moves,
      [
        { name: say.from, cell: ({ from }) => outcome(from, result, words) },
        { name: say.to, cell: ({ to }) => outcome(to, result, words) },
        { name: say.times, cell: ({ times }) => times.toLocaleString(locale), figure: true },
      ],
      all,
    )}
  </section>`;
}

function changed(result: Result, words: AdminWords): TemplateResult | typeof nothing {
  const { decisions, dryRun: say } = words;
  const { report, releases, candidate } = result;
  if (!report.differences.length) return nothing;
  const then = ({ plugin, version }: Difference): Release | undefined =>
    releases.find((it) => it.name === plugin && it.version === version);
  return html`<section class="card">
    <h2>${say.list}</h2>
    ${table<Difference>(
      say.list,
      [
        { name: decisions.at, cell: (it) => link(`decisions/${it.decision}`, when(it.at, words)) },
        {
          name: say.then,
          cell: (it) =>
            html`<b>${outcome(it.recorded, result, words)}</b> ${because(it.recorded_because, then(it), words)}`,
        },
        {
          name: say.now,
          cell: (it) =>
            it.candidate === undefined
              ? html`${badge('bad', say.fault)} <span class="reason">${it.fault}</span>`
              : html`<b>${outcome(it.candidate, result, words)}</b>
                  ${because(it.candidate_because ?? [], candidate, words)}`,
        },
        { name: decisions.by, cell: (it) => `${it.plugin} ${it.version}` },
      ],
      report.differences.slice(0, SHOWN_MAX),
    )}
  </section>`;
}

function outcome(it: Outcome, { agents, teams }: Result, { decisions, dryRun: say }: AdminWords): string {
  if (it === 'waits') return decisions.actions['wait'] ?? it;
  if (it === 'takes_message') return decisions.actions['take_message'] ?? it;
  if (it === 'refused') return decisions.actions['refuse'] ?? it;
  return 'agent' in it ? (agents.get(it.agent) ?? it.agent) : say.toTeam(teams.get(it.team) ?? it.team);
}

function because(reasons: Reason[], release: Release | undefined, words: AdminWords): TemplateResult[] {
  return explained(reasons, release).map(
    (it) => html`<span class="reason">${inWords(it, words)} <span class="muted">${it.detail}</span></span>`,
  );
}
