import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { select } from '../parts.ts';
import type { AdminWords } from '../words/index.ts';

export const STATES = ['due', 'sent', 'dead', 'dropped'] as const;

/** Which notifications are looked at. Times are as `datetime-local` gives them: minutes, in local time. */
export interface Filter {
  state: string;
  target: string;
  cause: string;
  from: string;
  until: string;
}

export function filterOf(query: URLSearchParams): Filter {
  const of = (name: string): string => query.get(name) ?? '';
  return { state: of('state'), target: of('target'), cause: of('cause'), from: of('from'), until: of('until') };
}

/** As REST takes it: without what is not asked for. */
export function fields(filter: Filter): Record<string, string> {
  const at = (local: string): string => (local ? new Date(local).toISOString() : '');
  const all = {
    ...filter,
    target: filter.target.trim(),
    cause: filter.cause.trim(),
    from: at(filter.from),
    until: at(filter.until),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** The form; `dead` has causes instead of states. */
export function filterForm(
  filter: Filter,
  dead: boolean,
  words: AdminWords,
  changed: (to: Filter) => void,
): TemplateResult {
  const { notifications: say } = words;
  const input = (name: keyof Filter, label: string, type: string): TemplateResult =>
    html`<label class="field"
      ><span class="name">${label}</span
      ><input
        type=${type}
        name=${name}
        .value=${live(filter[name])}
        @change=${(event: Event) => changed({ ...filter, [name]: (event.target as HTMLInputElement).value })}
    /></label>`;
  const states = STATES.map((it): [string, string] => [it, say.states[it]]);
  return html`<div class="filters" role="search">
    ${
      dead
        ? nothing
        : html`<label class="field"
            ><span class="name">${say.state}</span>${select(
              'state',
              filter.state,
              [['', say.anyState], ...states],
              (state) => changed({ ...filter, state }),
            )}</label
          >`
    }
    ${input('target', say.target, 'search')} ${dead ? input('cause', say.cause, 'search') : nothing}
    ${input('from', say.from, 'datetime-local')} ${input('until', say.until, 'datetime-local')}
  </div>`;
}
