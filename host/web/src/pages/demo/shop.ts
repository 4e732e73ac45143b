import { picture } from './pictures.ts';
import { shops, type Good } from './shops.ts';

/** The demo page is one of two shops, named by `?channel=`; each is a tenant with a widget of its own. */
const query = new URLSearchParams(location.search);
const channel = query.get('channel') ?? 'demo-tea';
const shop = shops[channel] ?? shops['demo-tea'];

const byId = (id: string): HTMLElement => {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
};

if (shop) {
  document.title = shop.name;
  document.documentElement.dataset['shop'] = shop.theme;
  byId('brand').textContent = shop.name;
  byId('title').textContent = shop.title;
  byId('lead').textContent = shop.lead;
  byId('art').append(picture(shop.art));
  byId('list').append(...shop.goods.map(card));
}

const script = document.createElement('script');
script.src = '/widget.js';
script.async = true;
script.dataset['channel'] = channel;
if (shop) script.dataset['accent'] = shop.accent;
for (const key of ['language', 'theme', 'name']) {
  const value = query.get(key);
  if (value) script.dataset[key] = value;
}
document.body.append(script);

function card(good: Good): HTMLLIElement {
  const item = document.createElement('li');
  const frame = document.createElement('div');
  frame.className = 'picture';
  frame.append(picture(good.picture));
  const name = document.createElement('b');
  name.textContent = good.name;
  const about = document.createElement('span');
  about.textContent = good.about;
  const price = document.createElement('strong');
  price.textContent = good.price;
  item.append(frame, name, about, price);
  return item;
}
