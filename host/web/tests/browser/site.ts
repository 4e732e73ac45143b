import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { FAKE_ORIGIN, serveFake } from '../fake/browser.ts';
import { FakeNode } from '../fake/node.ts';
import { Cable } from './cable.ts';

const READY_MS = 110_000;
const STOP_MS = 12_000;
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** What the browser tests run against: a demo node behind a cable that can be cut. */
export interface Site {
  origin: string;
  /** The network between the browser and the node; none with the node in memory. */
  cable: Cable | undefined;
  prepare(context: BrowserContext): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the built `weft` with demo tenants, and with settings (`WEFT_…`) of the test's own. `WEFT_FAKE=1` plays the node in memory
 * instead, for work on the pages alone.
 */
export function openSite(settings: Record<string, string> = {}): Promise<Site> {
  return process.env['WEFT_FAKE'] ? Promise.resolve(fakeSite()) : realSite(settings);
}

function fakeSite(): Site {
  const node = new FakeNode();
  return {
    origin: FAKE_ORIGIN,
    cable: undefined,
    prepare: (context) => serveFake(context, node),
    stop: () => Promise.resolve(),
  };
}

async function realSite(settings: Record<string, string>): Promise<Site> {
  const binary = process.env['WEFT_BIN'] ?? join(root, 'target/debug/weft');
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`cargo build -p weft\` or set WEFT_BIN`);
  const data = await mkdtemp(join(tmpdir(), 'weft-browser-'));
  const any = '127.0.0.1:0';
  const flags = ['serve', '--demo', '--data', data, '--rest', any, '--socket', any, '--management', any];
  const child = spawn(binary, flags, { env: { ...environment(), ...settings }, stdio: ['ignore', 'pipe', 'inherit'] });
  const cable = await Cable.to(Number(new URL(await ready(child)).port));
  return {
    origin: cable.origin,
    cable,
    prepare: () => Promise.resolve(),
    stop: async () => {
      await cable.close();
      await ended(child);
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Without `WEFT_…`: to the node these are configuration. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WEFT_')));
}

/** The REST address from the line that the node prints when it is ready. */
async function ready(child: ChildProcess): Promise<string> {
  const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  if (!child.stdout) throw new Error('the node has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const said = parsed(line);
    if (!said?.ready) continue;
    clearTimeout(late);
    child.stdout.resume();
    return said.rest;
  }
  throw new Error('the node ended or was not ready in time; its log is above');
}

function parsed(line: string): { ready?: boolean; rest: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(late);
}
