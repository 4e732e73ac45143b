import type { Release, Schema } from '../wire.ts';
import { isObject } from './schema.ts';

export interface Difference {
  what: string;
  before?: unknown;
  after?: unknown;
}

/** What one release has otherwise than another, by the part of the manifest that says it. */
export interface Differences {
  properties: Difference[];
  limits: Difference[];
  settings: Difference[];
  reasons: Difference[];
  vectors: Difference[];
  /** The later one asks for rights that the earlier one does without. */
  asksForMore: string[];
}

export function differences(before: Release, after: Release): Differences {
  const [a, b] = [before.manifest, after.manifest];
  const properties = between(flags(a.properties), flags(b.properties));
  const limits = between({ ...a.limits }, { ...b.limits });
  const vectors = (of: typeof a): Record<string, unknown> =>
    Object.fromEntries(of.vectors.map(({ name, request, expect }) => [name, { request, expect }]));
  return {
    properties,
    limits,
    settings: between(flat(a.settings), flat(b.settings)),
    reasons: between(a.reasons ?? {}, b.reasons ?? {}),
    vectors: between(vectors(a), vectors(b)),
    asksForMore: [
      ...properties.filter((it) => it.after).map((it) => it.what),
      ...limits.filter((it) => Number(it.after ?? 0) > Number(it.before ?? 0)).map((it) => it.what),
    ],
  };
}

function between(before: Record<string, unknown>, after: Record<string, unknown>): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => canonical(before[name]) !== canonical(after[name]))
    .map((what) => ({
      what,
      ...(what in before ? { before: before[what] } : {}),
      ...(what in after ? { after: after[what] } : {}),
    }));
}

const flags = (names: string[]): Record<string, unknown> => Object.fromEntries(names.map((name) => [name, true]));

/** Each setting under its path, with everything that is said of it. */
function flat(schema: Schema, path = ''): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const { properties, items, ...said } = schema;
  found[path || '/'] = said;
  for (const [name, property] of Object.entries(properties ?? {})) {
    Object.assign(found, flat(property, `${path}/${name}`));
  }
  if (items) Object.assign(found, flat(items, `${path}/*`));
  return found;
}

/** Equal for equal values, in whichever order their names stand. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) =>
    isObject(it) ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => a.localeCompare(b))) : it,
  );
}
