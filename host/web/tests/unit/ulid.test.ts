import { expect, test } from 'vitest';
import { UlidSource } from '@weft/client';

test('ids have 26 characters of the ULID alphabet and grow strictly, also within one millisecond', () => {
  const source = new UlidSource(() => 1_700_000_000_000);
  const ids = Array.from({ length: 1000 }, () => source.next());
  expect(ids.every((id) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the time part is the standard one', () => {
  expect(new UlidSource(() => 1_469_918_176_385).next().slice(0, 10)).toBe('01ARYZ6S41');
});

test('a clock that goes back does not break the order', () => {
  let now = 2000;
  const source = new UlidSource(() => now);
  const first = source.next();
  now = 1000;
  expect(source.next() > first).toBe(true);
});
