import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Api } from '@weft/client';
import { tokens } from '../../shared/tokens.ts';
import { pick } from '../../shared/words.ts';
import type { Auth } from '../auth.ts';
import type { Myself } from '../desk.ts';
import { controls } from '../styles/controls.ts';
import type { Context, Page } from './page.ts';
import { failureBox, loading } from './parts.ts';
import { Rest } from './rest.ts';
import { SECTIONS, open, parse, type Route } from './routes.ts';
import { styles } from './styles/index.ts';
import { words as allWords } from './words/index.ts';

/** The administration of a tenant: one page at a time, which the address names. Loaded when somebody goes there. */
export class WeftAdmin extends LitElement {
  static override styles = [tokens, controls, ...styles];
  static override properties = { api: { attribute: false }, auth: { attribute: false }, me: { attribute: false } };

  declare api: Api;
  declare auth: Auth;
  declare me: Myself;

  private readonly words = pick(navigator.language, allWords);
  private page: Page | undefined;
  private route: Route | undefined;
  /** A page came. */
  private entered = false;
  /** Somebody went there. */
  private followed = false;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.follow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.follow);
    this.page?.leave();
  }

  protected override firstUpdated(): void {
    this.follow();
  }

  protected override updated(_changed: PropertyValues): void {
    if (!this.entered) return;
    this.entered = false;
    if (this.followed) this.renderRoot.querySelector('h1')?.focus(); // who listens hears which page came
    // On a phone the sections are wider than the screen.
    this.renderRoot.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  private readonly follow = (event?: Event): void => {
    const route = parse(location.hash);
    if (!route) return;
    if (!route.path.length) {
      const first = SECTIONS.find(({ adminOnly }) => !adminOnly || this.me.role === 'admin');
      location.replace(`#/admin/${first?.name ?? ''}`);
      return;
    }
    this.page?.leave();
    this.route = route;
    const page = open(route, this.context());
    this.page = page;
    this.entered = true;
    this.followed = event !== undefined;
    this.requestUpdate();
    void page.enter();
  };

  private context(): Context {
    return {
      rest: new Rest(this.api, this.auth),
      words: this.words,
      admin: this.me.role === 'admin',
      changed: () => this.requestUpdate(),
      go: (path) => location.assign(`#/admin/${path}`),
    };
  }

  protected override render(): TemplateResult {
    const { page, words } = this;
    return html`<div class="admin">
      <nav aria-label=${words.administration}>${this.sections('plugins')}${this.sections('notifications')}</nav>
      <main>
        <h1 tabindex="-1">${page?.title ?? words.administration}</h1>
        ${page ? this.body(page) : loading(words)}
      </main>
    </div>`;
  }

  private body(page: Page): TemplateResult {
    if (page.loaded) return page.render();
    if (!page.failed) return loading(this.words);
    return html`${failureBox(page.failed)}
      <button class="small" @click=${() => void page.enter()}>${this.words.again}</button>`;
  }

  private sections(group: 'plugins' | 'notifications'): TemplateResult | typeof nothing {
    const shown = SECTIONS.filter((it) => it.group === group && (!it.adminOnly || this.me.role === 'admin'));
    if (!shown.length) return nothing;
    return html`<h2>${this.words.groups[group]}</h2>
      <ul>
        ${shown.map(
          ({ name }) =>
            html`<li>
              <a href="#/admin/${name}" aria-current=${this.route?.section === name ? 'page' : nothing}
                >${this.words.sections[name]}</a
              >
            </li>`,
        )}
      </ul>`;
  }
}

customElements.define('weft-admin', WeftAdmin);
