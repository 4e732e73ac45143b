import type { Reason, Release, Rung } from '../wire.ts';

/** Where a conversation goes by a decision. */
export type Outcome = 'waits' | 'takes_message' | 'refused' | { agent: string } | { team: string };

/** One decision that would have been another. */
export interface Difference {
  decision: string;
  at: string;
  plugin: string;
  version: string;
  rung: Rung;
  recorded: Outcome;
  recorded_because: Reason[];
  /** Left out when the candidate failed: then `fault` says how. */
  candidate?: Outcome;
  candidate_because?: Reason[];
  fault?: string;
}

/** The answer of `POST /v1/decisions/dry-runs`: one part of the range. */
export interface DryRunPart {
  asked: number;
  same: number;
  changed: number;
  faults: number;
  fuel_max: number;
  fuel: number;
  /** Some of what `changed` and `faults` count. */
  differences: Difference[];
  /** Where the next part begins. */
  next?: string;
}

/** All parts so far. */
export type DryRunReport = Omit<DryRunPart, 'next'>;

/** Differences that are kept to be told in full. */
export const TOLD_MAX = 500;

export const nothingAsked: DryRunReport = {
  asked: 0,
  same: 0,
  changed: 0,
  faults: 0,
  fuel_max: 0,
  fuel: 0,
  differences: [],
};

export function joined(report: DryRunReport, part: DryRunPart): DryRunReport {
  return {
    asked: report.asked + part.asked,
    same: report.same + part.same,
    changed: report.changed + part.changed,
    faults: report.faults + part.faults,
    fuel_max: Math.max(report.fuel_max, part.fuel_max),
    fuel: report.fuel + part.fuel,
    differences: [...report.differences, ...part.differences].slice(0, TOLD_MAX),
  };
}

/** How much of what was asked would have gone elsewhere, from 0 to 1. */
export const share = ({ asked, changed }: DryRunReport): number => (asked ? changed / asked : 0);

/** The mean fuel of the calls that were answered. */
export function meanFuel({ asked, faults, fuel }: DryRunReport): number {
  return asked > faults ? Math.round(fuel / (asked - faults)) : 0;
}

export interface Move {
  from: Outcome;
  to: Outcome;
  times: number;
}

/** From whom to whom, most often first. */
export function moves({ differences }: DryRunReport): Move[] {
  const found = new Map<string, Move>();
  for (const { recorded, candidate } of differences) {
    if (candidate === undefined) continue;
    const key = JSON.stringify([recorded, candidate]);
    const move = found.get(key);
    if (move) move.times += 1;
    else found.set(key, { from: recorded, to: candidate, times: 1 });
  }
  return [...found.values()].sort((a, b) => b.times - a.times);
}

/** Why the candidate did not answer, most often first. */
export function faults({ differences }: DryRunReport): [fault: string, times: number][] {
  const found = new Map<string, number>();
  for (const { fault } of differences) if (fault !== undefined) found.set(fault, (found.get(fault) ?? 0) + 1);
  return [...found].sort(([, a], [, b]) => b - a);
}

/** Reasons with what the manifest of the release that gave them says of their codes. */
export function explained(reasons: Reason[], release: Release | undefined): Reason[] {
  return reasons.map((it) => {
    const meaning = release?.manifest.reasons?.[it.code];
    return meaning === undefined ? it : { ...it, meaning };
  });
}

const HOUR_MS = 3_600_000;

/** Ranges that end now, by their name. */
export const LAST_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS };
export type Last = keyof typeof LAST_MS;

export interface Range {
  from: string;
  until: string;
}

export function last(name: Last, now: number): Range {
  return { from: new Date(now - LAST_MS[name]).toISOString(), until: new Date(now).toISOString() };
}

/** Of two `datetime-local` values, which are in local time; nothing as long as one of them is empty. */
export function between(from: string, until: string): Range | undefined {
  const [a, b] = [new Date(from), new Date(until)];
  if (Number.isNaN(a.getTime()) || Number.isNaN(b.getTime())) return undefined;
  return { from: a.toISOString(), until: b.toISOString() };
}
