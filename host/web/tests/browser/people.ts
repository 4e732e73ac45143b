import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Site } from './site.ts';

const pictures = fileURLToPath(new URL('../../../../target/browser/', import.meta.url));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
}

/** A browser of one person. What the page's console complains about fails the test through `complaints`. */
export class Person {
  readonly complaints: string[] = [];

  protected constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // A request that fails while the cable is cut is reported by the browser itself: that is what the test is about.
      if (message.type() === 'error' && !/net::ERR_|WebSocket|Failed to load resource/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
  }

  protected static async newPage(
    browser: Browser,
    site: Site,
    options: BrowserContextOptions,
  ): Promise<[Page, BrowserContext]> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, locale: 'en-GB', ...options });
    await site.prepare(context);
    return [await context.newPage(), context];
  }

  /** Texts of the bubbles, top to bottom. */
  said(): Promise<string[]> {
    return this.page.locator('.bubble .text').allTextContents();
  }

  async sees(texts: string[]): Promise<void> {
    await expect.poll(() => this.said(), { timeout: 30_000, interval: 100 }).toEqual(texts);
  }

  async picture(name: string): Promise<void> {
    await mkdir(pictures, { recursive: true });
    await this.page.screenshot({ path: `${pictures}${name}.png` });
  }

  protected async write(label: string, text: string): Promise<void> {
    const box = this.page.getByLabel(label, { exact: true });
    await box.fill(text);
    await box.press('Enter');
  }
}

export class Visitor extends Person {
  static async arrive(browser: Browser, site: Site, options: BrowserContextOptions = {}, name = ''): Promise<Visitor> {
    const visitor = new Visitor(...(await Person.newPage(browser, site, options)));
    await visitor.goToShop(site, name);
    return visitor;
  }

  /** A visitor whose network lets no socket through. */
  static async arriveWithoutSockets(browser: Browser, site: Site): Promise<Visitor> {
    const visitor = new Visitor(...(await Person.newPage(browser, site, {})));
    await visitor.context.routeWebSocket(/\/v1\/socket/, (socket) => socket.close());
    await visitor.goToShop(site);
    return visitor;
  }

  private async goToShop(site: Site, name = ''): Promise<void> {
    await this.page.goto(`${site.origin}/demo/?channel=demo-tea&name=${encodeURIComponent(name)}`);
  }

  async openChat(): Promise<void> {
    await this.page.getByRole('button', { name: /^Open chat/ }).click();
  }

  say(text: string): Promise<void> {
    return this.write('Your message', text);
  }
}

export class AgentAtDesk extends Person {
  static async signIn(
    browser: Browser,
    site: Site,
    options: BrowserContextOptions = {},
    email = 'ana@tea.example',
  ): Promise<AgentAtDesk> {
    const agent = new AgentAtDesk(...(await Person.newPage(browser, site, options)));
    await agent.page.goto(`${site.origin}/console/?tenant=tea`);
    await agent.page.getByLabel('E-mail').fill(email);
    await agent.page.getByLabel('Password').fill('weft-demo');
    await agent.page.getByRole('button', { name: 'Sign in' }).click();
    await agent.page.getByText('Connected').waitFor();
    await agent.page.getByLabel('Your status').selectOption('online');
    return agent;
  }

  /** Takes the next conversation: accepts its offer, or has it already. */
  async take(): Promise<void> {
    const accept = this.page.getByRole('button', { name: 'Accept' });
    const reply = this.page.getByLabel('Your reply', { exact: true });
    await accept.or(reply).first().waitFor();
    if (await accept.isVisible()) await accept.click();
    await reply.waitFor();
  }

  say(text: string): Promise<void> {
    return this.write('Your reply', text);
  }

  async close(): Promise<void> {
    await this.page.getByRole('button', { name: 'Close chat' }).click();
  }
}
