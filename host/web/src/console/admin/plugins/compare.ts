import { html, nothing, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, link } from '../parts.ts';
import type { Release } from '../wire.ts';
import { differences, type Difference, type Differences } from './differences.ts';

/** Two releases side by side: what the later one has otherwise. */
export class ComparePage extends Page {
  readonly title = this.at.words.plugins.compare;
  private before: Release | undefined;
  private after: Release | undefined;

  constructor(
    at: Context,
    private readonly digests: [before: string, after: string],
  ) {
    super(at);
  }

  protected async load(): Promise<void> {
    const [before, after] = this.digests.map((it) => this.at.rest.get<Release>(`/v1/plugins/${it}`));
    [this.before, this.after] = await Promise.all([before, after]);
  }

  render(): TemplateResult {
    const { before, after } = this;
    if (!before || !after) return html``;
    const { plugins: words } = this.at.words;
    const found = differences(before, after);
    const parts = ['properties', 'limits', 'settings', 'reasons', 'vectors'] as const;
    const [a, b] = this.digests;
    const same = parts.every((part) => found[part].length === 0);
    return html`<p class="lead">
        ${named(before)} → ${named(after)} · ${link(`plugins/${b}/compare/${a}`, words.otherWay)}
      </p>
      ${asked(found, words.asksForMore, words.asksForNoMore)}
      ${same ? html`<p class="muted">${words.noDifference}</p>` : parts.map((part) => this.part(words.parts[part], found[part]))}`;
  }

  private part(title: string, found: Difference[]): TemplateResult | typeof nothing {
    if (!found.length) return nothing;
    const { plugins: words } = this.at.words;
    return html`<section class="card">
      <h2>${title}<span class="count">${found.length}</span></h2>
      <ul class="differences">
        ${found.map((it) => {
          const tone = !('before' in it) ? 'good' : !('after' in it) ? 'bad' : 'warn';
          const kind = { good: words.added, bad: words.removed, warn: words.changed, plain: '' }[tone];
          return html`<li>
            <code>${it.what}</code> ${badge(tone, kind)}
            ${'before' in it ? html`<del>${shown(it.before)}</del>` : nothing}
            ${'after' in it ? html`<ins>${shown(it.after)}</ins>` : nothing}
          </li>`;
        })}
      </ul>
    </section>`;
  }
}

const named = (it: Release): TemplateResult => link(`plugins/${it.digest}`, `${it.name} ${it.version}`);

function asked(found: Differences, more: (what: string) => string, no: string): TemplateResult {
  const what = found.asksForMore.join(', ');
  return what ? html`<p class="caution" role="note">${more(what)}</p>` : html`<p class="muted">${no}</p>`;
}

/** Nothing to be said of what is only there or not. */
function shown(value: unknown): string {
  if (value === true) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}
