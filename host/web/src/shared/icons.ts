import { svg, type TemplateResult } from 'lit';

const icon = (paths: TemplateResult): TemplateResult =>
  svg`<svg viewBox="0 0 24 24" width="1em" height="1em" fill="none" stroke="currentColor" stroke-width="2"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

export const chatIcon = icon(svg`<path d="M21 12a8 8 0 0 1-8 8H4l1.6-3.2A8 8 0 1 1 21 12Z"/>`);
export const closeIcon = icon(svg`<path d="M6 6l12 12M18 6 6 18"/>`);
export const downIcon = icon(svg`<path d="m6 9 6 6 6-6"/>`);
export const sendIcon = icon(svg`<path d="M5 12h14M13 6l6 6-6 6"/>`);
export const checkIcon = icon(svg`<path d="m5 13 4 4L19 7"/>`);
export const checksIcon = icon(svg`<path d="m2 13 4 4L15 8M11 16l1 1 10-10"/>`);
export const clockIcon = icon(svg`<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>`);
export const alertIcon = icon(svg`<circle cx="12" cy="12" r="9"/><path d="M12 8v5M12 16.5v.01"/>`);
