import { css } from 'lit';

/** What is filled in. */
export const forms = css`
  .field {
    display: grid;
    align-content: start;
    gap: 4px;
    margin-bottom: 12px;
  }
  .field .name,
  legend {
    font-size: 13px;
    font-weight: 600;
  }
  .hint {
    margin: 0;
    color: var(--muted);
    font-size: 12.5px;
  }
  .error {
    margin: 2px 0 0;
    color: var(--danger);
    font-size: 13px;
  }
  input:not([type='checkbox'], [type='file']),
  select,
  textarea {
    min-width: 0;
    padding: 8px 11px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--raised);
    font-size: 14px;
  }
  textarea {
    width: 100%;
    resize: vertical;
  }
  textarea.code {
    font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
    font-size: 13px;
  }
  .wrong input,
  .wrong select,
  .wrong textarea {
    border-color: var(--danger);
  }
  .check {
    grid-template-columns: auto 1fr;
    align-items: center;
    gap: 2px 9px;
  }
  .check .hint,
  .check .error {
    grid-column: 2;
  }
  .kinds {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(200px, 1fr));
    gap: 5px 14px;
  }
  .kinds .hint,
  .kinds .error {
    grid-column: 1 / -1;
  }
  .kinds code {
    justify-self: start;
  }
  .kinds .check {
    display: grid;
  }
  .group {
    min-width: 0;
    margin: 0 0 14px;
    padding: 8px 16px 14px;
    border: 1px solid var(--line);
    border-radius: 12px;
  }
  .group > .hint {
    margin-bottom: 8px;
  }
  legend {
    padding: 0 6px;
  }
  .item {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: end;
    gap: 10px;
    margin-bottom: 6px;
  }
  .item > .field,
  .item > .group {
    margin: 0;
  }
  .row-of-fields {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(170px, 1fr));
    gap: 0 16px;
  }
  .row-of-fields.bottom {
    grid-template-columns: 120px auto;
    justify-content: start;
    align-items: end;
  }
  .row-of-fields.bottom .small {
    margin-bottom: 12px;
    padding-block: 9px;
  }
  .filters {
    display: flex;
    flex-wrap: wrap;
    gap: 0 14px;
  }
  .inline {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    color: var(--muted);
    font-size: 13px;
  }
  .upload {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    gap: 8px 20px;
  }
  .upload .muted {
    margin: 0;
  }
  .upload .failure {
    grid-column: 1 / -1;
    margin: 6px 0 0;
  }
  .file {
    position: relative;
    cursor: pointer;
  }
  .file:focus-within {
    outline: 2px solid var(--accent-text);
    outline-offset: 2px;
  }
  .file.busy {
    opacity: 0.6;
  }
  .plan {
    margin: 0 0 14px;
    padding: 12px 16px;
    border-radius: 12px;
    background: var(--raised);
  }
  .plan h3 {
    margin: 0 0 6px;
  }
  .plan p {
    margin: 4px 0;
  }
  .problems {
    margin: 8px 0 0;
    padding-inline-start: 18px;
    color: var(--danger);
  }
  .secret {
    border-color: var(--accent);
    background: var(--accent-soft);
  }
  .copyable {
    display: block;
    padding: 10px 12px;
    background: var(--surface);
    font-size: 14px;
    overflow-wrap: anywhere;
    user-select: all;
  }
  .progress {
    display: grid;
    gap: 4px;
    font-size: 13px;
  }
  progress {
    width: 100%;
    height: 10px;
    accent-color: var(--accent);
  }
`;
