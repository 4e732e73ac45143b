import { css } from 'lit';

export const frame = css`
  :host {
    display: block;
    height: 100%;
    background: var(--canvas);
  }
  .desk {
    display: flex;
    flex-direction: column;
    height: 100%;
  }
  .top {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 10px 16px;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }
  .brand {
    font-size: 17px;
    letter-spacing: -0.02em;
  }
  .tenant {
    color: var(--muted);
    white-space: nowrap;
  }
  .space {
    flex: 1;
  }
  .connection {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    padding: 3px 11px;
    border-radius: 99px;
    background: var(--raised);
    color: var(--muted);
    font-size: 13px;
  }
  .connection i {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: #e0a100;
  }
  .connection.online i {
    background: #22a06b;
  }
  .connection.waiting {
    background: var(--note);
    color: var(--note-text);
  }
  .status {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    padding-inline-start: 11px;
    border: 1px solid var(--line);
    border-radius: 10px;
  }
  .status select {
    padding: 7px 8px 7px 0;
    border: 0;
    border-radius: 10px;
    background: var(--surface);
    font-weight: 600;
  }
  .me {
    --avatar: 32px;
    display: inline-flex;
    align-items: center;
    gap: 8px;
    font-weight: 600;
  }
  .notice {
    margin: 0;
    padding: 8px 18px;
    background: var(--note);
    color: var(--note-text);
    font-size: 14px;
  }
  .offers:has(.offer) {
    display: grid;
    gap: 8px;
    padding: 10px 16px;
    border-bottom: 1px solid var(--line);
    background: var(--accent-soft);
  }
  .offer {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 10px 14px;
    border-radius: 14px;
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .left {
    color: var(--accent-text);
    font-variant-numeric: tabular-nums;
    font-weight: 700;
    white-space: nowrap;
  }
  .left.soon {
    color: var(--danger);
  }
  .columns {
    flex: 1;
    display: grid;
    grid-template-columns: 320px minmax(0, 1fr);
    min-height: 0;
  }
  .explaining .columns {
    grid-template-columns: 320px minmax(0, 1fr) 300px;
  }
`;

export const narrow = css`
  @media (max-width: 1020px) {
    .explaining .columns {
      grid-template-columns: 260px minmax(0, 1fr);
    }
    .explaining .why {
      position: fixed;
      inset: 56px 0 0 auto;
      width: min(340px, 100%);
      z-index: 1;
      box-shadow: var(--shadow);
    }
    .columns {
      grid-template-columns: 260px minmax(0, 1fr);
    }
  }
  @media (max-width: 720px) {
    .columns,
    .explaining .columns {
      grid-template-columns: minmax(0, 1fr);
    }
    .chatting .list,
    .desk:not(.chatting) .pane {
      display: none;
    }
    .back {
      display: block;
    }
    .brand,
    .tenant,
    .me .name,
    .connection.online span {
      display: none;
    }
    .top {
      flex-wrap: wrap;
      gap: 8px;
      padding: 8px 12px;
    }
    .offer {
      flex-wrap: wrap;
    }
    .offer .lines {
      flex-basis: 70%;
    }
    .left {
      flex: 1;
    }
    .pane-head {
      gap: 8px;
      padding: 10px 12px;
    }
    .pane-head .small {
      padding-inline: 9px;
    }
    .pane-head .avatar {
      display: none;
    }
    .log {
      padding-inline: 12px;
    }
    .composer {
      margin: 0 10px 10px;
    }
  }
`;
