import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentAtDesk, launch, Visitor } from './people.ts';
import { openSite, type Site } from './site.ts';

const CUT_MS = 10_000;
const WRITE_EVERY_MS = 1_000;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launch(), openSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

test.skipIf(process.env['WEFT_FAKE'])(
  'the cable is cut for 10 s while both write: afterwards both have everything once, in order',
  async () => {
    const agent = await AgentAtDesk.signIn(browser, site);
    const visitor = await Visitor.arrive(browser, site);
    await visitor.openChat();
    await visitor.say('before');
    await agent.take();
    await agent.sees(['before']);

    site.cable?.cut();
    const ends = Date.now() + CUT_MS;
    const written: string[] = ['before'];
    for (let i = 1; Date.now() < ends; i++) {
      await visitor.say(`visitor ${i}`);
      await agent.say(`agent ${i}`);
      written.push(`visitor ${i}`, `agent ${i}`);
      if (i === 3) {
        await visitor.page
          .getByText(/Connection lost|Connecting/)
          .first()
          .waitFor();
        expect(await visitor.page.getByRole('img', { name: 'Waiting to be sent' }).count()).toBe(3);
        await visitor.picture('cut-widget');
        await agent.picture('cut-console');
      }
      // waits: people pause between lines.
      await new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS));
    }
    site.cable?.mend();

    const all = [...written].sort();
    await expect.poll(async () => (await visitor.said()).sort(), { timeout: 40_000 }).toEqual(all);
    await expect.poll(async () => (await agent.said()).sort(), { timeout: 40_000 }).toEqual(all);
    await expect.poll(() => visitor.page.getByRole('img', { name: 'Waiting to be sent' }).count()).toBe(0);
    await expect.poll(() => agent.page.getByRole('img', { name: 'Waiting to be sent' }).count()).toBe(0);
    const order = await visitor.said();
    expect(await agent.said()).toEqual(order);
    for (const who of ['visitor', 'agent']) {
      const own = (texts: string[]): string[] => texts.filter((text) => text.startsWith(who));
      expect(own(order)).toEqual(own(written));
    }
    expect([...visitor.complaints, ...agent.complaints]).toEqual([]);
  },
);
