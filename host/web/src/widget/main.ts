import { pageStorage } from '@weft/client';
import { readEmbed } from './embed.ts';
import { WeftWidget } from './widget.ts';

const script =
  document.currentScript instanceof HTMLScriptElement
    ? document.currentScript
    : document.querySelector<HTMLScriptElement>('script[data-channel][src*="widget.js"]');
const embed = readEmbed(script, location.href, navigator.language);

if (embed && !customElements.get('weft-widget')) {
  customElements.define('weft-widget', WeftWidget);
  const mount = (): void => {
    document.body.append(WeftWidget.create(embed, pageStorage()));
  };
  if (document.body) mount();
  else addEventListener('DOMContentLoaded', mount, { once: true });
}
