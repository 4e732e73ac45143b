import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { words as consoleWords } from '../../src/console/words.ts';
import { DraftReporter } from '../../src/shared/draft.ts';
import { duration } from '../../src/shared/time.ts';
import { pick } from '../../src/shared/words.ts';
import { readEmbed } from '../../src/widget/embed.ts';
import { words as widgetWords } from '../../src/widget/words.ts';
import type { Command } from '@weft/client';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('both languages say everything', () => {
  for (const { en, zh } of [widgetWords, consoleWords]) {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  }
  expect(pick('zh-Hans-CN', widgetWords).locale).toBe('zh-CN');
  expect(pick('de', widgetWords).locale).toBe('en');
});

test('the script tag tells the node, the channel and the looks', () => {
  const script = (src: string, dataset: Record<string, string>) => ({ src, dataset }) as unknown as HTMLScriptElement;
  const data = { channel: 'k', accent: '#123456', theme: 'dark', language: 'zh-CN' };
  expect(readEmbed(script('https://chat.example/widget.js', data), 'https://shop.example/', 'en')).toEqual({
    origin: 'https://chat.example',
    channel: 'k',
    language: 'zh-CN',
    theme: 'dark',
    accent: '#123456',
    name: undefined,
  });
  expect(readEmbed(script('/widget.js', {}), 'https://shop.example/', 'en')).toBeUndefined();
  expect(readEmbed(null, 'https://shop.example/', 'en')).toBeUndefined();
});

test('drafts are told at most twice a second, and nothing of them after they were sent', () => {
  const told: Command[] = [];
  const draft = new DraftReporter((command) => told.push(command), true);
  const start = Date.now();
  while (Date.now() - start < 3000) {
    draft.input('C', `draft ${Date.now()}`);
    vi.advanceTimersByTime(700);
  }
  const previews = told.filter((c) => c.type === 'preview').length;
  expect(previews).toBeGreaterThan(0);
  expect(previews).toBeLessThanOrEqual(6);
  expect(told.filter((c) => c.type === 'typing' && c.on).length).toBeLessThanOrEqual(2);
  draft.input('C', 'last words');
  draft.sent('C');
  told.length = 0;
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});

test('durations', () => {
  expect([0, 42_000, 725_000, 3_723_000].map(duration)).toEqual(['0:00', '0:42', '12:05', '1:02:03']);
});
