import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('a visitor and an agent talk in both directions, over reloads, until the chat is rated', async () => {
  const agent = await AgentAtDesk.signIn(browser, site);
  const visitor = await Visitor.arrive(browser, site);
  await visitor.openChat();
  await visitor.say('Does the kettle work on induction?');
  await agent.take();
  await agent.say('It does: the base is flat steel.');
  const both = ['Does the kettle work on induction?', 'It does: the base is flat steel.'];
  await visitor.sees(both);
  await agent.sees(both);
  await visitor.page.getByText('Ana').first().waitFor();
  await agent.page.getByRole('img', { name: 'Read' }).waitFor(); // the visitor looks at it: read, not only delivered

  await agent.page.getByLabel('Your reply').pressSequentially('And it');
  await visitor.page.getByText('is typing').waitFor();
  await visitor.page.getByLabel('Your message').pressSequentially('How heavy');
  await agent.page.locator('.draft q', { hasText: 'How heavy' }).waitFor();
  await agent.picture('talk-console');
  await visitor.picture('talk-widget');

  await visitor.page.reload();
  await agent.page.reload();
  await visitor.openChat();
  await visitor.sees(both);
  await visitor.say('How heavy is it?');
  await agent.take();
  await agent.sees([...both, 'How heavy is it?']);
  await agent.say('2.1 kg.');
  await visitor.sees([...both, 'How heavy is it?', '2.1 kg.']);
  await agent.sees([...both, 'How heavy is it?', '2.1 kg.']);

  await agent.page.getByLabel('Your status').selectOption('away');
  await visitor.page.getByText('Away for a moment').waitFor();
  await agent.page.getByLabel('Your status').selectOption('online');
  await visitor.page.getByText('Here for you').waitFor();

  await agent.page.getByRole('button', { name: 'Note', exact: true }).click();
  await agent.page.getByLabel('Write a note that only the team sees…').fill('Wants a light one');
  await agent.page.keyboard.press('Enter');
  await agent.page.getByText('Note, only for the team').waitFor();

  await agent.page.getByRole('button', { name: 'Why me?' }).click();
  await agent.page.getByText('Decided by').first().waitFor();
  await agent.picture('why');

  await agent.close();
  await visitor.page.getByRole('button', { name: '5 of 5' }).click();
  await visitor.page.getByText('Thank you for your rating!').waitFor();
  expect(await visitor.said()).not.toContain('Wants a light one');
  await visitor.page.getByRole('button', { name: 'Start a new chat' }).click();
  await visitor.sees([]);
  expect([...visitor.complaints, ...agent.complaints]).toEqual([]);
  await visitor.context.close();
  await agent.context.close();
});

test('a message that comes while the panel is shut is counted on the button', async () => {
  const agent = await AgentAtDesk.signIn(browser, site);
  const visitor = await Visitor.arrive(browser, site);
  await visitor.openChat();
  await visitor.say('Call me when you are there');
  await agent.take();
  await visitor.page.keyboard.press('Escape');
  await agent.say('Here I am');
  await visitor.page.getByRole('button', { name: 'Open chat, 1 unread' }).waitFor();
  await visitor.openChat();
  await visitor.sees(['Call me when you are there', 'Here I am']);
  await agent.close();
  await visitor.page.getByText('This chat has ended.').waitFor();
  await visitor.context.close();
  await agent.context.close();
});

test.skipIf(process.env['WEFT_FAKE'])('a network that lets no socket through is no obstacle', async () => {
  const agent = await AgentAtDesk.signIn(browser, site);
  const visitor = await Visitor.arriveWithoutSockets(browser, site);
  await visitor.openChat();
  await visitor.say('Can you hear me?');
  await agent.take();
  await agent.say('Loud and clear');
  await visitor.say('Good');
  await visitor.sees(['Can you hear me?', 'Loud and clear', 'Good']);
  await agent.sees(['Can you hear me?', 'Loud and clear', 'Good']);
  await agent.close();
  await visitor.page.getByText('This chat has ended.').waitFor();
  expect(visitor.complaints).toEqual([]);
  await visitor.context.close();
  await agent.context.close();
});

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  'javascript:alert(1)',
  '${alert(1)}{{alert(1)}}',
  '<style>*{display:none}</style>',
  '</textarea><iframe srcdoc="<script>alert(1)</script>">',
  '\u202Egnp.exe',
];

test('what people write is only ever text', async () => {
  const agent = await AgentAtDesk.signIn(browser, site);
  const visitor = await Visitor.arrive(browser, site);
  const dialogs: string[] = [];
  for (const { page } of [agent, visitor]) page.on('dialog', (dialog) => dialogs.push(dialog.message()));
  await visitor.openChat();
  for (const text of HOSTILE) await visitor.say(text);
  await agent.take();
  await agent.sees(HOSTILE);
  for (const text of HOSTILE) await agent.say(text);
  await visitor.sees([...HOSTILE, ...HOSTILE]);
  for (const { page } of [agent, visitor]) {
    expect(await page.locator('.bubble .text *').count()).toBe(0);
  }
  expect(dialogs).toEqual([]);
  await agent.close();
  await visitor.context.close();
  await agent.context.close();
});

test.skipIf(process.env['WEFT_FAKE'])(
  'an agent who is away pulls the next from the backlog, in the visitor’s language',
  async () => {
    const agent = await AgentAtDesk.signIn(browser, site);
    await agent.page.getByLabel('Your status').selectOption('away');
    const visitor = await Visitor.arrive(browser, site, { locale: 'zh-CN' });
    await visitor.page.getByRole('button', { name: '打开对话' }).click();
    await visitor.page.getByLabel('您的消息').fill('你好');
    await visitor.page.keyboard.press('Enter');
    await visitor.page.getByText('下一位就是您').waitFor();
    await agent.page.getByRole('button', { name: /^Take/ }).click();
    await agent.sees(['你好']);
    await agent.say('您好！');
    await visitor.sees(['你好', '您好！']);
    await visitor.picture('widget-chinese');
    await agent.close();
    await visitor.page.getByRole('button', { name: '开始新会话' }).waitFor();
    await visitor.context.close();
    await agent.context.close();
  },
);
