/** Line drawings for the shops, as SVG paths on a 64 × 64 field. */
const paths = {
  cup: 'M12 26h34v12a14 14 0 0 1-14 14h-6a14 14 0 0 1-14-14ZM46 30h4a7 7 0 0 1 0 14h-5M22 10c-3 4 3 6 0 10M31 10c-3 4 3 6 0 10M40 10c-3 4 3 6 0 10',
  leaf: 'M14 50C10 26 26 12 52 12c0 26-12 40-36 36M14 52c6-14 14-22 26-28',
  leaves: 'M32 54V34M32 40C18 40 12 32 12 20c12 0 20 6 20 18M32 34c0-12 8-20 20-20 0 14-7 22-20 22',
  kettle: 'M16 28h28l4 18a6 6 0 0 1-6 7H18a6 6 0 0 1-6-7ZM20 28c0-16 20-16 20 0M47 36l9-8M30 14v-3',
  flower: 'M32 24a8 8 0 1 1 7 4 8 8 0 1 1-3 9 8 8 0 1 1-8 0 8 8 0 1 1-3-9 8 8 0 1 1 7-4ZM32 44v12M32 52c5 0 8-2 10-6',
  bike: 'M4 40a11 11 0 1 0 22 0 11 11 0 1 0-22 0M38 40a11 11 0 1 0 22 0 11 11 0 1 0-22 0M15 40l8-18h18l8 18M23 22l9 18h-17M32 40l9-18M19 20h8M41 22l-2-7h7',
  hills: 'M4 50 22 22l10 14 8-10 20 24ZM46 16a5 5 0 1 0 .1 0',
  rain: 'M18 36a10 10 0 1 1 3-20 14 14 0 0 1 26 4 8 8 0 0 1 1 16ZM22 44l-3 8M33 44l-3 8M44 44l-3 8',
  wrench: 'M40 10a13 13 0 0 0-12 18L10 46a5 5 0 0 0 8 8l18-18a13 13 0 0 0 17-16l-8 7-7-2-2-7Z',
};

export type PictureName = keyof typeof paths;

const SVG = 'http://www.w3.org/2000/svg';

export function picture(name: PictureName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 64 64');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
