import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { AgentAtDesk, launch, Visitor } from './people.ts';
import { openSite } from './site.ts';

const images = fileURLToPath(new URL('../../../../docs/images/', import.meta.url));

/** `WEFT_PICTURES=1` takes the pictures of the README anew. */
test.runIf(process.env['WEFT_PICTURES'])('pictures for the README', async () => {
  const [browser, site] = await Promise.all([launch(), openSite()]);
  const agent = await AgentAtDesk.signIn(browser, site, { viewport: { width: 1200, height: 720 } });
  const visitors = [];
  for (const [name, text] of [
    ['Jonas Weber', 'Is the jasmine back in stock?'],
    ['Mira Okafor', 'Hi! Does the cast iron kettle work on induction?'],
  ] as const) {
    const visitor = await Visitor.arrive(browser, site, { viewport: { width: 1100, height: 700 } }, name);
    await visitor.openChat();
    await visitor.say(text);
    await agent.page.getByRole('button', { name: 'Accept' }).click();
    await agent.sees([text]);
    visitors.push(visitor);
  }
  const mira = visitors[1];
  if (!mira) return;
  await agent.say('Hello Mira! It does: the base is flat steel, so induction is fine.');
  await mira.say('Great. And how long does it stay warm?');
  await agent.page.getByRole('button', { name: 'Note', exact: true }).click();
  await agent.page
    .getByLabel('Write a note that only the team sees…')
    .fill('Third order this month: add the oolong sample.');
  await agent.page.keyboard.press('Enter');
  await agent.say('About an hour with the lid on.');
  await agent.page.getByRole('button', { name: 'Why me?' }).click();
  await agent.page.getByText('Decided by').first().waitFor();
  await mira.page.getByText('About an hour').waitFor();
  await mira.page.getByLabel('Your message').pressSequentially('Perfect, I will take');
  await agent.page.locator('.draft q', { hasText: 'I will take' }).waitFor();
  await agent.page.mouse.move(0, 0);
  await agent.page.screenshot({ path: `${images}console.png` });
  await mira.page.screenshot({ path: `${images}widget.png` });
  await browser.close();
  await site.stop();
});
