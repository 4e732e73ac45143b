import { expect, test } from 'vitest';
import { differences } from '../../src/console/admin/plugins/differences.ts';
import type { Manifest, Release } from '../../src/console/admin/wire.ts';

function release(manifest: Partial<Manifest>): Release {
  const whole = { description: '', settings: {}, reasons: {}, properties: [], limits: {}, vectors: [], ...manifest };
  return {
    digest: '0',
    hook: 'routing',
    name: 'x',
    version: '1.0.0',
    size: 1,
    manifest: whole,
    shipped: false,
    created_at: '2026-11-24T10:00:00.000Z',
  };
}

test('rights that were not asked for before are named', () => {
  const before = release({ properties: ['plan'], limits: { fuel: 1000 } });
  const after = release({ properties: ['plan', 'revenue'], limits: { fuel: 5000, memory_bytes: 1 } });
  expect(differences(before, after).asksForMore).toEqual(['revenue', 'fuel', 'memory_bytes']);
  expect(differences(after, before).asksForMore).toEqual([]);
});

test('settings differ by their path, whatever the order of names', () => {
  const before = release({ settings: { type: 'object', properties: { a: { type: 'string', default: 'x' }, b: {} } } });
  const after = release({ settings: { properties: { a: { default: 'x', type: 'string' }, c: {} }, type: 'object' } });
  expect(differences(before, after).settings).toEqual([
    { what: '/b', before: {} },
    { what: '/c', after: {} },
  ]);
});

test('vectors are matched by name', () => {
  const vector = (name: string, expect: unknown): Manifest['vectors'][number] => ({ name, request: {}, expect });
  const before = release({ vectors: [vector('same', 1), vector('other', 1)] });
  const after = release({ vectors: [vector('other', 2), vector('same', 1)] });
  expect(differences(before, after).vectors.map(({ what }) => what)).toEqual(['other']);
});
