import type { WireEvent } from '@weft/client';
import type { ConsoleWords } from './words.ts';

const TONE_HZ = 660;
const TONE_S = 0.18;
const VOLUME = 0.06;

/** A sound and a desktop notification for offers and messages that nobody looks at. Off until the agent turns it on. */
export class Alerts {
  enabled = false;
  private audio: AudioContext | undefined;

  /** Called from a click: browsers ask for permission only then. */
  async toggle(): Promise<void> {
    this.enabled = !this.enabled;
    if (!this.enabled) return;
    this.audio ??= new AudioContext();
    if ('Notification' in window && Notification.permission === 'default') await Notification.requestPermission();
  }

  show(event: WireEvent, words: ConsoleWords): void {
    if (!this.enabled) return;
    this.tone();
    if (document.visibilityState === 'visible' || !('Notification' in window)) return;
    if (Notification.permission !== 'granted') return;
    const title = event.type === 'offer' ? words.offerTitle(event.conversation.visitor.name) : words.unread(1);
    new Notification(title, { tag: 'weft', icon: './icon.svg' });
  }

  private tone(): void {
    if (!this.audio) return;
    const oscillator = new OscillatorNode(this.audio, { frequency: TONE_HZ });
    const gain = new GainNode(this.audio, { gain: VOLUME });
    oscillator.connect(gain).connect(this.audio.destination);
    oscillator.start();
    oscillator.stop(this.audio.currentTime + TONE_S);
  }
}
