import type { Failure } from '../page.ts';
import type { Schema } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';
import { blank, check, isObject } from './schema.ts';

/** The settings of a binding while they are written: a value, and what is wrong with it. */
export class Settings {
  value: unknown;
  /** What was typed and is no value yet, by pointer. */
  private readonly typed = new Map<string, { text: string; wrong: string }>();
  private readonly touched = new Set<string>();
  /** What the node said. */
  private refused = new Map<string, string>();
  private all = false;

  constructor(
    readonly schema: Schema,
    value: unknown,
    private readonly words: AdminWords,
    private readonly changed: () => void,
  ) {
    this.value = structuredClone(value ?? {});
  }

  at(pointer: string): unknown {
    return names(pointer).reduce<unknown>((it, name) => {
      if (Array.isArray(it)) return it[Number(name)];
      return isObject(it) ? it[name] : undefined;
    }, this.value);
  }

  /** `undefined` leaves it out: the plugin's default holds. */
  set(pointer: string, value: unknown): void {
    this.typed.delete(pointer);
    this.touched.add(pointer);
    this.refused.delete(pointer);
    const path = names(pointer);
    const last = path.pop();
    if (last === undefined) {
      this.value = value ?? {};
    } else {
      const parent = this.parent(path);
      if (Array.isArray(parent)) parent[Number(last)] = value ?? null;
      else if (value === undefined) Reflect.deleteProperty(parent, last);
      else parent[last] = value;
    }
    this.changed();
  }

  /** A number as it is typed. A browser gives no text for what it cannot read as one. */
  setNumber(pointer: string, text: string, readable = true): void {
    if (readable && text === '') return this.set(pointer, undefined);
    const number = Number(text);
    if (!readable || !Number.isFinite(number)) return this.unread(pointer, text, this.words.form.number);
    this.set(pointer, number);
    this.typed.set(pointer, { text, wrong: '' }); // `1.0` is on its way to `1.05`
  }

  setJson(pointer: string, text: string): void {
    if (text.trim() === '') return this.set(pointer, undefined);
    try {
      this.set(pointer, JSON.parse(text));
      this.typed.set(pointer, { text, wrong: '' }); // as it was written, not as JSON would be printed
    } catch (cause) {
      this.unread(pointer, text, `${this.words.form.noJson} ${cause instanceof Error ? cause.message : ''}`);
    }
  }

  /** The number or JSON of a field: what is being typed, else the value. */
  text(pointer: string): string {
    const value = this.at(pointer);
    return this.typed.get(pointer)?.text ?? (value === undefined ? '' : JSON.stringify(value, null, 2));
  }

  add(pointer: string, items: Schema): void {
    const list = this.at(pointer);
    this.set(pointer, [...(Array.isArray(list) ? list : []), blank(items)]);
  }

  remove(pointer: string, n: number): void {
    const list = this.at(pointer);
    if (!Array.isArray(list)) return;
    // Places move up: what was typed into them belongs to others now.
    for (const key of [...this.typed.keys()]) if (key.startsWith(`${pointer}/`)) this.typed.delete(key);
    this.set(pointer, list.toSpliced(n, 1));
  }

  /** What is wrong with one field, once it was touched or everything was looked at. */
  wrong(pointer: string): string {
    const refused = this.refused.get(pointer);
    if (refused) return refused;
    const unread = this.typed.get(pointer)?.wrong;
    if (unread) return unread;
    return this.all || this.touched.has(pointer) ? (this.problems().get(pointer) ?? '') : '';
  }

  /** True when there is nothing wrong as far as this page can tell; from now on everything wrong is shown. */
  complete(): boolean {
    this.all = true;
    this.changed();
    return this.problems().size === 0;
  }

  /** The node's complaints, each at its field. */
  refuse(errors: Failure['errors']): void {
    this.refused = new Map(errors.map(({ pointer, detail }) => [pointer, detail]));
    this.changed();
  }

  private problems(): Map<string, string> {
    const problems = check(this.schema, this.value, this.words);
    for (const [pointer, { wrong }] of this.typed) if (wrong) problems.set(pointer, wrong);
    return problems;
  }

  private unread(pointer: string, text: string, wrong: string): void {
    this.typed.set(pointer, { text, wrong });
    this.refused.delete(pointer);
    this.changed();
  }

  /** Where a field is; groups on the way are made. */
  private parent(path: string[]): Record<string, unknown> | unknown[] {
    if (!isObject(this.value)) this.value = {};
    let it = this.value as Record<string, unknown> | unknown[];
    for (const name of path) {
      const inside: unknown = Array.isArray(it) ? it[Number(name)] : it[name];
      const next = isObject(inside) || Array.isArray(inside) ? inside : {};
      if (Array.isArray(it)) it[Number(name)] = next;
      else it[name] = next;
      it = next as Record<string, unknown> | unknown[];
    }
    return it;
  }
}

function names(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}
