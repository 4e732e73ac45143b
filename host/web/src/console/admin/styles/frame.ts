import { css } from 'lit';

export const frame = css`
  :host {
    display: block;
    flex: 1;
    min-height: 0;
  }
  .admin {
    display: grid;
    grid-template-columns: 220px minmax(0, 1fr);
    height: 100%;
  }
  nav {
    overflow-y: auto;
    padding: 12px 10px;
    border-inline-end: 1px solid var(--line);
    background: var(--surface);
  }
  nav h2 {
    margin: 0;
    padding: 12px 12px 6px;
    color: var(--muted);
    font-size: 13px;
  }
  nav ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  nav a {
    display: block;
    padding: 8px 12px;
    border-radius: 10px;
    color: var(--text);
    text-decoration: none;
  }
  nav a:hover {
    background: var(--raised);
  }
  nav a[aria-current='page'] {
    background: var(--accent-soft);
    color: var(--accent-text);
    font-weight: 600;
  }
  main {
    overflow-y: auto;
    padding: 22px 28px 60px;
  }
  main > * {
    max-width: 1080px;
  }
  h1 {
    margin: 0 0 14px;
    font-size: 24px;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  h1:focus-visible {
    outline: none;
  }
  .lead {
    margin: -8px 0 16px;
    color: var(--muted);
  }
  .card {
    margin: 0 0 16px;
    padding: 18px 20px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .card h2 {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 10px;
    margin: 0 0 10px;
    font-size: 16px;
  }
  .card h2 .small {
    margin-inline-start: auto;
  }
  .card h3 {
    margin: 14px 0 6px;
    font-size: 14px;
  }
  .card > p {
    margin: 0 0 12px;
  }
  .cards {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(270px, 1fr));
    gap: 16px;
    margin-bottom: 16px;
  }
  .cards .card {
    display: flex;
    flex-direction: column;
    margin: 0;
  }
  .cards .button {
    margin-top: auto;
    align-self: start;
  }
  main a:not(.button) {
    color: var(--accent-text);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 10px;
    margin: 12px 0;
  }
  .actions .space {
    flex: 1;
  }
  .button {
    text-decoration: none;
    color: inherit;
  }
  .button.primary {
    display: inline-block;
    color: var(--on-accent);
  }
  .danger {
    color: var(--danger);
  }
`;

export const narrow = css`
  @media (max-width: 820px) {
    .admin {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: auto minmax(0, 1fr);
    }
    nav {
      display: flex;
      overflow-x: auto;
      scroll-padding-inline: 28px; /* the next one is seen to be there */
      padding: 6px 8px;
      border-inline-end: 0;
      border-bottom: 1px solid var(--line);
    }
    nav h2 {
      display: none;
    }
    nav ul {
      display: flex;
    }
    nav a {
      padding: 6px 10px;
      font-size: 14px;
      white-space: nowrap;
    }
    main {
      padding: 16px 14px 40px;
    }
    table:not(.few) {
      min-width: 700px;
    }
    .item {
      grid-template-columns: minmax(0, 1fr);
      justify-items: start;
    }
    .item > .field,
    .item > .group {
      width: 100%;
      box-sizing: border-box;
    }
    .upload {
      grid-template-columns: minmax(0, 1fr);
      justify-items: start;
    }
  }
`;
