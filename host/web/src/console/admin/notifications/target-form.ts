import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { Problem } from '@weft/client';
import type { Failure } from '../page.ts';
import { field, select } from '../parts.ts';
import { CHANNELS, type NewTarget, type Target } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';

const PATTERNS: Record<string, { name: string; type: string; example: string }> = {
  webhook: { name: 'url', type: 'url', example: 'https://crm.example/weft' },
  email: { name: 'to', type: 'email', example: 'team@shop.example' },
};

/** A target while it is written. */
export class TargetDraft {
  name: string;
  channel: string;
  /** The one line of an address that has one; else its JSON. */
  address: string;
  events: Set<string>;
  ordered: boolean;
  concurrency: number;
  rate: number;
  disabled: boolean;

  constructor(of?: Target) {
    this.name = of?.name ?? '';
    this.channel = of?.channel ?? 'webhook';
    this.address = of ? written(of) : '';
    this.events = new Set(of?.events);
    this.ordered = of?.ordered ?? false;
    this.concurrency = of?.concurrency ?? 8;
    this.rate = of?.rate ?? 50;
    this.disabled = of?.disabled ?? false;
  }

  /** As REST takes it. */
  body(words: AdminWords): NewTarget {
    const { name, channel, ordered, concurrency, rate, disabled } = this;
    const events = [...this.events];
    return { name: name.trim(), channel, address: this.read(words), events, ordered, concurrency, rate, disabled };
  }

  private read(words: AdminWords): Record<string, unknown> {
    const line = PATTERNS[this.channel];
    if (line) return { [line.name]: this.address.trim() };
    try {
      return JSON.parse(this.address);
    } catch (cause) {
      const detail = `${words.form.noJson} ${cause instanceof Error ? cause.message : ''}`;
      throw new Problem(400, 'unsupported', detail, undefined, [{ pointer: '/address', detail }]);
    }
  }
}

function written({ channel, address }: Target): string {
  const line = PATTERNS[channel];
  return line ? String(address[line.name] ?? '') : JSON.stringify(address, null, 2);
}

const text = (event: Event): string => (event.target as HTMLInputElement).value;
const on = (event: Event): boolean => (event.target as HTMLInputElement).checked;

/** The fields of a target; what the node refuses stands at its field. */
export function targetForm(
  draft: TargetDraft,
  kinds: string[],
  refused: Failure | undefined,
  words: AdminWords,
  changed: () => void,
): TemplateResult {
  const say = words.notifications;
  const wrong = (name: string): string => refused?.errors.find((it) => it.pointer === `/${name}`)?.detail ?? '';
  const set = (change: () => void): void => {
    change();
    changed();
  };
  const channels = CHANNELS.map((it): [string, string] => [it, words.plugins.channels[it] ?? it]);
  return html`<div class="row-of-fields">
      ${field(
        say.name,
        html`<input
          name="name"
          required
          maxlength="64"
          .value=${live(draft.name)}
          @input=${(event: Event) => set(() => (draft.name = text(event)))}
        />`,
        say.nameHint,
        wrong('name'),
      )}
      ${field(
        say.channel,
        select('channel', draft.channel, channels, (channel) =>
          set(() => {
            draft.channel = channel;
            draft.address = '';
          }),
        ),
        '',
        wrong('channel'),
      )}
    </div>
    ${addressField(draft, say, wrong('address'), set)}
    <fieldset class="group kinds">
      <legend>${say.events}</legend>
      <p class="hint">${say.eventsHint}</p>
      ${kinds.map(
        (kind) =>
          html`<label class="check"
            ><input
              type="checkbox"
              .checked=${live(draft.events.has(kind))}
              @change=${(event: Event) => set(() => (on(event) ? draft.events.add(kind) : draft.events.delete(kind)))}
            /><code>${kind}</code></label
          >`,
      )}
      ${wrong('events') ? html`<p class="error" role="alert">${wrong('events')}</p>` : nothing}
    </fieldset>
    <div class="row-of-fields">
      ${figure(say.concurrency, say.concurrencyHint, draft.concurrency, 64, wrong('concurrency'), (n) => set(() => (draft.concurrency = n)))}
      ${figure(say.rate, say.rateHint, draft.rate, 1000, wrong('rate'), (n) => set(() => (draft.rate = n)))}
    </div>
    ${toggle(say.ordered, say.orderedHint, draft.ordered, (it) => set(() => (draft.ordered = it)))}
    ${toggle(say.disabled, say.disabledHint, draft.disabled, (it) => set(() => (draft.disabled = it)))}`;
}

function addressField(
  draft: TargetDraft,
  say: AdminWords['notifications'],
  wrong: string,
  set: (change: () => void) => void,
): TemplateResult {
  const line = PATTERNS[draft.channel];
  const input = (event: Event): void => set(() => (draft.address = text(event)));
  const control = line
    ? html`<input
        name="address"
        type=${line.type}
        required
        placeholder=${line.example}
        .value=${live(draft.address)}
        @input=${input}
      />`
    : html`<textarea
        name="address"
        class="code"
        rows="6"
        required
        spellcheck="false"
        .value=${live(draft.address)}
        @input=${input}
      ></textarea>`;
  return field(say.addresses[draft.channel] ?? say.address, control, say.addressHints[draft.channel] ?? '', wrong);
}

function figure(
  name: string,
  hint: string,
  value: number,
  most: number,
  wrong: string,
  set: (n: number) => void,
): TemplateResult {
  return field(
    name,
    html`<input
      type="number"
      min="1"
      max=${most}
      required
      .value=${live(String(value))}
      @change=${(event: Event) => set(Number(text(event)))}
    />`,
    hint,
    wrong,
  );
}

function toggle(name: string, hint: string, value: boolean, set: (on: boolean) => void): TemplateResult {
  return html`<label class="field check"
    ><input type="checkbox" .checked=${live(value)} @change=${(event: Event) => set(on(event))} />
    <span class="name">${name}</span><span class="hint">${hint}</span></label
  >`;
}
