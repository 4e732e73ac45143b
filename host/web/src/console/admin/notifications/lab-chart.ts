import { html, svg, type TemplateResult } from 'lit';
import { span } from '../parts.ts';
import type { AdminWords } from '../words/index.ts';
import { marks, type Course, type Simulation } from './simulation.ts';

/** In the units of the drawing. */
const WIDTH = 800;
const LEFT = 36;
const ROW = 18;
const ROWS_MOST = 50;
/** Of attempts that end it, against those that go on. */
const [LAST, PASSING] = [5, 4];

/** Every attempt at its time, one notification a row, over how the other side behaved. */
export function labChart(it: Simulation, { lab: words, notifications }: AdminWords): TemplateResult {
  const rows = it.courses.slice(0, ROWS_MOST);
  const bottom = ROW * (rows.length + 1);
  const x = (ms: number): number => LEFT + (ms / it.length_ms) * WIDTH;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH + 2 * LEFT} ${bottom + 24}" role="img" aria-label=${words.chart}>
    ${it.spans.map(
      (phase) => svg`<rect class="phase ${phase.behaviour.split(' ').at(-1) ?? ''}" x=${x(phase.begin_ms)} y="4"
        width=${Math.max(1, x(phase.end_ms) - x(phase.begin_ms))} height=${bottom - 4}>
        <title>${phase.behaviour}: ${span(phase.begin_ms)} – ${span(phase.end_ms)}</title></rect>`,
    )}
    ${marks(it.length_ms).map(
      (ms) => svg`<line class="mark" x1=${x(ms)} y1="4" x2=${x(ms)} y2=${bottom}></line>
        <text x=${x(ms)} y=${bottom + 16} text-anchor="middle">${span(ms)}</text>`,
    )}
    ${rows.map((course, n) => row(course, n))}
  </svg>`;

  function row(course: Course, n: number): TemplateResult {
    const y = ROW * (n + 1) - 2;
    const last = course.steps.at(-1);
    return svg`<line class="course" x1=${x(course.made_ms)} y1=${y} x2=${x(last?.at_ms ?? course.made_ms)} y2=${y}></line>
      ${course.steps.map((step) => {
        const kind = step === last ? course.end : 'again';
        const what = step.fault
          ? `${notifications.faults[step.fault] ?? step.fault} ${step.status || ''}`
          : words.ends.sent;
        return svg`<circle class="step ${kind}" cx=${x(step.at_ms)} cy=${y} r=${step === last ? LAST : PASSING}>
          <title>${words.row(n + 1)}, ${span(step.at_ms)}: ${what}</title></circle>`;
      })}` as TemplateResult;
  }
}
