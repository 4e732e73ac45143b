import { html, type TemplateResult } from 'lit';
import { Page, type Context } from '../page.ts';
import { badge, facts, link, short, table, when, type Tone } from '../parts.ts';
import type { Activated, NodeState } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';
import { TONES } from './bindings.ts';

const EVERY_MS = 1000;
const NODES: Record<NodeState['state'], Tone> = { waiting: 'warn', prepared: 'good', refused: 'bad', fenced: 'bad' };

/** One set of bindings, and what each node has to do with it. */
export class ActivationPage extends Page {
  private activation: Activated | undefined;

  constructor(
    at: Context,
    private readonly epoch: string,
  ) {
    super(at);
  }

  get title(): string {
    return this.at.words.plugins.activation(this.epoch);
  }

  override async enter(): Promise<void> {
    await super.enter();
    this.keepLoading(EVERY_MS);
  }

  protected async load(): Promise<void> {
    this.activation = await this.at.rest.get<Activated>(`/v1/activations/${this.epoch}`);
  }

  render(): TemplateResult {
    const { plugins: words } = this.at.words;
    return html`${this.activation ? nodeStates(this.activation, this.at.words) : ''}
      <p>${link('bindings', words.toBindings)}</p>`;
  }
}

/** How far an activation is, node by node. */
export function nodeStates(it: Activated, all: AdminWords): TemplateResult {
  const { plugins: words } = all;
  return html`<section class="card" aria-live="polite">
    <h2>${words.activation(String(it.epoch))} ${badge(TONES[it.state], words.states[it.state])}</h2>
    <p class=${it.state === 'aborted' ? 'caution' : 'muted'}>${it.reason ?? words.stateHints[it.state]}</p>
    ${facts([
      [words.staged, when(it.staged_at, all)],
      [words.activated, it.activated_at ? when(it.activated_at, all) : undefined],
    ])}
    ${table<NodeState>(
      words.nodes,
      [
        { name: words.node, cell: (node) => node.name ?? node.node },
        { name: words.state, cell: (node) => badge(NODES[node.state], words.nodeStates[node.state]) },
        { name: words.fuelMost, cell: (node) => node.fuel?.toLocaleString(all.locale) ?? '', figure: true },
        { name: words.proof, cell: (node) => (node.proof ? short(node.proof) : '') },
        { name: words.reason, cell: (node) => node.error ?? '' },
        { name: words.since, cell: (node) => when(node.at, all) },
      ],
      it.nodes,
    )}
  </section>`;
}
