import { Problem } from '@weft/client';
import { expect, test } from 'vitest';
import { fields, filterOf } from '../../src/console/admin/notifications/filter.ts';
import { marks, totals, type Simulation } from '../../src/console/admin/notifications/simulation.ts';
import { failure, Page, type Context } from '../../src/console/admin/page.ts';
import { bytes, span } from '../../src/console/admin/parts.ts';
import { open, parse } from '../../src/console/admin/routes.ts';
import { NotHere } from '../../src/console/admin/not-here.ts';
import { words } from '../../src/console/admin/words/index.ts';
import { nothing, type TemplateResult } from 'lit';

const at = (admin: boolean): Context =>
  ({ rest: {}, words: words.en, admin, changed: () => undefined, go: () => undefined }) as unknown as Context;

test('addresses name pages', () => {
  expect(parse('#/')).toBeUndefined();
  expect(parse('#/administrator')).toBeUndefined();
  expect(parse('#/admin')?.path).toEqual([]);
  expect(parse('#/admin/plugins/abc/compare/def')?.path).toEqual(['plugins', 'abc', 'compare', 'def']);
  expect(parse('#/admin/activations/7')?.section).toBe('bindings');
  expect(parse('#/admin/deliveries?target=a%26b')?.query.get('target')).toBe('a&b');
  expect(parse('#/admin/%E0%A4%A')?.path).toEqual(['%E0%A4%A']);
});

test('a supervisor does not get to what is for admins', () => {
  const page = (hash: string, admin: boolean): Page => {
    const route = parse(hash);
    if (!route) throw new Error(hash);
    return open(route, at(admin));
  };
  for (const hash of ['#/admin/plugins', '#/admin/activations/7', '#/admin/targets/new', '#/admin/retry-lab']) {
    expect(page(hash, false)).toBeInstanceOf(NotHere);
    expect(page(hash, true)).not.toBeInstanceOf(NotHere);
  }
  expect(page('#/admin/dead-letters', false)).not.toBeInstanceOf(NotHere);
  expect(page('#/admin/nowhere', true)).toBeInstanceOf(NotHere);
});

test('both languages say the same things', () => {
  const shape = (it: unknown): unknown =>
    typeof it === 'object' && it !== null
      ? Object.fromEntries(Object.entries(it).map(([name, inner]) => [name, shape(inner)]))
      : typeof it;
  expect(shape(words.zh)).toEqual(shape(words.en));
});

test('a refusal is shown as the node says it, a failure of the node in words', () => {
  const errors = [{ pointer: '/name', detail: 'taken' }];
  expect(failure(new Problem(409, 'conflict', 'taken', undefined, errors), words.en)).toEqual({
    text: 'taken',
    errors,
  });
  expect(failure(new Problem(500, 'internal', 'stack'), words.en).text).toBe(words.en.unreachable);
  expect(failure(new TypeError('fetch'), words.en).text).toBe(words.en.unreachable);
});

test('a page that was left says nothing any more, and does one thing at a time', async () => {
  let changes = 0;
  class Probe extends Page {
    readonly title = '';
    render = (): TemplateResult => nothing as unknown as TemplateResult;
    protected load = (): Promise<void> => Promise.resolve();
    tryOut = (work: () => Promise<void>): Promise<boolean> => this.attempt(work);
  }
  const page = new Probe({ ...at(true), changed: () => (changes += 1) });
  let finish: () => void = () => undefined;
  const first = page.tryOut(() => new Promise((resolve) => (finish = resolve)));
  expect(await page.tryOut(() => Promise.resolve())).toBe(false);
  finish();
  expect(await first).toBe(true);
  expect(await page.tryOut(() => Promise.reject(new Problem(403, 'forbidden', 'no')))).toBe(false);
  expect(page.refused?.text).toBe('no');
  const before = changes;
  page.leave();
  await page.enter();
  expect(changes).toBe(before);
});

test('a filter asks for what is filled in', () => {
  const filter = filterOf(new URLSearchParams('target=crm&state=dead'));
  expect(fields(filter)).toEqual({ target: 'crm', state: 'dead' });
  const from = fields({ ...filter, from: '2026-11-24T10:00' })['from'];
  expect(from).toBe(new Date('2026-11-24T10:00').toISOString());
});

test('a simulation in figures', () => {
  const step = (at_ms: number): Simulation['courses'][number]['steps'][number] => ({ at_ms, status: 200 });
  const simulation: Simulation = {
    rule: { name: 'x', version: '1' },
    length_ms: 100,
    spans: [],
    faults: 0,
    svg: '',
    courses: [
      { made_ms: 0, end: 'sent', steps: [step(0), step(50)] },
      { made_ms: 40, end: 'sent', steps: [step(60)] },
      { made_ms: 50, end: 'dead', steps: [step(50)] },
    ],
  };
  expect(totals(simulation)).toEqual({ sent: 2, dead: 1, dropped: 0, attempts: 4, latest: 50 });
  expect(marks(6 * 3_600_000)).toEqual([0, 1, 2, 3, 4, 5, 6].map((hours) => hours * 3_600_000));
  expect([0, 1, 5000, 5_400_000, 90_000_000].map(span)).toEqual(['0', '1ms', '5s', '1h 30m', '1d 1h']);
  expect([812, 1024, 49_152, 1_500_000].map(bytes)).toEqual(['812 B', '1.0 KiB', '48 KiB', '1.4 MiB']);
});
