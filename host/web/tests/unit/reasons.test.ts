import { expect, test } from 'vitest';
import { inWords } from '../../src/console/reasons.ts';
import { words } from '../../src/console/words.ts';

test('a reason is told in the words of the reader, then of the manifest, then of its code', () => {
  const { en: english, zh: chinese } = words;
  const known = { code: 'least_busy', detail: '', meaning: 'Fewest open conversations.' };
  const own = { code: 'speaks_dutch', detail: '', meaning: 'Speaks Dutch.' };
  expect(inWords(known, english)).toBe('Fewest open conversations.');
  expect(inWords(known, chinese)).toContain('最少');
  expect(inWords(own, chinese)).toBe('Speaks Dutch.');
  expect(inWords({ code: 'speaks_dutch', detail: '' }, english)).toBe('speaks dutch');
});
