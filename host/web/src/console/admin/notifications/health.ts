import type { TemplateResult } from 'lit';
import { badge } from '../parts.ts';
import type { Target } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';

/** How a target has been doing, in a word or two. */
export function health(target: Target, { notifications: words }: AdminWords, now = Date.now()): TemplateResult {
  if (target.disabled) return badge('plain', words.off);
  if (target.rests_until && Date.parse(target.rests_until) > now) return badge('bad', words.resting(target.streak));
  if (target.streak > 0) return badge('warn', words.failing(target.streak));
  return badge('good', words.well);
}
