import { css } from 'lit';

export const controls = css`
  .primary {
    padding: 10px 18px;
    border-radius: 10px;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  .small {
    flex: none;
    padding: 6px 13px;
    border: 1px solid var(--line);
    border-radius: 9px;
    background: var(--surface);
    font-size: 13px;
    font-weight: 600;
  }
  .small:hover,
  .small[aria-expanded='true'] {
    background: var(--accent-soft);
  }
  .small.primary {
    border-color: var(--accent);
    background: var(--accent);
  }
  .ghost {
    padding: 6px 10px;
    border-radius: 9px;
    color: var(--muted);
    font-size: 13px;
    text-decoration: none;
    white-space: nowrap;
  }
  .ghost:hover,
  .ghost[aria-pressed='true'] {
    background: var(--raised);
    color: var(--text);
  }
  .badge,
  .count {
    flex: none;
    min-width: 20px;
    padding: 0 6px;
    border-radius: 10px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 12px;
    font-weight: 700;
    line-height: 20px;
    text-align: center;
  }
  .count {
    background: var(--raised);
    color: var(--muted);
  }
  .lines {
    flex: 1;
    display: grid;
    min-width: 0;
  }
  .snippet {
    overflow: hidden;
    color: var(--muted);
    font-size: 13px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .muted {
    color: var(--muted);
    font-size: 13px;
  }
  .empty {
    margin: auto;
    padding: 28px 16px;
    text-align: center;
    color: var(--muted);
  }
  .empty b {
    color: var(--text);
  }
  .empty .primary {
    margin-top: 14px;
  }
  .empty p {
    margin: 4px 0 0;
    font-size: 14px;
  }
`;

export const signIn = css`
  .sign-in {
    display: grid;
    place-items: center;
    min-height: 100%;
    padding: 24px;
    background: radial-gradient(circle at 20% 10%, var(--accent-soft), transparent 55%), var(--canvas);
  }
  .sign-in form {
    display: grid;
    gap: 14px;
    width: min(380px, 100%);
    padding: 36px;
    border: 1px solid var(--line);
    border-radius: 20px;
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .sign-in h1 {
    margin: 4px 0 0;
    font-size: 24px;
  }
  .tagline {
    margin: -8px 0 6px;
    color: var(--muted);
  }
  .sign-in label {
    display: grid;
    gap: 5px;
    font-size: 13px;
    font-weight: 600;
  }
  .sign-in input {
    padding: 10px 12px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--raised);
    font-size: 15px;
    font-weight: 400;
  }
  .problem {
    color: var(--danger);
    font-size: 14px;
  }
  .problem:empty {
    display: none;
  }
`;
