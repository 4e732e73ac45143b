import { css, html, type TemplateResult } from 'lit';

const HUES = 6;

/** A round picture of a person: the first letter on a colour that stays theirs. Decorative: the name stands beside it. */
export function avatar(name: string, id: string, presence?: string): TemplateResult {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.charCodeAt(0)) % 997;
  const letter = [...name.trim()][0]?.toUpperCase() ?? '·';
  return html`<span class="avatar hue-${hash % HUES}" aria-hidden="true"
    >${letter}${presence ? html`<i class="dot ${presence}"></i>` : ''}</span
  >`;
}

export const avatarStyles = css`
  .avatar {
    position: relative;
    flex: none;
    display: inline-grid;
    place-items: center;
    width: var(--avatar, 36px);
    height: var(--avatar, 36px);
    border-radius: 50%;
    font-weight: 600;
    font-size: calc(var(--avatar, 36px) * 0.42);
    line-height: 1;
    background: var(--hue);
    color: #fff;
    user-select: none;
  }
  .hue-0 {
    --hue: #4653c9;
  }
  .hue-1 {
    --hue: #0f766e;
  }
  .hue-2 {
    --hue: #a8441c;
  }
  .hue-3 {
    --hue: #8b3a8f;
  }
  .hue-4 {
    --hue: #2b6b3f;
  }
  .hue-5 {
    --hue: #9b2f4f;
  }
  .dot {
    display: inline-block;
    width: 10px;
    height: 10px;
    border-radius: 50%;
    background: var(--quiet);
  }
  .avatar .dot {
    position: absolute;
    right: -1px;
    bottom: -1px;
    border: 2px solid var(--surface);
  }
  .dot.online {
    background: #22a06b;
  }
  .dot.busy {
    background: #d9480f;
  }
  .dot.away {
    background: #e0a100;
  }
`;
