import { expect, test } from 'vitest';
import { Backoff } from '@weft/client';

test('delays double up to the most, within the upper half of each step', () => {
  const low = new Backoff({ first: 500, most: 4000, random: () => 0 });
  expect([1, 2, 3, 4, 5].map(() => low.next())).toEqual([250, 500, 1000, 2000, 2000]);
  const high = new Backoff({ first: 500, most: 4000, random: () => 1 });
  expect([1, 2, 3, 4, 5].map(() => high.next())).toEqual([500, 1000, 2000, 4000, 4000]);
});

test('a success starts over', () => {
  const backoff = new Backoff({ first: 500, most: 4000, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(500);
});
