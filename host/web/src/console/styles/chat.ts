import { css } from 'lit';

export const list = css`
  .list {
    display: flex;
    flex-direction: column;
    overflow-y: auto;
    padding: 8px;
    border-inline-end: 1px solid var(--line);
    background: var(--surface);
  }
  .search {
    margin: 4px 2px;
    padding: 8px 12px;
    border: 1px solid var(--line);
    border-radius: 12px;
    background: var(--raised);
    color: inherit;
    font: inherit;
  }
  h2 {
    display: flex;
    justify-content: space-between;
    margin: 0;
    padding: 12px 10px 6px;
    color: var(--muted);
    font-size: 13px;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .list .row,
  .waiting {
    display: flex;
    align-items: center;
    gap: 11px;
    width: 100%;
    max-width: none;
    margin: 0 0 2px;
    padding: 10px;
    border-radius: 12px;
    text-align: start;
  }
  .list .row:hover {
    background: var(--raised);
  }
  .list .row[aria-current='true'] {
    background: var(--accent-soft);
  }
  .line {
    display: flex;
    justify-content: space-between;
    gap: 8px;
    min-width: 0;
  }
  .line b {
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .line time {
    color: var(--muted);
    font-size: 12px;
  }
  .unread .snippet {
    color: var(--text);
    font-weight: 600;
  }
`;

export const pane = css`
  .pane {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }
  .pane-head {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 12px 20px;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }
  .pane-head h1 {
    overflow: hidden;
    margin: 0;
    font-size: 16px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .back {
    display: none;
    font-size: 22px;
    line-height: 1;
  }
  .log {
    --raised: light-dark(#fff, #21252d);
    flex: 1;
    display: flex;
    flex-direction: column;
    overflow-y: auto;
    padding: 10px 24px 18px;
  }
  .theirs .bubble {
    box-shadow: 0 1px 2px rgb(16 20 30 / 8%);
  }
  .log:focus-visible {
    outline-offset: -2px;
  }
  .system.internal {
    font-style: italic;
  }
  .draft {
    align-self: flex-start;
    max-width: 80%;
    margin-top: 10px;
    padding: 8px 12px;
    border: 1px dashed var(--quiet);
    border-radius: 12px;
    color: var(--muted);
    font-size: 13px;
    overflow-wrap: anywhere;
  }
  .draft q {
    display: block;
    quotes: none;
    font-size: 15px;
    white-space: pre-wrap;
  }
  .composer {
    margin: 0 20px 18px;
    border: 1px solid var(--line);
    border-radius: 16px;
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .composer:focus-within {
    border-color: var(--accent);
  }
  .composer.noting,
  .noting textarea {
    background: var(--note);
    color: var(--note-text);
  }
  .modes {
    display: flex;
    gap: 4px;
    padding: 8px 10px 0;
  }
  .modes button {
    padding: 3px 11px;
    border-radius: 8px;
    font-size: 13px;
  }
  .modes [aria-pressed='true'] {
    background: var(--accent-soft);
    color: var(--accent-text);
    font-weight: 600;
  }
  .write {
    display: flex;
    align-items: flex-end;
    gap: 10px;
    padding: 6px 10px 10px;
  }
  .write textarea {
    flex: 1;
    padding: 6px;
    border: 0;
    background: var(--surface);
    resize: none;
  }
  .write textarea:focus-visible {
    outline: none;
  }
  .write textarea::placeholder {
    color: inherit;
    opacity: 0.75;
  }
  .ended {
    margin: 0;
    padding: 18px;
    text-align: center;
    color: var(--muted);
  }
`;

export const why = css`
  .why {
    overflow-y: auto;
    padding: 8px 16px;
    border-inline-start: 1px solid var(--line);
    background: var(--surface);
  }
  .why h2 {
    align-items: center;
    padding-inline: 0;
  }
  .why h2 button {
    display: grid;
    padding: 6px;
    font-size: 16px;
  }
  .decision {
    margin-bottom: 14px;
    padding: 14px;
    border: 1px solid var(--line);
    border-radius: 14px;
  }
  .decision h3 {
    margin: 0;
    font-size: 15px;
  }
  .decision p {
    margin: 4px 0;
  }
  .reasons li {
    display: grid;
    margin: 8px 0;
    padding: 8px 11px;
    border-radius: 10px;
    background: var(--accent-soft);
    font-size: 13px;
  }
  .reasons b::first-letter {
    text-transform: uppercase;
  }
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 3px 12px;
    margin: 10px 0 0;
    font-size: 13px;
  }
  dt {
    color: var(--muted);
  }
  dd {
    margin: 0;
    text-align: end;
    overflow-wrap: anywhere;
  }
`;
