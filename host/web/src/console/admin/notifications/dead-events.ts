import { html, nothing, type TemplateResult } from 'lit';
import { failure, type Failure } from '../page.ts';
import { failureBox, json, table, when } from '../parts.ts';
import type { Rest } from '../rest.ts';
import type { List } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';

const SHOWN = 50;

interface DeadEvent {
  id: string;
  kind: string;
  at: string;
  payload: unknown;
  cause: string;
}

/** Events that no handler answered: nobody was told of them yet. */
export class DeadEvents {
  private events: DeadEvent[] = [];
  private refused: Failure | undefined;

  constructor(
    private readonly rest: Rest,
    private readonly words: AdminWords,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    this.events = (await this.rest.get<List<DeadEvent>>(`/v1/dead-letters/events?limit=${SHOWN}`)).items;
  }

  render(admin: boolean): TemplateResult | typeof nothing {
    if (!this.events.length) return nothing;
    const { notifications: words } = this.words;
    return html`<section class="card">
      <h2>${words.deadEvents}<span class="count">${this.events.length}</span></h2>
      <p class="muted">${words.deadEventsHint}</p>
      ${table<DeadEvent>(
        words.deadEvents,
        [
          { name: words.event, cell: (it) => html`<code>${it.kind}</code>` },
          { name: words.made, cell: (it) => when(it.at, this.words) },
          { name: words.cause, cell: (it) => it.cause },
          { name: words.payload, cell: (it) => json(words.payload, it.payload) },
        ],
        this.events,
      )}
      ${failureBox(this.refused)}
      ${
        admin
          ? html`<div class="actions">
              <button class="small" @click=${() => void this.again()}>${words.handleAgain}</button>
            </div>`
          : nothing
      }
    </section>`;
  }

  private async again(): Promise<void> {
    try {
      await this.rest.post('/v1/dead-letters/events/redrive', { events: this.events.map(({ id }) => id) });
      await this.load();
      this.refused = undefined;
    } catch (cause) {
      this.refused = failure(cause, this.words);
    }
    this.changed();
  }
}
