import { html, nothing, type TemplateResult } from 'lit';
import { Page } from '../page.ts';
import { emptyState, link, table, when } from '../parts.ts';
import type { Target } from '../wire.ts';
import { health } from './health.ts';

const EVERY_MS = 5000;

/** Where notifications may go, and how these places have been doing. */
export class TargetsPage extends Page {
  readonly title = this.at.words.sections.targets;
  private targets: Target[] = [];

  override async enter(): Promise<void> {
    await super.enter();
    this.keepLoading(EVERY_MS);
  }

  protected async load(): Promise<void> {
    this.targets = await this.at.rest.all<Target>('/v1/targets');
  }

  render(): TemplateResult {
    const { notifications: words } = this.at.words;
    const add = html`<a class="button primary" href="#/admin/targets/new">${words.addTarget}</a>`;
    if (!this.targets.length) return emptyState(words.noTargets, words.noTargetsHint, add);
    return html`<div class="actions">${add}</div>
      ${table<Target>(
        words.targets,
        [
          { name: words.name, cell: (it) => html`<b>${link(`targets/${it.id}`, it.name)}</b>` },
          { name: words.channel, cell: (it) => this.at.words.plugins.channels[it.channel] ?? it.channel },
          { name: words.address, cell: (it) => html`<span class="address">${address(it)}</span>` },
          { name: words.health, cell: (it) => health(it, this.at.words) },
          { name: words.failingSince, cell: (it) => when(it.failing_since, this.at.words) },
          { name: words.events, cell: (it) => it.events.length || nothing, figure: true },
          {
            name: words.deliveries,
            cell: (it) => link(`deliveries?target=${encodeURIComponent(it.name)}`, words.look),
          },
        ],
        this.targets,
      )}`;
  }
}

/** What people know the address by. */
function address({ address: it }: Target): string {
  return String(it['url'] ?? it['to'] ?? it['endpoint'] ?? '');
}
