import { LitElement, html, nothing, type TemplateResult } from 'lit';
import { Api, Problem, pageStorage, type WireEvent } from '@weft/client';
import { avatarStyles } from '../shared/avatar.ts';
import { bubbleStyles } from '../shared/bubbles.ts';
import { tokens } from '../shared/tokens.ts';
import { pick } from '../shared/words.ts';
import { Alerts } from './alerts.ts';
import { Auth } from './auth.ts';
import { chatPane } from './chat-pane.ts';
import { conversationList } from './conversation-list.ts';
import { decisionPanel, type Why } from './decision-panel.ts';
import { Desk, type Myself } from './desk.ts';
import { offerTray } from './offer-tray.ts';
import { signInPage, type SignInForm } from './sign-in.ts';
import { styles } from './styles/index.ts';
import { ADMINISTRATION, mayAdminister, topBar } from './top-bar.ts';
import { words as allWords } from './words.ts';

const TICK_MS = 1000;
const WAITING_EVERY_MS = 10_000;
const NEAR_END = 80;
/** `?tenant=…&email=…` fill the sign-in form. */
const asked = new URLSearchParams(location.search);

/** The agent console: sign-in, then the desk. */
export class WeftConsole extends LitElement {
  static override styles = [tokens, avatarStyles, bubbleStyles, styles];

