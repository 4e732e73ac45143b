import { html, nothing, type TemplateResult } from 'lit';
import type { Failure } from './page.ts';
import type { AdminWords } from './words/index.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'plain';

export const link = (path: string, text: unknown): TemplateResult => html`<a href="#/admin/${path}">${text}</a>`;

export const badge = (tone: Tone, text: string): TemplateResult => html`<span class="tag ${tone}">${text}</span>`;

export const loading = (words: AdminWords): TemplateResult =>
  html`<p class="muted wait" role="status">${words.loading}</p>`;

export const emptyState = (title: string, hint: string, action: unknown = nothing): TemplateResult =>
  html`<div class="nothing">
    <b>${title}</b>
    <p>${hint}</p>
    ${action}
  </div>`;

/** What went wrong; where it is, below it. */
export function failureBox(failure: Failure | undefined): TemplateResult | typeof nothing {
  if (!failure) return nothing;
  const places = failure.errors.filter(({ detail }) => detail !== failure.text);
  return html`<div class="failure" role="alert">
    <p>${failure.text}</p>
    ${
      places.length
        ? html`<ul>
            ${places.map(({ pointer, detail }) => html`<li><code>${pointer || '/'}</code> ${detail}</li>`)}
          </ul>`
        : nothing
    }
  </div>`;
}

export interface Column<T> {
  name: string;
  cell: (item: T) => unknown;
  /** Figures stand at the right. */
  figure?: boolean;
}

/** Columns that a phone is wide enough for. */
const FEW = 3;

export function table<T>(label: string, columns: Column<T>[], items: readonly T[]): TemplateResult {
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0">
    <table class=${columns.length > FEW ? '' : 'few'}>
      <thead>
        <tr>
          ${columns.map((it) => html`<th scope="col" class=${it.figure ? 'figure' : ''}>${it.name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (item) =>
            html`<tr>
              ${columns.map((it) => html`<td class=${it.figure ? 'figure' : ''}>${it.cell(item)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Names and values. Without a value the name is left out. */
export function facts(pairs: [string, unknown][]): TemplateResult {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return html`<dl class="facts">
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** JSON to look at, folded. */
export const json = (title: string, value: unknown): TemplateResult =>
  html`<details class="json">
    <summary>${title}</summary>
    <pre tabindex="0">${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
  </details>`;

export const short = (digest: string): TemplateResult => html`<code title=${digest}>${digest.slice(0, 12)}</code>`;

/** `24 Nov, 22:15:03`. */
export function when(at: string | null | undefined, words: AdminWords): TemplateResult | typeof nothing {
  if (!at) return nothing;
  const shown = new Date(at).toLocaleString(words.locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return html`<time datetime=${at}>${shown}</time>`;
}

/** `812 B`, `48 KiB`, `1.4 MiB`. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  const kib = size / 1024;
  return kib < 1024 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

const UNITS: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** The two longest units that count: `1h 30m`, `5s`, `0`. */
export function span(ms: number): string {
  const shown: string[] = [];
  let rest = Math.round(ms);
  for (const [unit, length] of UNITS) {
    if (rest >= length && shown.length < 2) {
      shown.push(`${Math.floor(rest / length)}${unit}`);
      rest %= length;
    } else if (shown.length) break;
  }
  return shown.join(' ') || '0';
}

/** A labelled control with what it is for, and what is wrong with it. */
export function field(label: string, control: unknown, hint = '', wrong = ''): TemplateResult {
  return html`<label class="field ${wrong ? 'wrong' : ''}">
    <span class="name">${label}</span>
    ${control} ${hint ? html`<span class="hint">${hint}</span>` : nothing}
    ${wrong ? html`<span class="error" role="alert">${wrong}</span>` : nothing}
  </label>`;
}

export function select(
  name: string,
  value: string,
  options: [value: string, text: string][],
  chosen: (value: string) => void,
): TemplateResult {
  return html`<select
    name=${name}
    .value=${value}
    @change=${(event: Event) => chosen((event.target as HTMLSelectElement).value)}
  >
    ${options.map(([it, text]) => html`<option value=${it} ?selected=${it === value}>${text}</option>`)}
  </select>`;
}
