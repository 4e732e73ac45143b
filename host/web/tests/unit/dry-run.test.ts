import { expect, test } from 'vitest';
import {
  between,
  explained,
  faults,
  joined,
  last,
  meanFuel,
  moves,
  nothingAsked,
  share,
  TOLD_MAX,
  type Difference,
  type DryRunPart,
  type Outcome,
} from '../../src/console/admin/plugins/dry-run-report.ts';
import type { Release } from '../../src/console/admin/wire.ts';

const difference = (recorded: Outcome, candidate: Outcome | undefined, fault?: string): Difference => ({
  decision: 'D',
  at: '2026-11-24T10:00:00Z',
  plugin: 'built-in',
  version: '1.0.0',
  rung: 'built_in',
  recorded,
  recorded_because: [],
  ...(candidate === undefined ? {} : { candidate }),
  ...(fault === undefined ? {} : { fault }),
});

const part = (asked: number, differences: Difference[], fuel_max = 10): DryRunPart => {
  const failed = differences.filter(({ fault }) => fault !== undefined).length;
  const changed = differences.length - failed;
  return { asked, same: asked - differences.length, changed, faults: failed, fuel_max, fuel: asked * 10, differences };
};

test('parts are added up, and the most fuel of one decision is kept', () => {
  const first = part(6, [difference({ agent: 'A' }, 'waits')], 40);
  const second = part(2, [difference({ agent: 'A' }, undefined, 'trap')], 30);
  const report = joined(joined(nothingAsked, first), second);
  expect(report).toMatchObject({ asked: 8, same: 6, changed: 1, faults: 1, fuel_max: 40, fuel: 80 });
  expect(report.differences).toHaveLength(2);
  expect(share(report)).toBe(0.125);
  expect(meanFuel(report)).toBe(11);
});

test('of nothing there is no share and no fuel', () => {
  expect(share(nothingAsked)).toBe(0);
  expect(meanFuel(nothingAsked)).toBe(0);
});

test('no more differences are kept than are told', () => {
  const many = part(TOLD_MAX, Array(TOLD_MAX).fill(difference('waits', 'refused')));
  const report = joined(joined(nothingAsked, many), many);
  expect(report.differences).toHaveLength(TOLD_MAX);
  expect(report.changed).toBe(2 * TOLD_MAX);
});

test('who would have given to whom, most often first; faults are no moves', () => {
  const report = joined(
    nothingAsked,
    part(5, [
      difference({ agent: 'A' }, { team: 'T' }),
      difference({ agent: 'A' }, { agent: 'B' }),
      difference({ agent: 'A' }, undefined, 'out of fuel'),
      difference({ agent: 'A' }, { agent: 'B' }),
      difference({ agent: 'A' }, undefined, 'trap'),
      difference({ agent: 'A' }, undefined, 'trap'),
    ]),
  );
  expect(moves(report)).toEqual([
    { from: { agent: 'A' }, to: { agent: 'B' }, times: 2 },
    { from: { agent: 'A' }, to: { team: 'T' }, times: 1 },
  ]);
  expect(faults(report)).toEqual([
    ['trap', 2],
    ['out of fuel', 1],
  ]);
});

test('a reason means what the release that gave it says', () => {
  const release = { manifest: { reasons: { vip: 'A senior agent.' } } } as unknown as Release;
  const given = [
    { code: 'vip', detail: 'tier 2' },
    { code: 'other', detail: '' },
  ];
  expect(explained(given, release)).toEqual([
    { code: 'vip', detail: 'tier 2', meaning: 'A senior agent.' },
    { code: 'other', detail: '' },
  ]);
  expect(explained(given, undefined)).toEqual(given);
});

test('a range ends now, or is two times of somebody’s own', () => {
  const now = Date.parse('2026-11-24T10:00:00Z');
  expect(last('hour', now)).toEqual({ from: '2026-11-24T09:00:00.000Z', until: '2026-11-24T10:00:00.000Z' });
  expect(between('2026-11-24T10:00', '')).toBeUndefined();
  expect(between('2026-11-24T10:00', '2026-11-24T11:00')).toEqual({
    from: new Date('2026-11-24T10:00').toISOString(),
    until: new Date('2026-11-24T11:00').toISOString(),
  });
});
