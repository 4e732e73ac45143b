import { html, nothing, type TemplateResult } from 'lit';
import type { Binding, Change, Plan, Release } from '../wire.ts';
import type { AdminWords } from '../words/index.ts';

/** What a change would do, and why it would not work. */
export function planned(
  plan: Plan,
  change: Change,
  releases: Release[],
  { plugins: words }: AdminWords,
): TemplateResult {
  const here = (it: Binding): boolean =>
    it.hook === change.hook && it.team === change.team && it.channel === change.channel;
  const named = (it: Binding | undefined): string => {
    const release = releases.find(({ digest }) => digest === it?.release);
    if (!it) return words.builtIn[change.hook];
    return release ? `${release.name} ${release.version}` : it.release.slice(0, 12);
  };
  const [before, after] = [plan.before.find(here), plan.after.find(here)];
  const kept = plan.after.filter((it) => !here(it)).length;
  return html`<section class="plan" role="status">
    <h3>${plan.problems.length ? words.planBad : words.planGood}</h3>
    <p><del>${named(before)}</del> → <ins>${named(after)}</ins></p>
    ${settings(before?.settings, after?.settings, words.settings)}
    <p class="muted">${words.epochNow(plan.epoch)} · ${words.kept(kept)}</p>
    ${
      plan.problems.length
        ? html`<ul class="problems">
            ${plan.problems.map(
              (it) =>
                html`<li>
                  <code>${it.code}</code> ${it.message}
                  ${
                    it.errors?.length
                      ? html`<ul>
                          ${it.errors.map(([pointer, detail]) => html`<li><code>${pointer || '/'}</code> ${detail}</li>`)}
                        </ul>`
                      : nothing
                  }
                </li>`,
            )}
          </ul>`
        : nothing
    }
  </section>`;
}

function settings(before: unknown, after: unknown, title: string): TemplateResult | typeof nothing {
  const [was, is] = [before, after].map((it) => JSON.stringify(it ?? {}));
  if (was === is) return nothing;
  return html`<p>
    ${title}: <del><code>${was}</code></del> → <ins><code>${is}</code></ins>
  </p>`;
}
