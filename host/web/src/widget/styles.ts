import { css } from 'lit';

export const styles = css`
  :host {
    position: fixed;
    inset: auto 20px 20px auto;
    z-index: 2147483000;
    display: block;
  }
  .launcher {
    position: relative;
    display: grid;
    place-items: center;
    width: 58px;
    height: 58px;
    margin-inline-start: auto;
    border-radius: 50%;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 26px;
    box-shadow: var(--shadow);
    transition: transform 0.15s;
  }
  .launcher:hover {
    transform: scale(1.05);
  }
  .badge {
    position: absolute;
    top: -4px;
    right: -4px;
    min-width: 22px;
    padding: 0 6px;
    border-radius: 11px;
    background: #c4281b;
    color: #fff;
    font-size: 12px;
    font-weight: 700;
    line-height: 22px;
    text-align: center;
  }
  .panel {
    position: absolute;
    right: 0;
    bottom: 72px;
    display: flex;
    flex-direction: column;
    width: 376px;
    max-width: calc(100vw - 40px);
    height: min(600px, calc(100vh - 120px));
    overflow: hidden;
    border-radius: 18px;
    background: var(--surface);
    border: 1px solid var(--line);
    box-shadow: var(--shadow);
    animation: rise 0.18s ease-out;
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(12px);
    }
  }
  header {
    --avatar: 40px;
    --surface: var(--accent);
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 16px;
    background: var(--accent);
    color: var(--on-accent);
  }
  header .avatar {
    background: rgb(0 0 0 / 28%);
  }
  header .dot {
    border-color: var(--on-accent);
  }
  .who {
    flex: 1;
    min-width: 0;
  }
  h2,
  p {
    margin: 0;
  }
  h2 {
    overflow: hidden;
    font-size: 16px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .who p {
    font-size: 13px;
  }
  .icon {
    display: grid;
    place-items: center;
    width: 36px;
    height: 36px;
    border-radius: 10px;
    font-size: 20px;
  }
  header :focus-visible {
    outline-color: currentColor;
  }
  .icon:hover {
    background: rgb(255 255 255 / 18%);
  }
  .connection:not(:empty) {
    padding: 7px 16px;
    background: var(--note);
    color: var(--note-text);
    font-size: 13px;
  }
  .log {
    flex: 1;
    display: flex;
    flex-direction: column;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 8px 14px 14px;
  }
  .log:focus-visible {
    outline-offset: -2px;
  }
  .intro {
    margin: auto;
    max-width: 260px;
    text-align: center;
    color: var(--muted);
  }
  .intro b {
    display: block;
    margin-bottom: 6px;
    color: var(--text);
    font-size: 18px;
  }
  .place:not(:empty) {
    align-self: center;
    margin-bottom: 8px;
    padding: 4px 14px;
    border-radius: 99px;
    background: var(--accent-soft);
    color: var(--accent-text);
    font-size: 13px;
    font-weight: 600;
  }
  .composer {
    display: flex;
    align-items: flex-end;
    gap: 8px;
    padding: 10px 12px;
    border-top: 1px solid var(--line);
  }
  textarea,
  .contact {
    padding: 9px 12px;
    border: 1px solid var(--line);
    border-radius: 12px;
    background: var(--raised);
  }
  textarea {
    flex: 1;
    max-height: 132px;
    resize: none;
  }
  .contact {
    margin: 0 12px 8px;
    color: inherit;
    font: inherit;
  }
  .contact::placeholder,
  textarea::placeholder {
    color: var(--muted);
  }
  .send {
    display: grid;
    place-items: center;
    width: 42px;
    height: 42px;
    border-radius: 12px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 20px;
  }
  .ending {
    display: grid;
    justify-items: center;
    gap: 10px;
    padding: 16px;
    border-top: 1px solid var(--line);
    font-size: 14px;
  }
  .stars {
    display: flex;
    font-size: 28px;
    line-height: 1;
  }
  .stars button {
    padding: 4px 6px;
    border-radius: 8px;
    color: var(--quiet);
  }
  .stars button:has(~ button:hover),
  .stars button:hover {
    color: #d99a00;
  }
  .again {
    padding: 9px 18px;
    border-radius: 12px;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  @media (max-width: 480px) {
    :host {
      inset: auto 14px 14px auto;
    }
    .panel {
      position: fixed;
      inset: 0;
      width: auto;
      max-width: none;
      height: 100dvh;
      border: 0;
      border-radius: 0;
    }
    .panel + .launcher {
      display: none;
    }
  }
`;
