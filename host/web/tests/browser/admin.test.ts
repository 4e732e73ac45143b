import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { AgentAtDesk, launch, Visitor } from './people.ts';
import { Receiver } from './receiver.ts';
import { openSite, type Site } from './site.ts';

let browser: Browser;
let site: Site;
let receiver: Receiver;
beforeAll(async () => {
  [browser, receiver] = await Promise.all([launch(), Receiver.start()]);
  site = await openSite({ WEFT_NOTIFICATIONS_ALLOW: '127.0.0.1' });
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
  await receiver?.stop();
});

const admin = (options = {}): Promise<AgentAtDesk> => AgentAtDesk.signIn(browser, site, options, 'admin@tea.example');

/** A plugin that is made for tests (`cargo xtask plugins`). */
const guest = (file: string): string =>
  fileURLToPath(new URL(`../../../../tests/guests/dist/${file}`, import.meta.url));

async function go(page: Page, path: string, heading: string): Promise<void> {
  await page.goto(`${site.origin}/console/#/admin/${path}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.getByText('Loading…').waitFor({ state: 'detached' });
}

test('a file is refused or shown, releases are compared, and settings are judged', async () => {
  const person = await admin();
  const { page } = person;
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('heading', { level: 1, name: 'Releases' }).waitFor();
  const bad = { name: 'bad.wasm', mimeType: 'application/wasm', buffer: Buffer.from('not at all') };
  await page.getByLabel('Choose a file…').setInputFiles(bad);
  await page.getByRole('alert').getByText('bad.wasm was refused').waitFor();
  await page.getByRole('alert').getByText('not_wasm').waitFor();

  await page.getByRole('link', { name: 'fixed', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'fixed 1.0.0' }).waitFor();
  await page.getByRole('definition').getByText('weft:plugin/retry@').first().waitFor();
  await person.picture('admin-release');
  await page.getByLabel('Compare with').selectOption('until 1.0.0');
  await page.getByRole('heading', { level: 1, name: 'Two releases' }).waitFor();
  await page.getByText('/interval_ms').waitFor();
  await person.picture('admin-compare');
  await page.goBack();

  await page.getByRole('link', { name: 'Bind…' }).click();
  await page.getByRole('spinbutton', { name: /^Attempts/ }).fill('0');
  await page.getByRole('spinbutton', { name: /^Interval/ }).fill('100');
  await page.getByRole('button', { name: 'Plan' }).click();
  await page.getByRole('alert').getByText('at least 1').waitFor();
  await person.picture('admin-settings');
  await page.getByRole('spinbutton', { name: /^Attempts/ }).fill('1');
  await page.getByRole('button', { name: 'Plan' }).click();
  await page.getByText('This would change:').waitFor();
  expect(person.complaints).toEqual([]);
  await person.context.close();
});

test('a plugin goes from its file to every node, and back', async () => {
  const person = await admin();
  const { page } = person;
  await go(page, 'plugins', 'Releases');
  await page.getByLabel('Choose a file…').setInputFiles(guest('patterns.wasm'));
  await page.getByRole('heading', { level: 1, name: 'patterns 1.0.0' }).waitFor();
  await page.getByRole('link', { name: 'Bind…' }).click();
  await page.getByRole('heading', { level: 1, name: 'Change what is in force' }).waitFor();
  const activate = page.getByRole('button', { name: 'Activate on all nodes' });
  expect(await activate.isDisabled()).toBe(true);

  await page.getByRole('button', { name: /^Add.*Rules/ }).click();
  await page.getByRole('textbox', { name: /^Pattern/ }).fill('(');
  await page.getByRole('button', { name: 'Plan' }).click();
  await page.getByRole('alert').getByText('This is required.').waitFor();
  await page.getByRole('textbox', { name: /^Skill/ }).fill('tea');
  await page.getByRole('button', { name: 'Plan' }).click();
  await page.getByText('This would not work:').waitFor();
  await person.picture('admin-plan-refused');
  await page.getByText("found open group without closing ')'").waitFor();
  expect(await activate.isDisabled()).toBe(true);

  await page.getByRole('textbox', { name: /^Pattern/ }).fill('oolong|sencha');
  await page.getByRole('button', { name: 'Plan' }).click();
  const plan = page.getByRole('status').filter({ hasText: 'This would change:' });
  await plan.getByText('patterns 1.0.0').waitFor();
  await plan.getByText('"oolong|sencha"').waitFor();
  await person.picture('admin-plan');
  await activate.click();
  await page.getByRole('region', { name: 'Nodes' }).getByText('Prepared').waitFor();
  await page.getByText('Done: every node decides with it').waitFor();
  await person.picture('admin-activated');

  await page.getByRole('link', { name: 'What is in force' }).click();
  await page.getByText('Activation #1 is in force on every node.').waitFor();
  await page.getByRole('link', { name: 'patterns 1.0.0', exact: true }).waitFor();
  await person.picture('admin-bindings');
  await page.getByRole('button', { name: 'Roll back one step' }).click();
  await page.getByText('Activation #2 is in force on every node.').waitFor();
  await page.getByText('Without a plugin: the least busy agent').waitFor();
  expect(await page.getByRole('link', { name: 'patterns 1.0.0', exact: true }).count()).toBe(0);
  expect(person.complaints).toEqual([]);
  await person.context.close();
});

/** Ana keeps a chat, and Ben, who was chosen last, gets the third: in turn it would have been hers. */
async function threeChats(): Promise<void> {
  const next = async (agent: AgentAtDesk): Promise<Visitor> => {
    const visitor = await Visitor.arrive(browser, site);
    await visitor.openChat();
    await visitor.say('Is the sencha back?');
    await agent.take();
    return visitor;
  };
  const ana = await AgentAtDesk.signIn(browser, site);
  const first = await next(ana);
  const ben = await AgentAtDesk.signIn(browser, site, {}, 'ben@tea.example');
  const second = await next(ben);
  await ben.close();
  await ben.page.getByLabel('Your reply', { exact: true }).waitFor({ state: 'detached' });
  const third = await next(ben);
  await Promise.all([ana, ben, first, second, third].map(({ context }) => context.close()));
}

test('a candidate is tried on what was decided before', async () => {
  const person = await admin();
  const { page } = person;
  const tryIt = page.getByRole('button', { name: 'Try it' });
  await go(page, 'dry-run', 'Try it on history');
  await tryIt.click();
  await page.getByText('No decisions in this time').waitFor();
  await person.picture('admin-dry-run-nothing');
  await threeChats();

  await go(page, 'plugins', 'Releases');
  await page.getByRole('link', { name: 'round-robin', exact: true }).click();
  await page.getByRole('link', { name: 'Try it on history…' }).click();
  await page.getByRole('heading', { level: 1, name: 'Try it on history' }).waitFor();
  await page.getByText('This plugin has no settings.').waitFor();
  await tryIt.click();
  await page.getByText('1 of 3 decisions would have gone elsewhere: 33.3%.').waitFor();
  const moved = page.getByRole('region', { name: 'From whom to whom' }).getByRole('row').last();
  expect((await moved.getByRole('cell').allTextContents()).map((it) => it.trim())).toEqual(['Ben', 'Ana', '1']);
  const changed = page.getByRole('region', { name: 'Changed decisions' });
  await changed.getByText('Was assigned longest ago.').waitFor();
  await changed.getByText('Fewest open conversations').waitFor();
  await person.picture('admin-dry-run');
  expect(await violations(page)).toEqual([]);
  await changed.getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'Decision' }).waitFor();

  await go(page, 'plugins', 'Releases');
  await page.getByLabel('Choose a file…').setInputFiles(guest('hostile.wasm'));
  await page.getByRole('link', { name: 'Try it on history…' }).click();
  await page.getByRole('textbox', { name: /^Misdeed/ }).fill('init');
  await tryIt.click();
  await page.getByRole('alert').getByText('fuel').waitFor();
  await page.getByRole('textbox', { name: /^Misdeed/ }).fill('trap');
  await tryIt.click();
  await page.getByText('The candidate failed on 3 of 3 decisions.').waitFor();
  await page.getByRole('region', { name: 'Where it failed' }).getByRole('cell', { name: '3' }).waitFor();
  await person.picture('admin-dry-run-faults');
  await page.getByLabel('Decisions of').selectOption('a time of my own');
  await tryIt.click();
  await page.getByRole('alert').getByText('Choose when it begins').waitFor();
  await page.getByLabel('From').fill('2026-01-02T10:00');
  await page.getByLabel('Until').fill('2026-01-01T10:00');
  await tryIt.click();
  await page.getByRole('alert').getByText('after `from`').waitFor();
  expect(person.complaints).toEqual([]);
  await person.context.close();
});

/** From now on one attempt is all there is. */
async function giveUpAtOnce(): Promise<void> {
  const ask = async (path: string, token?: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    return (await fetch(site.origin + path, { headers, ...sent })).json() as Promise<Record<string, unknown>>;
  };
  const person = { tenant: 'tea', email: 'admin@tea.example', password: 'weft-demo' };
  const token = String((await ask('/v1/auth/login', undefined, person))['access_token']);
  const releases = (await ask('/v1/plugins', token))['items'] as { name: string; digest: string }[];
  const release = releases.find(({ name }) => name === 'fixed')?.digest;
  const settings = { attempts: 1, interval_ms: 100 };
  await ask('/v1/bindings/activate', token, { changes: [{ hook: 'retry', release, settings }] });
}

test('what does not arrive is seen, and sent again', async () => {
  await giveUpAtOnce();
  const person = await admin();
  const { page } = person;
  await go(page, 'targets', 'Targets');
  await page.getByText('No targets yet').waitFor();
  await page.getByRole('link', { name: 'Add a target' }).click();
  await page.getByLabel('Name').fill('crm');
  await page.getByLabel('URL').fill('ftp://crm.example');
  await page.getByLabel('conversation.opened').check();
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('alert').first().waitFor();
  await page.getByLabel('URL').fill(receiver.url);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('whsec_').waitFor();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('Arrived').waitFor();
  await person.picture('admin-target');

  receiver.status = 500;
  const visitor = await Visitor.arrive(browser, site);
  await visitor.openChat();
  await visitor.say('Is anybody there?');
  await go(page, 'dead-letters', 'Dead letters');
  await page.getByRole('link', { name: 'conversation.opened' }).click();
  await page.getByText('Attempt 1').waitFor();
  await page.getByText('no success in 1 attempts').first().waitFor();
  await person.picture('admin-delivery');

  receiver.status = 200;
  await go(page, 'dead-letters', 'Dead letters');
  await page.getByRole('button', { name: 'Send all of these again…' }).click();
  await page.getByRole('button', { name: 'Yes, at 50 a second' }).click();
  await page.getByText('All 1 have come due').waitFor();
  await page.getByText('No dead letters').waitFor();
  await go(page, 'deliveries?target=crm', 'Deliveries');
  await page.getByRole('cell', { name: 'Sent' }).first().waitFor();
  expect(new Set(receiver.ids.slice(1)).size).toBe(1);

  await go(page, 'decisions', 'Decisions');
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('Answer and fuel are the same').waitFor();
  await person.picture('admin-decision');
  expect(person.complaints).toEqual([]);
  await Promise.all([visitor, person].map(({ context }) => context.close()));
});

test('the retry lab draws a schedule', async () => {
  const person = await admin();
  const { page } = person;
  await go(page, 'retry-lab', 'Retry lab');
  await page.getByRole('img', { name: 'Attempts over time' }).waitFor();
  await page.getByLabel('How the other side behaves').fill('sideways 6h');
  await page.getByRole('button', { name: 'Simulate' }).click();
  await page.getByRole('alert').getByText('phase 1, at byte 0').waitFor();
  await page.getByLabel('How the other side behaves').fill('down 2h');
  await page.getByLabel('Rule').selectOption('fixed 1.0.0');
  await page.getByRole('spinbutton', { name: /^Attempts/ }).fill('5');
  await page.getByRole('spinbutton', { name: /^Interval/ }).fill('1800000');
  await page.getByRole('button', { name: 'Simulate' }).click();
  await page.getByText('fixed 1.0.0: 12 sent').waitFor();
  expect(person.complaints).toEqual([]);
  await person.context.close();
});

test.each(['light', 'dark'] as const)(
  'axe finds nothing serious in the administration in %s',
  async (colorScheme) => {
    const person = await admin({ colorScheme, reducedMotion: 'reduce' });
    const { page } = person;
    const pages: [path: string, heading: string][] = [
      ['plugins', 'Releases'],
      ['bindings', 'In force'],
      ['bindings/change?hook=retry', 'Change what is in force'],
      ['decisions', 'Decisions'],
      ['dry-run', 'Try it on history'],
      ['targets', 'Targets'],
      ['targets/new', 'New target'],
      ['deliveries', 'Deliveries'],
      ['dead-letters', 'Dead letters'],
      ['retry-lab', 'Retry lab'],
    ];
    for (const [path, heading] of pages) {
      await go(page, path, heading);
      if (path === 'retry-lab') await page.getByRole('img', { name: 'Attempts over time' }).waitFor();
      expect(await violations(page), path).toEqual([]);
      await person.picture(`admin-${path.replaceAll(/[^a-z]+/g, '-')}-${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 800 });
    for (const [path, heading] of pages) {
      await go(page, path, heading);
      await person.picture(`admin-narrow-${path.replaceAll(/[^a-z]+/g, '-')}-${colorScheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(390);
      const here = await page.locator('nav [aria-current]').boundingBox();
      expect((here?.x ?? 0) + (here?.width ?? Infinity), path).toBeLessThanOrEqual(390);
    }
    expect(await violations(page)).toEqual([]);
    expect(person.complaints).toEqual([]);
    await person.context.close();
  },
  240_000,
);

test('an agent has no administration', async () => {
  const { page, context } = await AgentAtDesk.signIn(browser, site);
  expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  await page.goto(`${site.origin}/console/#/admin/plugins`);
  await page.getByText('Connected').waitFor();
  expect(await page.getByRole('heading', { name: 'Releases' }).count()).toBe(0);
  await context.close();
});
