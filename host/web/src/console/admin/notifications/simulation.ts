import type { Verdict } from '../wire.ts';

/** The answer of `POST /v1/retry/simulate`. Times are milliseconds after the beginning. */
export interface Simulation {
  rule: { name: string; version: string };
  length_ms: number;
  spans: { behaviour: string; begin_ms: number; end_ms: number }[];
  courses: Course[];
  /** How often the rule itself did not answer, and why at first. */
  faults: number;
  fault?: string;
  svg: string;
}

export interface Course {
  made_ms: number;
  end: 'sent' | 'dead' | 'dropped' | 'unfinished';
  cause?: string;
  steps: { at_ms: number; fault?: string; status: number; verdict?: Verdict }[];
}

/** Steps between the marks of an axis, in seconds: what a clock or a calendar has. */
const MARKS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];
const MOST_MARKS = 8;

/** Where an axis of this length is marked, in milliseconds. */
export function marks(length: number): number[] {
  const step = (MARKS.find((it) => length / (it * 1000) <= MOST_MARKS) ?? 31_536_000) * 1000;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => n * step);
}

export interface Totals {
  sent: number;
  dead: number;
  dropped: number;
  attempts: number;
  /** The longest time from made to sent, when any was. */
  latest?: number;
}

export function totals({ courses }: Simulation): Totals {
  const ended = (end: Course['end']): Course[] => courses.filter((it) => it.end === end);
  const waits = ended('sent').map((it) => (it.steps.at(-1)?.at_ms ?? 0) - it.made_ms);
  return {
    sent: waits.length,
    dead: ended('dead').length,
    dropped: ended('dropped').length,
    attempts: courses.reduce((sum, it) => sum + it.steps.length, 0),
    ...(waits.length ? { latest: Math.max(...waits) } : {}),
  };
}
