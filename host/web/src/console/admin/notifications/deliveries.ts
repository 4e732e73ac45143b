import { html, nothing, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, emptyState, failureBox, link, table, when, type Column, type Tone } from '../parts.ts';
import type { List, Notification, NotificationState } from '../wire.ts';
import { DeadEvents } from './dead-events.ts';
import { fields, filterForm, filterOf, type Filter } from './filter.ts';
import { Redrive } from './redrive.ts';

const SHOWN = 50;
const EVERY_MS = 5000;
export const TONES: Record<NotificationState, Tone> = { due: 'warn', sent: 'good', dead: 'bad', dropped: 'plain' };

/** What was told to whom, newest first. */
export class DeliveriesPage extends Page {
  readonly title: string = this.at.words.sections.deliveries;
  protected filter: Filter;
  protected items: Notification[] = [];
  protected readonly resource: string = '/v1/notifications';
  private next: string | null = null;
  /** Further pages were asked for: the list stays as it is. */
  private extended = false;

  constructor(at: Context, query: URLSearchParams) {
    super(at);
    this.filter = filterOf(query);
  }

  override async enter(): Promise<void> {
    await super.enter();
    this.keepLoading(EVERY_MS);
  }

  protected async load(): Promise<void> {
    if (this.extended) return;
    const page = await this.ask();
    if (this.extended) return;
    this.items = page.items;
    this.next = page.next;
  }

  private ask(after?: string): Promise<List<Notification>> {
    const query = new URLSearchParams({ ...fields(this.filter), limit: `${SHOWN}`, ...(after ? { after } : {}) });
    return this.at.rest.get(`${this.resource}?${query}`);
  }

  private async more(): Promise<void> {
    const { next } = this;
    if (!next) return;
    this.extended = true;
    await this.attempt(async () => {
      const page = await this.ask(next);
      this.items = [...this.items, ...page.items];
      this.next = page.next;
    });
  }

  private async narrow(filter: Filter): Promise<void> {
    this.filter = filter;
    this.extended = false;
    await this.attempt(() => this.load());
  }

  protected filters(dead: boolean): TemplateResult {
    return filterForm(this.filter, dead, this.at.words, (filter) => void this.narrow(filter));
  }

  protected list(columns: Column<Notification>[]): TemplateResult {
    const { notifications: words } = this.at.words;
    return html`${table(this.title, columns, this.items)}
    ${
      this.next
        ? html`<p>
            <button class="small" ?disabled=${this.busy} @click=${() => void this.more()}>${words.older}</button>
          </p>`
        : nothing
    }`;
  }

  protected columns(): Column<Notification>[] {
    const { notifications: words } = this.at.words;
    return [
      { name: words.event, cell: (it) => link(`deliveries/${it.id}`, html`<code>${it.kind}</code>`) },
      { name: words.target, cell: (it) => it.target },
      { name: words.state, cell: (it) => badge(TONES[it.state], words.states[it.state]) },
      { name: words.made, cell: (it) => when(it.made_at, this.at.words) },
      { name: words.attempts, cell: (it) => it.attempts, figure: true },
      { name: words.nextDue, cell: (it) => when(it.due_at, this.at.words) },
      { name: words.cause, cell: (it) => it.cause ?? '' },
    ];
  }

  render(): TemplateResult {
    const { notifications: words } = this.at.words;
    return html`${this.filters(false)} ${failureBox(this.refused)}
    ${this.items.length ? this.list(this.columns()) : emptyState(words.noDeliveries, words.noDeliveriesHint)}`;
  }
}

/** What will not be tried again by itself; an admin sends it again, one by one or at a rate. */
export class DeadLettersPage extends DeliveriesPage {
  override readonly title = this.at.words.sections['dead-letters'];
  protected override readonly resource = '/v1/dead-letters';
  private readonly redrive = new Redrive(this.at.rest, this.at.words, () => this.changed());
  private readonly events = new DeadEvents(this.at.rest, this.at.words, () => this.changed());

  protected override async load(): Promise<void> {
    await Promise.all([super.load(), this.events.load()]);
  }

  override leave(): void {
    super.leave();
    this.redrive.stop();
  }

  override render(): TemplateResult {
    const { notifications: words } = this.at.words;
    const columns = this.columns().filter(({ name }) => name !== words.state && name !== words.nextDue);
    if (this.at.admin) columns.push({ name: '', cell: (it) => this.sendAgain(it) });
    return html`${this.filters(true)} ${failureBox(this.refused)}
    ${this.at.admin ? this.redrive.render(this.items.length > 0, () => this.all()) : nothing}
    ${this.items.length ? this.list(columns) : emptyState(words.noDead, words.noDeadHint)}
    ${this.events.render(this.at.admin)}`;
  }

  private sendAgain(it: Notification): TemplateResult {
    const { notifications: words } = this.at.words;
    return html`<button class="small" ?disabled=${this.busy} @click=${() => void this.one(it.id)}>
      ${words.sendAgain}<span class="hidden">: ${it.kind}, ${it.target}</span>
    </button>`;
  }

  private async one(id: string): Promise<void> {
    await this.attempt(async () => {
      await this.at.rest.post('/v1/dead-letters/redrive', { id });
      await this.load();
    });
  }

  private all(): void {
    const { state: _, ...which } = fields({ ...this.filter, state: '' });
    void this.attempt(async () => {
      await this.redrive.begin(which);
      await this.load();
    });
  }
}
