import { html, nothing, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, bytes, facts, failureBox, json, select, table, when } from '../parts.ts';
import type { Binding, InForce, Inspection, List, Release, Schema } from '../wire.ts';

/** All that can be known of one release: what it is, what it asks for, what it says it does. */
export class ReleasePage extends Page {
  private release: Release | undefined;
  private inspection: Inspection | undefined;
  private others: Release[] = [];
  private bindings: Binding[] = [];
  private sure = false;

  constructor(
    at: Context,
    private readonly digest: string,
  ) {
    super(at);
  }

  get title(): string {
    return this.release ? `${this.release.name} ${this.release.version}` : this.at.words.sections.plugins;
  }

  protected async load(): Promise<void> {
    const { rest } = this.at;
    const [release, inspection, { items }, inForce] = await Promise.all([
      rest.get<Release>(`/v1/plugins/${this.digest}`),
      rest.get<Inspection>(`/v1/plugins/${this.digest}/inspect`),
      rest.get<List<Release>>('/v1/plugins'),
      rest.get<InForce>('/v1/bindings'),
    ]);
    this.release = release;
    this.inspection = inspection;
    this.others = items.filter(({ hook, digest }) => hook === release.hook && digest !== release.digest);
    this.bindings = inForce.items.filter((it) => it.release === release.digest);
  }

  render(): TemplateResult {
    const { release, inspection } = this;
    if (!release || !inspection) return html``;
    const { plugins: words } = this.at.words;
    const { manifest } = release;
    return html`<p class="lead">${manifest.description}</p>
      ${this.actions(release)} ${failureBox(this.refused)}
      <section class="card">
        <h2>${words.sheet}</h2>
        ${facts([
          [words.hook, words.hooks[release.hook]],
          [words.world, `weft:plugin/${release.hook}@${inspection.wit_version}`],
          [words.imports, inspection.imports.length ? codes(inspection.imports) : words.noImports],
          [words.exports, codes(inspection.exports)],
          [words.properties, manifest.properties.length ? codes(manifest.properties) : words.noProperties],
          [words.fuel, manifest.limits.fuel?.toLocaleString(this.at.words.locale) ?? words.usual],
          [words.memory, manifest.limits.memory_bytes ? bytes(manifest.limits.memory_bytes) : words.usual],
          [words.size, bytes(release.size)],
          [words.uploaded, release.shipped ? words.shipped : when(release.created_at, this.at.words)],
          ['SHA-256', html`<code>${release.digest}</code>`],
        ])}
      </section>
      ${this.settings(manifest.settings)} ${this.reasons(manifest.reasons)} ${this.vectors(release)}`;
  }

  private actions(release: Release): TemplateResult {
    const { plugins: words } = this.at.words;
    const compare: [string, string][] = this.others.map((it) => [it.digest, `${it.name} ${it.version}`]);
    return html`<div class="actions">
      ${this.bindings.length ? badge('good', words.inForce) : nothing}
      <a class="button primary" href="#/admin/bindings/change?hook=${release.hook}&release=${release.digest}"
        >${words.bind}</a
      >
      ${
        release.hook === 'routing'
          ? html`<a class="button small" href="#/admin/dry-run?release=${release.digest}">${words.tryOut}</a>`
          : nothing
      }
      ${
        compare.length
          ? html`<label class="inline"
              ><span>${words.compareWith}</span> ${select('compare', '', [['', '…'], ...compare], (other) => {
                if (other) this.at.go(`plugins/${other}/compare/${release.digest}`);
              })}</label
            >`
          : nothing
      }
      ${
        release.shipped || this.bindings.length
          ? nothing
          : html`<button class="small danger" ?disabled=${this.busy} @click=${() => void this.remove()}>
              ${this.sure ? words.deleteSure : words.delete}
            </button>`
      }
    </div>`;
  }

  private async remove(): Promise<void> {
    if (!this.sure) {
      this.sure = true;
      this.changed();
      return;
    }
    const gone = await this.attempt(() => this.at.rest.delete(`/v1/plugins/${this.digest}`));
    this.sure = false;
    if (gone) this.at.go('plugins');
  }

  private settings(schema: Schema): TemplateResult {
    const { plugins: words } = this.at.words;
    const settings = Object.entries(schema.properties ?? {});
    return html`<section class="card">
      <h2>${words.settings}</h2>
      ${
        settings.length
          ? table(
              words.settings,
              [
                { name: words.name, cell: ([name]) => html`<code>${name}</code>` },
                { name: words.type, cell: ([, it]) => [it.type ?? it.enum?.join(' | ')].flat().join(', ') },
                { name: words.preset, cell: ([, it]) => (it.default === undefined ? '' : JSON.stringify(it.default)) },
                { name: words.meaning, cell: ([, it]) => it.description ?? it.title ?? '' },
              ],
              settings,
            )
          : html`<p class="muted">${words.noSettings}</p>`
      }
      ${json(words.schema, schema)}
    </section>`;
  }

  private reasons(reasons: Record<string, string>): TemplateResult {
    const { plugins: words } = this.at.words;
    const codes = Object.entries(reasons ?? {});
    if (!codes.length) return html``;
    return html`<section class="card">
      <h2>${words.reasons}</h2>
      ${facts(codes.map(([code, meaning]) => [code.replaceAll(/[-_]/g, ' '), meaning]))}
    </section>`;
  }

  private vectors({ manifest }: Release): TemplateResult {
    const { plugins: words } = this.at.words;
    return html`<section class="card">
      <h2>${words.vectors}<span class="count">${manifest.vectors.length}</span></h2>
      <p class="muted">${words.vectorsHint}</p>
      ${manifest.vectors.map((it) => json(it.name, { request: it.request, expect: it.expect }))}
    </section>`;
  }
}

const codes = (names: string[]): TemplateResult[] => names.map((name) => html`<code>${name}</code> `);
