import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { field } from '../parts.ts';
import type { Schema } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';
import { isEmpty, kind, step } from './schema.ts';
import type { Settings } from './settings.ts';

const text = (event: Event): string => (event.target as HTMLInputElement).value;

/** One value of the settings with its place. */
interface Slot {
  settings: Settings;
  words: AdminWords;
  schema: Schema;
  pointer: string;
  label: string;
  required: boolean;
  depth: number;
}

/** The form of a plugin's settings, drawn from their JSON Schema. */
export function settingsForm(settings: Settings, words: AdminWords): TemplateResult {
  const { schema } = settings;
  if (isEmpty(schema)) {
    return html`<p class="muted">${words.form.nothing}</p>`;
  }
  return draw({ settings, words, schema, pointer: '', label: words.form.settings, required: true, depth: 0 });
}

function draw(slot: Slot): TemplateResult {
  switch (kind(slot.schema, slot.depth)) {
    case 'group':
      return group(slot);
    case 'list':
      return list(slot);
    case 'boolean':
      return toggle(slot);
    case 'choice':
      return wrapped(slot, choice(slot));
    case 'integer':
    case 'number':
      return wrapped(slot, number(slot));
    case 'text':
      return wrapped(slot, line(slot));
    case 'json':
      return wrapped(slot, area(slot));
  }
}

function wrapped(slot: Slot, control: TemplateResult): TemplateResult {
  return field(slot.label, control, hint(slot), slot.settings.wrong(slot.pointer));
}

/** What it is for, within which bounds, and what holds when it is left out. */
function hint({ schema, required, words }: Slot): string {
  const { minimum, maximum, default: preset } = schema;
  const { form } = words;
  const bounds =
    minimum !== undefined && maximum !== undefined
      ? form.from(minimum, maximum)
      : minimum !== undefined
        ? form.atLeast(minimum)
        : maximum !== undefined
          ? form.atMost(maximum)
          : '';
  const left = preset !== undefined ? form.preset(JSON.stringify(preset)) : required ? '' : form.optional;
  return [schema.description, bounds, left].filter(Boolean).join(' · ');
}

function group({ settings, words, schema, pointer, label, depth }: Slot): TemplateResult {
  const wrong = settings.wrong(pointer);
  return html`<fieldset class="group ${depth === 0 ? 'outermost' : ''}">
    <legend>${label}</legend>
    ${schema.description && depth ? html`<p class="hint">${schema.description}</p>` : nothing}
    ${Object.entries(schema.properties ?? {}).map(([name, property]) =>
      draw({
        settings,
        words,
        schema: property,
        pointer: step(pointer, name),
        label: property.title ?? spoken(name),
        required: schema.required?.includes(name) ?? false,
        depth: depth + 1,
      }),
    )}
    ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}
  </fieldset>`;
}

function list(slot: Slot): TemplateResult {
  const { settings, words, schema, pointer, label, depth } = slot;
  const found = settings.at(pointer);
  const values: unknown[] = Array.isArray(found) ? found : [];
  const items = schema.items ?? {};
  const wrong = settings.wrong(pointer);
  return html`<fieldset class="group">
    <legend>${label}</legend>
    <p class="hint">${hint(slot)}</p>
    ${values.map(
      (_, n) =>
        html`<div class="item">
          ${draw({ settings, words, schema: items, pointer: step(pointer, n), label: `${label} ${n + 1}`, required: true, depth: depth + 1 })}
          <button type="button" class="small" @click=${() => settings.remove(pointer, n)}>
            ${words.form.remove}<span class="hidden">: ${label} ${n + 1}</span>
          </button>
        </div>`,
    )}
    <button
      type="button"
      class="small"
      ?disabled=${values.length >= (schema.maxItems ?? Infinity)}
      @click=${() => settings.add(pointer, items)}
    >
      ${words.form.add}<span class="hidden">: ${label}</span>
    </button>
    ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}
  </fieldset>`;
}

function toggle(slot: Slot): TemplateResult {
  const { settings, schema, pointer, label } = slot;
  const on = (settings.at(pointer) ?? schema.default ?? false) === true;
  return html`<label class="field check">
    <input
      type="checkbox"
      .checked=${live(on)}
      @change=${(event: Event) => settings.set(pointer, (event.target as HTMLInputElement).checked)}
    />
    <span class="name">${label}</span>
    <span class="hint">${hint(slot)}</span>
  </label>`;
}

function choice({ settings, words, schema, pointer, required }: Slot): TemplateResult {
  const value = settings.at(pointer);
  const options = schema.enum ?? [];
  const chosen = (event: Event): void => settings.set(pointer, options[Number(text(event))]);
  return html`<select @change=${chosen}>
    ${required ? nothing : html`<option value="" ?selected=${value === undefined}>${words.form.unset}</option>`}
    ${options.map((it, n) => html`<option value=${n} ?selected=${it === value}>${String(it)}</option>`)}
  </select>`;
}

function number({ settings, schema, pointer }: Slot): TemplateResult {
  // While it is typed, not when the field is left: a complaint that goes as a button is pressed moves the button from under the pointer.
  const typed = (event: Event): void => {
    const { value, validity } = event.target as HTMLInputElement;
    settings.setNumber(pointer, value, !validity.badInput);
  };
  return html`<input
    type="number"
    min=${schema.minimum ?? nothing}
    max=${schema.maximum ?? nothing}
    step=${schema.type === 'integer' ? 1 : 'any'}
    placeholder=${schema.default === undefined ? nothing : String(schema.default)}
    .value=${live(settings.text(pointer))}
    @input=${typed}
  />`;
}

function line({ settings, schema, pointer, required }: Slot): TemplateResult {
  const value = settings.at(pointer);
  return html`<input
    type="text"
    maxlength=${schema.maxLength ?? nothing}
    placeholder=${typeof schema.default === 'string' ? schema.default : nothing}
    .value=${live(typeof value === 'string' ? value : '')}
    @input=${(event: Event) => settings.set(pointer, text(event) === '' && !required ? undefined : text(event))}
  />`;
}

function area({ settings, words, pointer }: Slot): TemplateResult {
  return html`<textarea
    rows="5"
    class="code"
    spellcheck="false"
    placeholder=${words.form.json}
    .value=${live(settings.text(pointer))}
    @input=${(event: Event) => settings.setJson(pointer, text(event))}
  ></textarea>`;
}

/** `interval_ms` → `Interval ms`. */
function spoken(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
