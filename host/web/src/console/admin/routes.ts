import { NotHere } from './not-here.ts';
import { DeadLettersPage, DeliveriesPage } from './notifications/deliveries.ts';
import { DeliveryPage } from './notifications/delivery.ts';
import { LabPage } from './notifications/lab.ts';
import { TargetPage } from './notifications/target.ts';
import { TargetsPage } from './notifications/targets.ts';
import type { Context, Page } from './page.ts';
import { ActivationPage } from './plugins/activation.ts';
import { BindingsPage } from './plugins/bindings.ts';
import { ChangePage } from './plugins/change.ts';
import { ComparePage } from './plugins/compare.ts';
import { DecisionPage, DecisionsPage } from './plugins/decisions.ts';
import { DryRunPage } from './plugins/dry-run.ts';
import { ReleasePage } from './plugins/release.ts';
import { ReleasesPage } from './plugins/releases.ts';

/** What the navigation lists. A supervisor sees what is not for admins alone. */
export const SECTIONS = [
  { group: 'plugins', name: 'plugins', adminOnly: true },
  { group: 'plugins', name: 'bindings', adminOnly: true },
  { group: 'plugins', name: 'decisions', adminOnly: false },
  { group: 'plugins', name: 'dry-run', adminOnly: true },
  { group: 'notifications', name: 'targets', adminOnly: true },
  { group: 'notifications', name: 'deliveries', adminOnly: false },
  { group: 'notifications', name: 'dead-letters', adminOnly: false },
  { group: 'notifications', name: 'retry-lab', adminOnly: true },
] as const;

/** Which section a page belongs to, when it is not called like it. */
const UNDER: Record<string, string> = { activations: 'bindings' };

export interface Route {
  section: string;
  path: string[];
  query: URLSearchParams;
}

/** `#/admin/plugins/DIGEST?x=y`; nothing when the address is not one of the administration. */
export function parse(hash: string): Route | undefined {
  const found = /^#\/admin(?:\/([^?]*))?(?:\?(.*))?$/.exec(hash);
  if (!found) return undefined;
  const path = (found[1] ?? '').split('/').filter(Boolean).map(decoded);
  const first = path[0] ?? '';
  return { section: UNDER[first] ?? first, path, query: new URLSearchParams(found[2] ?? '') };
}

export function open({ path: [name, one, word, other], query }: Route, at: Context): Page {
  if (SECTIONS.some((it) => it.name === (UNDER[name ?? ''] ?? name) && it.adminOnly) && !at.admin)
    return new NotHere(at);
  switch (name) {
    case 'plugins':
      if (one && word === 'compare' && other) return new ComparePage(at, [one, other]);
      return one ? new ReleasePage(at, one) : new ReleasesPage(at);
    case 'bindings':
      return one === 'change' ? new ChangePage(at, query) : new BindingsPage(at);
    case 'activations':
      return one ? new ActivationPage(at, one) : new BindingsPage(at);
    case 'decisions':
      return one ? new DecisionPage(at, one) : new DecisionsPage(at);
    case 'dry-run':
      return new DryRunPage(at, query);
    case 'targets':
      return one ? new TargetPage(at, one) : new TargetsPage(at);
    case 'deliveries':
      return one ? new DeliveryPage(at, one) : new DeliveriesPage(at, query);
    case 'dead-letters':
      return new DeadLettersPage(at, query);
    case 'retry-lab':
      return new LabPage(at);
    default:
      return new NotHere(at);
  }
}

/** Of a mistyped address that no percent sign fits into, as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
