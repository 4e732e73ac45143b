import type { Command, Connect, TransportHandlers } from '@weft/client';
import type { FakeNode } from './node.ts';

const LOST = 1006;

/** A line to a fake node that tests can cut. Frames arrive on a later microtask, as they do from a socket. */
export class Line {
  up = true;
  attempts = 0;
  private readonly open = new Set<() => void>();

  constructor(
    private readonly node: FakeNode,
    readonly kind: 'socket' | 'rest' = 'socket',
  ) {}

  readonly connect: Connect = (hello, handlers) => {
    this.attempts += 1;
    let over = false;
    const end = (code: number): void => {
      if (over) return;
      over = true;
      this.open.delete(cut);
      if (live) this.node.disconnect(live);
      handlers.closed(code, 'line');
    };
    const cut = (): void => end(LOST);
    const later: TransportHandlers['event'] = (event) => queueMicrotask(() => !over && handlers.event(event));
    const live = this.up ? this.node.connect(hello, later) : undefined;
    this.open.add(cut);
    if (!live) queueMicrotask(cut);
    return {
      kind: this.kind,
      send: (command) => {
        if (live && !over) this.node.handle(live, command as Command & { id: string });
      },
      close: cut,
    };
  };

  cut(): void {
    this.up = false;
    [...this.open].forEach((cut) => cut());
  }
}
