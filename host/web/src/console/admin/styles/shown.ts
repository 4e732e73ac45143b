import { css } from 'lit';

/** Tables, facts, tags: what is looked at. */
export const shown = css`
  .scroll {
    position: relative; /* what is hidden in it is cut off with it */
    overflow-x: auto;
    margin-bottom: 12px;
  }
  table {
    width: 100%;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    border-spacing: 0;
    background: var(--surface);
    font-size: 14px;
  }
  th,
  td {
    padding: 9px 14px;
    text-align: start;
    vertical-align: top;
  }
  th {
    color: var(--muted);
    font-size: 12px;
    font-weight: 600;
    white-space: nowrap;
  }
  td {
    border-top: 1px solid var(--line);
    overflow-wrap: break-word;
  }
  tbody tr:hover td {
    background: var(--raised);
  }
  .figure {
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  time {
    white-space: nowrap;
  }
  .tag {
    display: inline-block;
    padding: 1px 9px;
    border: 1px solid var(--line);
    border-radius: 99px;
    background: var(--raised);
    color: var(--muted);
    font-size: 12px;
    font-weight: 600;
    white-space: nowrap;
  }
  .tag.good {
    border-color: color-mix(in oklab, var(--good) 40%, transparent);
    background: color-mix(in oklab, var(--good) 8%, var(--surface));
    color: var(--good);
  }
  .tag.bad {
    border-color: color-mix(in oklab, var(--danger) 40%, transparent);
    background: color-mix(in oklab, var(--danger) 7%, var(--surface));
    color: var(--danger);
  }
  .tag.warn {
    border-color: transparent;
    background: var(--note);
    color: var(--note-text);
  }
  .facts {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(260px, 1fr));
    gap: 12px 24px;
    margin: 0 0 8px;
  }
  .facts dt {
    color: var(--muted);
    font-size: 12px;
  }
  .facts dd {
    margin: 1px 0 0;
    overflow-wrap: anywhere;
  }
  code {
    padding: 1px 5px;
    border-radius: 6px;
    background: var(--raised);
    font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
    font-size: 12.5px;
  }
  a code {
    color: inherit;
  }
  pre {
    overflow: auto;
    max-height: 340px;
    margin: 6px 0 10px;
    padding: 12px 14px;
    border-radius: 10px;
    background: var(--raised);
    font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
    font-size: 12.5px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .json summary {
    padding: 5px 0;
    cursor: pointer;
  }
  .nothing {
    padding: 56px 20px;
    border: 1px dashed var(--line);
    border-radius: var(--radius);
    text-align: center;
    color: var(--muted);
  }
  .nothing b {
    color: var(--text);
    font-size: 17px;
  }
  .nothing p {
    margin: 6px 0 16px;
  }
  .failure,
  .caution {
    margin: 0 0 14px;
    padding: 11px 15px;
    border-radius: 10px;
    background: color-mix(in oklab, var(--danger) 8%, var(--surface));
    color: var(--danger);
    overflow-wrap: anywhere;
  }
  .failure p {
    margin: 0;
  }
  .failure ul {
    margin: 6px 0 0;
    padding-inline-start: 18px;
  }
  .failure code {
    color: var(--text);
  }
  .caution {
    background: var(--note);
    color: var(--note-text);
  }
  .bound,
  .differences,
  .because,
  .attempts {
    display: grid;
    gap: 10px;
    margin: 0 0 14px;
    padding: 0;
    list-style: none;
  }
  .bound li {
    display: grid;
    padding: 10px 12px;
    border-radius: 10px;
    background: var(--raised);
  }
  .settings {
    display: block;
    overflow: hidden;
    margin: 4px 0;
    padding: 0;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  del {
    color: var(--danger);
    overflow-wrap: anywhere;
  }
  ins {
    color: var(--good);
    text-decoration: none;
    overflow-wrap: anywhere;
  }
  .because li {
    padding: 8px 12px;
    border-radius: 10px;
    background: var(--accent-soft);
  }
  .because b::first-letter,
  .reason b::first-letter {
    text-transform: uppercase;
  }
  .reason {
    display: block;
  }
  .attempts li {
    padding-inline-start: 14px;
    border-inline-start: 3px solid var(--line);
  }
  .attempts p {
    margin: 0 0 4px;
  }
  .live {
    display: inline-block;
    width: 9px;
    height: 9px;
    margin-inline-end: 8px;
    border-radius: 50%;
    background: var(--good);
    animation: pulse 2s infinite;
  }
  @keyframes pulse {
    50% {
      opacity: 0.3;
    }
  }
  .address {
    overflow-wrap: anywhere;
  }
  .chart {
    min-width: 640px;
    width: 100%;
    font-size: 11px;
  }
  .chart text {
    fill: var(--muted);
  }
  .phase {
    fill: color-mix(in oklab, var(--good) 9%, transparent);
  }
  .phase.down,
  .phase.refused {
    fill: color-mix(in oklab, var(--danger) 17%, transparent);
  }
  .phase.errors,
  .phase.slow,
  .phase.throttled {
    fill: light-dark(#fdeccb, #4a3a18);
  }
  .mark,
  .course {
    stroke: var(--line);
  }
  .course {
    stroke: var(--quiet);
    stroke-dasharray: 2 3;
  }
  .step {
    fill: #d97706;
  }
  .step.sent {
    fill: var(--good);
  }
  .step.dead,
  .step.unfinished {
    fill: var(--danger);
  }
  .step.dropped {
    fill: var(--quiet);
  }
`;
