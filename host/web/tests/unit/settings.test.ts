import { expect, test } from 'vitest';
import { check, isEmpty, kind } from '../../src/console/admin/plugins/schema.ts';
import { Settings } from '../../src/console/admin/plugins/settings.ts';
import type { Schema } from '../../src/console/admin/wire.ts';
import { words } from '../../src/console/admin/words/index.ts';

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['attempts'],
  properties: {
    attempts: { type: 'integer', minimum: 1, maximum: 5 },
    order: { enum: ['oldest', 'newest'] },
    skills: { type: 'array', maxItems: 2, items: { type: 'string', minLength: 2 } },
    quiet: { type: 'object', properties: { from: { type: 'number' }, on: { type: 'boolean' } } },
    by_language: { type: 'object', additionalProperties: { type: 'array' } },
    'a/b': { type: 'string' },
  },
};

const draft = (value: unknown = {}): Settings => new Settings(schema, value, words.en, () => undefined);

test('each kind of value has its control, and the rest is JSON', () => {
  const properties = schema.properties ?? {};
  expect(Object.entries(properties).map(([name, it]) => [name, kind(it)])).toEqual([
    ['attempts', 'integer'],
    ['order', 'choice'],
    ['skills', 'list'],
    ['quiet', 'group'],
    ['by_language', 'json'],
    ['a/b', 'text'],
  ]);
  expect(kind({ type: 'array', items: { type: 'string' } }, 9)).toBe('json');
  expect(kind({ type: ['string', 'null'] })).toBe('json');
});

test('a plugin without settings has no form', () => {
  expect(isEmpty({ type: 'object', additionalProperties: false })).toBe(true);
  expect(isEmpty({ type: 'object', properties: {} })).toBe(true);
  expect(isEmpty({ type: 'object' })).toBe(false);
  expect(isEmpty({ type: 'object', additionalProperties: { type: 'string' } })).toBe(false);
  expect(isEmpty(schema)).toBe(false);
});

test('what is wrong stands where it is', () => {
  const wrong = (value: unknown): [string, string][] => [...check(schema, value, words.en)];
  expect(wrong({ attempts: 3, order: 'newest', skills: ['tea'], quiet: { from: 1.5 } })).toEqual([]);
  expect(wrong({})).toEqual([['/attempts', words.en.form.missing]]);
  expect(wrong({ attempts: 9 })).toEqual([['/attempts', 'at most 5']]);
  expect(wrong({ attempts: 1.5 })).toEqual([['/attempts', words.en.form.whole]]);
  expect(wrong({ attempts: 1, order: 'loudest' })[0]?.[0]).toBe('/order');
  expect(wrong({ attempts: 1, skills: ['a'] })).toEqual([['/skills/0', 'at least 2 characters']]);
  expect(wrong({ attempts: 1, skills: ['aa', 'bb', 'cc'] })).toEqual([['/skills', 'at most 2 items']]);
});

test('fields are set, left out and taken back in any depth', () => {
  const it = draft();
  it.setNumber('/attempts', '4');
  it.set('/quiet/on', true);
  it.set('/a~1b', 'x');
  it.add('/skills', { type: 'string' });
  it.set('/skills/0', 'tea');
  it.add('/skills', { type: 'string' });
  it.remove('/skills', 1);
  it.setJson('/by_language', '{"de": ["german"]}');
  expect(it.value).toEqual({
    attempts: 4,
    quiet: { on: true },
    'a/b': 'x',
    skills: ['tea'],
    by_language: { de: ['german'] },
  });
  it.set('/a~1b', undefined);
  it.setJson('/by_language', ' ');
  expect(Object.keys(it.value as object)).toEqual(['attempts', 'quiet', 'skills']);
  expect(it.complete()).toBe(true);
});

test('what is typed and is no value yet is kept, and said', () => {
  const it = draft({ attempts: 1 });
  it.setJson('/by_language', '{"de":');
  expect(it.text('/by_language')).toBe('{"de":');
  expect(it.wrong('/by_language')).toContain(words.en.form.noJson);
  expect(it.complete()).toBe(false);
  it.setJson('/by_language', '{"de":   []}');
  expect(it.text('/by_language')).toBe('{"de":   []}');
  expect(it.complete()).toBe(true);
});

test('a number is judged while it is typed, and stays as it is written', () => {
  const it = new Settings(
    { type: 'object', properties: { share: { type: 'number', maximum: 2 } } },
    {},
    words.en,
    () => undefined,
  );
  it.setNumber('/share', '3');
  expect(it.wrong('/share')).toBe('at most 2');
  it.setNumber('/share', '1.0');
  expect([it.text('/share'), it.value, it.wrong('/share')]).toEqual(['1.0', { share: 1 }, '']);
  it.setNumber('/share', '', false);
  expect(it.wrong('/share')).toBe(words.en.form.number);
  expect(it.complete()).toBe(false);
  it.setNumber('/share', '');
  expect(it.value).toEqual({});
  expect(it.complete()).toBe(true);
});

test('complaints show once a field was touched, all of them once it is to be sent, the node’s until it is changed', () => {
  const it = draft();
  expect(it.wrong('/attempts')).toBe('');
  expect(it.complete()).toBe(false);
  expect(it.wrong('/attempts')).toBe(words.en.form.missing);
  it.setNumber('/attempts', '2');
  it.refuse([{ pointer: '/attempts', detail: 'not on Mondays' }]);
  expect(it.wrong('/attempts')).toBe('not on Mondays');
  it.setNumber('/attempts', '3');
  expect(it.wrong('/attempts')).toBe('');
});

test('the settings in force are not changed by what is written', () => {
  const inForce = { attempts: 1, skills: ['tea'] };
  const it = draft(inForce);
  it.set('/skills/0', 'oil');
  expect(inForce.skills).toEqual(['tea']);
});
