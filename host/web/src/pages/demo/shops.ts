import type { PictureName } from './pictures.ts';

export interface Good {
  name: string;
  about: string;
  price: string;
  picture: PictureName;
}

export interface Shop {
  name: string;
  theme: 'tea' | 'bikes';
  /** White text is readable on it. */
  accent: string;
  title: string;
  lead: string;
  art: PictureName;
  goods: Good[];
}

/** By channel key. */
export const shops: Record<string, Shop> = {
  'demo-tea': {
    name: 'Leaf & Kettle',
    theme: 'tea',
    accent: '#2b6b3f',
    title: 'Tea picked this spring, in your cup this week',
    lead: 'Small gardens, whole leaves, and somebody to ask when you are not sure which pot to use.',
    art: 'cup',
    goods: [
      { name: 'Longjing, first flush', about: 'Chestnut, soft, bright green', price: '18.90 €', picture: 'leaf' },
      { name: 'Wild rooibos', about: 'No caffeine, a little honey', price: '7.50 €', picture: 'leaves' },
      { name: 'Cast iron kettle', about: '0.8 l, keeps warm for an hour', price: '64.00 €', picture: 'kettle' },
      { name: 'Jasmine pearls', about: 'Scented seven nights in a row', price: '14.20 €', picture: 'flower' },
    ],
  },
  'demo-bikes': {
    name: 'Spoke & Chain',
    theme: 'bikes',
    accent: '#b3400f',
    title: 'Bikes for people who ride in any weather',
    lead: 'Built to order in our workshop, tuned to you, and looked after for as long as you ride.',
    art: 'bike',
    goods: [
      { name: 'Commuter 7', about: 'Belt drive, hub gears, lights', price: '1 290 €', picture: 'bike' },
      { name: 'Gravel Nord', about: 'Steel frame, 45 mm tyres', price: '1 840 €', picture: 'hills' },
      { name: 'Rain cape', about: 'Covers hands, knees and bag', price: '79 €', picture: 'rain' },
      { name: 'Winter service', about: 'Bearings, brakes, new cables', price: '120 €', picture: 'wrench' },
    ],
  },
};
