import type { Schema } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';

/** How a value is drawn. `json` is everything that a form has no better control for. */
export type Kind = 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'list' | 'group' | 'json';

/** Groups and lists inside each other, the outermost included; what is deeper is JSON. */
const DEEPEST = 4;

export function kind(schema: Schema, depth = 0): Kind {
  if (schema.enum?.every((it) => ['string', 'number'].includes(typeof it))) return 'choice';
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
    case 'boolean':
      return schema.type;
    case 'array':
      return depth < DEEPEST && schema.items ? 'list' : 'json';
    case 'object':
      // A map from any name to something has no fields of its own.
      return depth < DEEPEST && schema.properties && typeof schema.additionalProperties !== 'object' ? 'group' : 'json';
    default:
      return 'json';
  }
}

/** There is nothing to set: an object that may have no names. */
export function isEmpty({ type, properties, additionalProperties }: Schema): boolean {
  const named = Object.keys(properties ?? {}).length > 0;
  return type === 'object' && !named && (additionalProperties === false || properties !== undefined);
}

/** What a new item of a list begins with. */
export function blank(schema: Schema): unknown {
  if (schema.default !== undefined) return structuredClone(schema.default);
  switch (kind(schema)) {
    case 'text':
      return '';
    case 'boolean':
      return false;
    case 'choice':
      return schema.enum?.[0];
    case 'list':
      return [];
    case 'group':
      return {};
    default:
      return schema.minimum ?? null;
  }
}

export const step = (pointer: string, name: string | number): string =>
  `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Everything that is wrong with a value, by JSON pointer. What this does not know of the schema, the node finds. */
export function check(schema: Schema, value: unknown, words: AdminWords, pointer = ''): Map<string, string> {
  const wrong = new Map<string, string>();
  const complaint = own(schema, value, words);
  if (complaint) return wrong.set(pointer, complaint);
  if (Array.isArray(value)) {
    value.forEach((item, n) => merge(wrong, check(schema.items ?? {}, item, words, step(pointer, n))));
  } else if (isObject(value)) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const at = step(pointer, name);
      if (name in value) merge(wrong, check(property, value[name], words, at));
      else if (schema.required?.includes(name)) wrong.set(at, words.form.missing);
    }
  }
  return wrong;
}

function own(schema: Schema, value: unknown, { form }: AdminWords): string | undefined {
  if (schema.enum && !schema.enum.includes(value)) return form.oneOf(schema.enum.join(', '));
  if (typeof value === 'number') {
    if (schema.type === 'integer' && !Number.isInteger(value)) return form.whole;
    return bounds(value, schema.minimum, schema.maximum, form.atLeast, form.atMost);
  }
  if (typeof value === 'string') {
    if (schema.type !== undefined && schema.type !== 'string') return form.typed(String(schema.type));
    return bounds([...value].length, schema.minLength, schema.maxLength, form.longer, form.shorter);
  }
  if (Array.isArray(value))
    return bounds(value.length, schema.minItems, schema.maxItems, form.moreItems, form.fewerItems);
  if (schema.type === 'object' && !isObject(value)) return form.typed('object');
  if (value === null && schema.type !== undefined && schema.type !== 'null') return form.missing;
  return undefined;
}

function bounds(
  n: number,
  least: number | undefined,
  most: number | undefined,
  low: (n: number) => string,
  high: (n: number) => string,
): string | undefined {
  if (least !== undefined && n < least) return low(least);
  return most !== undefined && n > most ? high(most) : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(into: Map<string, string>, from: Map<string, string>): void {
  from.forEach((text, pointer) => into.set(pointer, text));
}
