import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { AgentAtDesk, launch, Visitor } from './people.ts';
import { openSite, type Site } from './site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launch(), openSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

test.each(['light', 'dark'] as const)('axe finds nothing serious in %s', async (colorScheme) => {
  const stranger = await Visitor.arrive(browser, site, { colorScheme });
  await stranger.page.goto(`${site.origin}/console/`);
  expect(await violations(stranger.page)).toEqual([]);
  await stranger.page.goto(`${site.origin}/`);
  expect(await violations(stranger.page)).toEqual([]);
  await stranger.picture(`landing-${colorScheme}`);

  const agent = await AgentAtDesk.signIn(browser, site, { colorScheme, reducedMotion: 'reduce' });
  const visitor = await Visitor.arrive(browser, site, { colorScheme, reducedMotion: 'reduce' });
  expect(await violations(visitor.page)).toEqual([]);
  expect(await violations(agent.page)).toEqual([]);
  await visitor.openChat();
  await visitor.say('Hello');
  await agent.take();
  await agent.say('Good morning');
  await agent.page.getByRole('button', { name: 'Note', exact: true }).click();
  await agent.page.getByLabel('Write a note that only the team sees…').fill('A note');
  await agent.page.keyboard.press('Enter');
  await agent.page.getByRole('button', { name: 'Why me?' }).click();
  await visitor.sees(['Hello', 'Good morning']);
  await agent.sees(['Hello', 'Good morning', 'A note']);
  expect(await violations(visitor.page)).toEqual([]);
  expect(await violations(agent.page)).toEqual([]);
  await visitor.picture(`widget-${colorScheme}`);
  await agent.picture(`console-${colorScheme}`);
  await agent.page.setViewportSize({ width: 390, height: 800 });
  await agent.page.getByRole('button', { name: 'Close the explanation' }).click();
  await agent.picture(`console-narrow-${colorScheme}`);
  await agent.close();
  await visitor.page.getByRole('button', { name: 'Start a new chat' }).waitFor();
  expect(await violations(visitor.page)).toEqual([]);
  await Promise.all([stranger, visitor, agent].map((person) => person.context.close()));
});

test('everything can be done with the keyboard alone', async () => {
  const agent = await AgentAtDesk.signIn(browser, site);
  const visitor = await Visitor.arrive(browser, site);
  await reach(visitor.page, 'Open chat');
  await visitor.page.keyboard.press('Enter');
  await focused(visitor.page, 'Your message'); // opening moves the focus to where one writes
  await visitor.page.keyboard.type('No mouse here');
  await visitor.page.keyboard.press('Enter');

  const accept = agent.page.getByRole('button', { name: 'Accept' });
  await accept
    .or(agent.page.getByLabel('Your reply', { exact: true }))
    .first()
    .waitFor();
  if (await accept.isVisible()) {
    await reach(agent.page, 'Accept');
    await agent.page.keyboard.press('Enter');
  }
  await agent.page.getByLabel('Your reply', { exact: true }).waitFor();
  await focused(agent.page, 'Your reply');
  await agent.page.keyboard.type('Nor here');
  await agent.page.keyboard.press('Enter');
  await visitor.sees(['No mouse here', 'Nor here']);

  await visitor.page.keyboard.press('Escape');
  await focused(visitor.page, 'Open chat'); // closing gives the focus back
  await reach(agent.page, 'Close chat');
  await agent.page.keyboard.press('Space');
  await agent.page.getByText('This chat is closed.').waitFor();
  await Promise.all([visitor, agent].map((person) => person.context.close()));
});

const MOST_TABS = 40;

/** The accessible name of what has the focus, looking into shadow roots. */
function focusName(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });
}

async function reach(page: Page, name: string): Promise<void> {
  for (let i = 0; i < MOST_TABS; i++) {
    if ((await focusName(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`"${name}" is not reached with the Tab key`);
}

async function focused(page: Page, name: string): Promise<void> {
  await expect.poll(() => focusName(page)).toBe(name);
}
