import { css } from 'lit';

/** Colours, spaces and type of every page. `data-theme` forces light or dark; without it the system decides. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --accent: var(--weft-accent, #4653c9);
    --on-accent: #fff;
    --accent-text: light-dark(var(--accent), color-mix(in oklab, var(--accent) 45%, #fff));
    --accent-soft: light-dark(
      color-mix(in oklab, var(--accent) 9%, #fff),
      color-mix(in oklab, var(--accent) 26%, #15171c)
    );
    --canvas: light-dark(#f4f5f8, #101216);
    --surface: light-dark(#fff, #181b21);
    --raised: light-dark(#f6f7fa, #21252d);
    --line: light-dark(#e3e6ec, #2c313b);
    --text: light-dark(#1b1f27, #e9ecf1);
    --muted: light-dark(#586073, #a3abbb);
    --quiet: light-dark(#9aa1b0, #6d7585);
    --note: light-dark(#fff6dc, #3a3018);
    --note-text: light-dark(#6b4e00, #f2d58a);
    --danger: light-dark(#b42318, #ff9a8f);
    --good: light-dark(#17744c, #63d3a0);
    --radius: 14px;
    --shadow: 0 1px 2px rgb(16 20 30 / 6%), 0 8px 28px rgb(16 20 30 / 12%);
    font:
      15px/1.45 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'PingFang SC',
      'Noto Sans CJK SC',
      sans-serif;
    color: var(--text);
  }
  :host([data-theme='light']) {
    color-scheme: light;
  }
  :host([data-theme='dark']) {
    color-scheme: dark;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  input,
  textarea,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
    border: 0;
    background: none;
    padding: 0;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  :focus-visible {
    outline: 2px solid var(--accent-text);
    outline-offset: 2px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      transition-duration: 0.01ms !important;
    }
  }
`;
