import { html, nothing, type TemplateResult } from 'lit';
import { Page, failure, type Failure } from '../page.ts';
import { badge, bytes, emptyState, link, select, short, table, when } from '../parts.ts';
import { HOOKS, type Binding, type Hook, type InForce, type List, type Release } from '../wire.ts';

/** Where a refused upload says what is wrong: `unknown_import: wasi:clocks/…` */
const CODED = /^([a-z_]+): /;

/** The releases that the tenant may use, and where a new one is uploaded. */
export class ReleasesPage extends Page {
  readonly title = this.at.words.sections.plugins;
  private releases: Release[] = [];
  private bindings: Binding[] = [];
  private hook = '';
  private upload: { name: string; refused?: Failure } | undefined;

  protected async load(): Promise<void> {
    const { rest } = this.at;
    const [{ items }, inForce] = await Promise.all([
      rest.get<List<Release>>('/v1/plugins'),
      rest.get<InForce>('/v1/bindings'),
    ]);
    this.releases = items.sort((a, b) => a.name.localeCompare(b.name) || b.created_at.localeCompare(a.created_at));
    this.bindings = inForce.items;
  }

  render(): TemplateResult {
    const words = this.at.words.plugins;
    const shown = this.releases.filter(({ hook }) => !this.hook || hook === this.hook);
    const hooks = HOOKS.map((hook): [string, string] => [hook, words.hooks[hook]]);
    return html`${this.uploading()}
      <div class="filters">
        <label class="field">
          <span class="name">${words.hook}</span>
          ${select('hook', this.hook, [['', words.allHooks], ...hooks], (hook) => {
            this.hook = hook;
            this.changed();
          })}
        </label>
      </div>
      ${shown.length ? this.list(shown) : emptyState(words.none, words.noneHint)}`;
  }

  private list(shown: Release[]): TemplateResult {
    const { plugins: words } = this.at.words;
    return table<Release>(
      words.list,
      [
        { name: words.name, cell: (it) => html`<b>${link(`plugins/${it.digest}`, it.name)}</b>` },
        { name: words.version, cell: (it) => it.version },
        { name: words.hook, cell: (it) => words.hooks[it.hook] },
        { name: words.use, cell: (it) => this.use(it) },
        { name: 'SHA-256', cell: (it) => short(it.digest) },
        { name: words.size, cell: (it) => bytes(it.size), figure: true },
        { name: words.uploaded, cell: (it) => (it.shipped ? words.shipped : when(it.created_at, this.at.words)) },
      ],
      shown,
    );
  }

  private use({ digest }: Release): TemplateResult | typeof nothing {
    const { plugins: words } = this.at.words;
    return this.bindings.some((it) => it.release === digest) ? badge('good', words.inForce) : nothing;
  }

  private uploading(): TemplateResult {
    const { plugins: words } = this.at.words;
    return html`<section class="card upload">
      <div>
        <h2>${words.upload}</h2>
        <p class="muted">${words.uploadHint}</p>
      </div>
      <label class="file primary ${this.busy ? 'busy' : ''}">
        ${this.busy ? words.uploading : words.choose}
        <input
          class="hidden"
          type="file"
          accept=".wasm,application/wasm"
          ?disabled=${this.busy}
          @change=${(event: Event) => void this.chosen(event.target as HTMLInputElement)}
        />
      </label>
      ${this.upload?.refused ? refusal(this.upload.name, this.upload.refused, words.refused) : nothing}
    </section>`;
  }

  private async chosen(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0];
    if (!file) return;
    this.upload = { name: file.name };
    await this.attempt(async () => {
      try {
        const component = new Blob([file], { type: 'application/wasm' });
        const release = await this.at.rest.post<Release>('/v1/plugins', component);
        this.at.go(`plugins/${release.digest}`);
      } catch (cause) {
        this.upload = { name: file.name, refused: failure(cause, this.at.words) };
      }
    });
    input.value = ''; // the same file may be chosen again, built anew
  }
}

/** What is wrong with a component, and where. */
function refusal(file: string, { text, errors }: Failure, title: (file: string) => string): TemplateResult {
  const code = CODED.exec(text)?.[1];
  return html`<div class="failure" role="alert">
    <p><b>${title(file)}</b></p>
    <p>${code ? html`<code>${code}</code> ${text.slice(code.length + 2)}` : text}</p>
    ${
      errors.length
        ? html`<ul>
            ${errors.map((it) => html`<li><code>${it.pointer || '/'}</code> ${it.detail}</li>`)}
          </ul>`
        : nothing
    }
  </div>`;
}

/** Which teams or channels a hook's binding is for. */
export function place(
  binding: { hook: Hook; team?: string; channel?: string },
  teams: Map<string, string>,
  words: { everyTeam: string; everyChannel: string; everything: string; channels: Record<string, string> },
): string {
  if (binding.team) return teams.get(binding.team) ?? binding.team;
  if (binding.channel) return words.channels[binding.channel] ?? binding.channel;
  return { routing: words.everyTeam, retry: words.everyChannel, notification: words.everything }[binding.hook];
}
