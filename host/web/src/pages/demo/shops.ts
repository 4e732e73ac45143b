export interface Good {
  name: string;
  about: string;
  price: string;
  picture: string;
}

export interface Shop {
  name: string;
  theme: 'tea' | 'bikes';
  /** White text is readable on it. */
  accent: string;
  title: string;
  lead: string;
  art: string;
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
    art: '🍵',
    goods: [
      { name: 'Longjing, first flush', about: 'Chestnut, soft, bright green', price: '18.90 €', picture: '🌿' },
      { name: 'Wild rooibos', about: 'No caffeine, a little honey', price: '7.50 €', picture: '🍂' },
      { name: 'Cast iron kettle', about: '0.8 l, keeps warm for an hour', price: '64.00 €', picture: '🫖' },
      { name: 'Jasmine pearls', about: 'Scented seven nights in a row', price: '14.20 €', picture: '🌼' },
    ],
  },
  'demo-bikes': {
    name: 'Northway Bikes',
    theme: 'bikes',
    accent: '#b3400f',
    title: 'Bikes for people who ride in any weather',
    lead: 'Built to order in our workshop, tuned to you, and looked after for as long as you ride.',
    art: '🚲',
    goods: [
      { name: 'Commuter 7', about: 'Belt drive, hub gears, lights', price: '1 290 €', picture: '🚲' },
      { name: 'Gravel Nord', about: 'Steel frame, 45 mm tyres', price: '1 840 €', picture: '🚵' },
      { name: 'Rain cape', about: 'Covers hands, knees and bag', price: '79 €', picture: '🌧️' },
      { name: 'Winter service', about: 'Bearings, brakes, new cables', price: '120 €', picture: '🔧' },
    ],
  },
};
