/** What the embedding site says in its `<script>` tag. */
export interface Embed {
  /** Origin of the node that the script came from. */
  origin: string;
  channel: string;
  language: string;
  theme: 'light' | 'dark' | undefined;
  /** A CSS colour; white text must be readable on it. */
  accent: string | undefined;
  name: string | undefined;
}

/** Reads `<script src="…/widget.js" data-channel="…">`; `undefined` when no channel is named. */
export function readEmbed(script: HTMLScriptElement | null, page: string, language: string): Embed | undefined {
  const data = script?.dataset;
  if (!script || !data?.['channel']) return undefined;
  const theme = data['theme'];
  return {
    origin: new URL(script.src, page).origin,
    channel: data['channel'],
    language: data['language'] ?? language,
    theme: theme === 'light' || theme === 'dark' ? theme : undefined,
    accent: data['accent'],
    name: data['name'],
  };
}
