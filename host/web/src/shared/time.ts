import type { SharedWords } from './words.ts';

const DAY_MS = 86_400_000;

/** `14:05`, in the reader's language. */
export function timeOfDay(at: string, words: SharedWords): string {
  return new Date(at).toLocaleTimeString(words.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** Today, yesterday, or the date. */
export function dayName(at: string, words: SharedWords, now = Date.now()): string {
  const day = new Date(at).toDateString();
  if (day === new Date(now).toDateString()) return words.today;
  if (day === new Date(now - DAY_MS).toDateString()) return words.yesterday;
  return new Date(at).toLocaleDateString(words.locale, { weekday: 'short', day: 'numeric', month: 'short' });
}

/** `0:42`, `12:05`, `1:02:03`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