  private readonly words = pick(navigator.language, allWords);
  private readonly api = new Api(location.origin);
  private readonly auth = new Auth(this.api, pageStorage());
  private readonly alerts = new Alerts();
  private desk: Desk | undefined;
  private form: SignInForm = {
    busy: false,
    problem: undefined,
    tenant: asked.get('tenant') ?? '',
    email: asked.get('email') ?? '',
  };
  private drafts = new Map<string, string>();
  private note = false;
  private why: Why | undefined;
  private atEnd = true;
  private administering = false;
  private shownConversation: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = this.words.locale;
    document.title = this.words.product;
    setInterval(() => this.requestUpdate(), TICK_MS);
    setInterval(() => this.desk?.connection.kind === 'online' && void this.desk.loadWaiting(), WAITING_EVERY_MS);
    addEventListener('hashchange', () => this.follow());
    addEventListener('online', () => this.desk?.nudge());
    addEventListener('offline', () => this.desk?.nudge());
    document.addEventListener('visibilitychange', () => {
      this.desk?.looked();
      if (!document.hidden) this.desk?.nudge();
    });
    if (this.auth.signedIn) void this.enter(false);
  }

  protected override render(): TemplateResult {
    const { desk, words } = this;
    if (!desk) return signInPage(this.form, words, (...entered) => void this.signIn(...entered));
    const selected = desk.selected;
    return html`<div class="desk ${selected ? 'chatting' : ''} ${this.why && selected ? 'explaining' : ''}">
      ${topBar(
        desk,
        words,
        { alerts: this.alerts.enabled, administering: this.administering },
        {
          alerts: () => void this.alerts.toggle().then(() => this.requestUpdate()),
          signOut: () => void this.signOut(),
        },
      )}
      ${offerTray(desk, words)} ${desk.notice ? html`<p class="notice" role="alert">${desk.notice}</p>` : nothing}
      ${
        this.administering
          ? html`<weft-admin .api=${this.api} .auth=${this.auth} .me=${desk.me}></weft-admin>`
          : this.columns(desk)
      }
    </div>`;
  }

  private columns(desk: Desk): TemplateResult {
    const { words } = this;
    return html`<div class="columns">
      ${conversationList(desk, words)}
      ${chatPane(desk, { text: this.draft, note: this.note, why: this.why !== undefined }, words, {
        input: (text) => this.input(text),
        note: (note) => this.setNote(note),
        send: () => this.send(),
        why: () => void this.explain(),
        scrolled: this.scrolled,
      })}
      ${this.why && desk.selected ? decisionPanel(this.why, words, () => void this.explain()) : nothing}
    </div>`;
  }

  /** To the administration or back, as the address says. Its code comes when somebody who may goes there. */
  private follow(): void {
    const wanted = location.hash.startsWith(ADMINISTRATION) && this.desk !== undefined && mayAdminister(this.desk.me);
    if (wanted) void import('./admin/admin.ts');
    this.administering = wanted;
    this.requestUpdate();
  }

  protected override updated(): void {
    const log = this.renderRoot.querySelector('.log');
    const current = this.desk?.current?.id;
    if (current !== this.shownConversation) {
      this.shownConversation = current;
      this.atEnd = true;
      this.note = false;
      this.why = undefined;
      this.requestUpdate();
      this.renderRoot.querySelector('textarea')?.focus();
    }
    if (log && this.atEnd) log.scrollTop = log.scrollHeight;
  }

  private get draft(): string {
    return this.drafts.get(this.desk?.selected ?? '') ?? '';
  }

  private async signIn(tenant: string, email: string, password: string): Promise<void> {
    this.form = { busy: true, problem: undefined, tenant, email };
    this.requestUpdate();
    try {
      await this.auth.signIn(tenant, email, password);
      await this.enter(true);
      this.form = { busy: false, problem: undefined, tenant, email };
    } catch (cause) {
      this.form = { busy: false, problem: this.problem(cause), tenant, email };
    }
    this.requestUpdate();
  }

  private problem(cause: unknown): string {
    if (!(cause instanceof Problem) || cause.status >= 500) return this.words.unreachable;
    return cause.status === 401 || cause.status === 404 ? this.words.wrong : cause.message;
  }

  /** Opens the desk with the tokens at hand. Without a node it tries again; with refused tokens it asks to sign in. */
  private async enter(arriving: boolean): Promise<void> {
    try {
      const me = await this.api.get<Myself>('/v1/me', { token: await this.auth.token() });
      const desk = new Desk(this.api, this.auth, pageStorage(), me);
      desk.addEventListener('change', () => this.changed(desk));
      desk.addEventListener('arrival', (event) =>
        this.alerts.show((event as CustomEvent<WireEvent>).detail, this.words),
      );
      // Whoever takes a conversation wants to see it.
      desk.addEventListener('taken', () => this.administering && location.assign('#/'));
      this.desk = desk;
      this.follow();
      desk.start(arriving);
      void desk.loadWaiting();
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.status >= 500) {
        this.form = { ...this.form, problem: this.words.unreachable };
        setTimeout(() => void this.enter(arriving), WAITING_EVERY_MS);
      } else {
        this.auth.forget();
      }
    }
    this.requestUpdate();
  }

  private changed(desk: Desk): void {
    if (desk.connection.kind === 'stopped' && desk.connection.reason === 'signed_out' && this.desk === desk) {
      this.auth.forget();
      this.desk = undefined;
    }
    const unread = this.desk?.list.reduce((sum, it) => sum + desk.unread(it), 0) ?? 0;
    document.title = unread ? `(${unread}) ${this.words.product}` : this.words.product;
    this.requestUpdate();
  }

  private async signOut(): Promise<void> {
    this.desk?.stop();
    this.desk = undefined;
    await this.auth.signOut();
    this.requestUpdate();
  }

  private input(text: string): void {
    const id = this.desk?.selected;
    if (!id) return;
    this.drafts.set(id, text);
    if (!this.note) this.desk?.draft.input(id, text);
    this.requestUpdate();
  }

  private setNote(note: boolean): void {
    this.note = note;
    this.renderRoot.querySelector('textarea')?.focus();
    this.requestUpdate();
  }

  private send(): void {
    const text = this.draft.trim();
    const id = this.desk?.selected;
    if (!text || !id || !this.desk?.say(text, this.note)) return;
    this.drafts.delete(id);
    this.note = false;
    this.atEnd = true;
    this.requestUpdate();
  }

  private async explain(): Promise<void> {
    const id = this.desk?.selected;
    if (this.why || !id) {
      this.why = undefined;
      this.requestUpdate();
      return;
    }
    this.why = { state: 'loading' };
    this.requestUpdate();
    try {
      this.why = { state: 'known', decisions: (await this.desk?.decisions(id)) ?? [] };
    } catch {
      this.why = { state: 'failed' };
    }
    this.requestUpdate();
  }

  private readonly scrolled = (event: Event): void => {
    const log = event.currentTarget as HTMLElement;
    this.atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  };
}

customElements.define('weft-console', WeftConsole);
