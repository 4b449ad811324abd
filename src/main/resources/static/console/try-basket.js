import { call, load } from './api.js';
import { behaviorColor } from './charts.js';
import { card, emptyState, h, icon, put } from './dom.js';
import * as format from './format.js';
import { items, itemText, nameOf, placeholders, score, SOURCE_WORDS } from './items.js';

const SHELF = 48;
const LIMIT = 10;

/** What is in the basket stays while the tab looks at something else. */
let basket = [];

/** A shopper without an id: items are clicked, and the list changes with each. */
export function mountBasket(body, { signal, fail }) {
  const shelf = h('ul', { class: 'rows shelf' });
  const categories = h('div', { class: 'pills', role: 'group', 'aria-label': 'Categories' });
  const chosen = h('ul', { class: 'rows basket' });
  const list = h('ol', { class: 'rows' });
  const source = h('span', { class: 'source' });
  const said = h('p', { class: 'sr-only', role: 'status' });
  const kinds = h('div', { class: 'segments small', role: 'group', 'aria-label': 'What a click does' });
  put(body, h('div', { class: 'grid try-grid basket-grid' },
    card('Shelf', { class: 'history-card', aside: kinds }, categories, shelf),
    card('Basket', { class: 'list-card', aside: h('button', { type: 'button', class: 'quiet-link', onclick: () => change([]) }, 'Empty it') }, chosen),
    card('What is shown', { class: 'list-card', aside: source }, list)), said);
  put(shelf, placeholders(LIMIT));
  put(list, placeholders(LIMIT));
  let behaviors = [];
  let behavior = null;
  let ranks = new Map();
  let asked = 0;
  showBasket();

  async function first() {
    behaviors = (await call('/admin/overview', { signal })).behaviors;
    behavior = behaviors[Math.min(1, behaviors.length - 1)];
    showKinds();
    const found = await shelve(null);
    const names = [...new Set(found.flatMap((one) => one.categories))].sort();
    const pill = (name, category) => h('button', { type: 'button', class: 'pill', 'aria-pressed': String(category === null), onclick: ({ currentTarget }) => {
      categories.querySelectorAll('.pill').forEach((one) => one.setAttribute('aria-pressed', String(one === currentTarget)));
      load(() => shelve(category), signal, fail);
    } }, name);
    put(categories, pill('Popular', null), names.map((name) => pill(name, name)));
    await change(basket);
  }

  function showKinds() {
    put(kinds, behaviors.map((name, k) => h('button', { type: 'button', 'aria-pressed': String(name === behavior), onclick: () => { behavior = name; showKinds(); kinds.children[k].focus(); } },
      h('i', { class: 'swatch', style: { 'background-color': behaviorColor(k) } }), name)));
  }

  async function shelve(category) {
    const query = new URLSearchParams({ limit: SHELF });
    if (category !== null) {
      query.set('category', category);
    }
    const answer = await call(`/items/popular?${query}`, { signal });
    const details = await items(answer.items.map((one) => one.itemId));
    if (!signal.aborted) {
      put(shelf, details.length === 0 ? h('li', {}, emptyState('An empty shelf', h('p', {}, 'Items come with the first events.'))) : details.map((one) => h('li', {}, adding(one))));
    }
    return details;
  }

  const adding = (one, ...beside) => h('button', { type: 'button', class: 'row', 'data-item': one.itemId, onclick: () => add(one) },
    beside.length > 0 ? beside[0] : null, itemText(one), beside.length > 1 ? beside[1] : h('span', { class: 'add', 'aria-hidden': 'true' }, icon('plus')));

  function add(one) {
    change([...basket.filter((event) => event.itemId !== one.itemId || event.behavior !== behavior), { itemId: one.itemId, behavior, details: one }]);
  }

  async function change(next) {
    basket = next;
    showBasket();
    await load(recommend, signal, fail);
  }

  function showBasket() {
    put(chosen, basket.length === 0
      ? h('li', {}, emptyState('Nothing in it yet', h('p', {}, 'Click items on the shelf, or among those that are shown.')))
      : [...basket].reverse().map((event) => h('li', { class: 'row' },
        h('i', { class: 'swatch', style: { 'background-color': behaviorColor(behaviors.indexOf(event.behavior)) } }),
        itemText(event.details, event.behavior),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': `Take ${nameOf(event.details)} out`, onclick: () => change(basket.filter((other) => other !== event)) }, icon('close')))));
  }

  async function recommend() {
    const mine = ++asked;
    const before = performance.now();
    const answer = await call('/recommendations', { method: 'POST', signal, body: { events: basket.map(({ itemId, behavior: kind }) => ({ itemId, behavior: kind })), exclude: behaviors, limit: LIMIT } });
    const millis = performance.now() - before;
    const details = await items(answer.items.map((one) => one.itemId));
    if (signal.aborted || mine !== asked) {
      return;
    }
    put(source, h('span', { class: `chip source-${answer.source}` }, SOURCE_WORDS[answer.source]), h('span', { class: 'note' }, `in ${format.duration(millis)}`));
    const top = Math.max(...answer.items.map((one) => one.score), 1e-9);
    const places = new Map([...list.querySelectorAll('[data-item]')].map((row) => [row.dataset.item, row.getBoundingClientRect().top]));
    const focused = list.contains(document.activeElement);
    put(list, answer.items.map((one, n) => h('li', {}, adding(details[n], h('span', { class: 'rank' }, String(n + 1), moved(one.itemId, n)), score(one.score, top, answer.source)))));
    if (focused) {
      list.querySelector('button')?.focus({ preventScroll: true });
    }
    slide(places);
    ranks = new Map(answer.items.map((one, n) => [one.itemId, n]));
    said.textContent = `${basket.length} events in the basket. First now: ${details.slice(0, 3).map(nameOf).join(', ')}.`;
  }

  function moved(id, n) {
    if (ranks.size === 0) {
      return null;
    }
    const before = ranks.get(id);
    if (before === undefined) {
      return h('small', { class: 'better' }, 'new');
    }
    return before === n ? null : h('small', { class: before > n ? 'better' : 'worse' }, `${before > n ? '↑' : '↓'}${Math.abs(before - n)}`);
  }

  /** Rows glide from where they stood, for those who like motion. */
  function slide(places) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      return;
    }
    for (const row of list.querySelectorAll('[data-item]')) {
      const from = places.get(row.dataset.item);
      const options = { duration: 260, easing: 'cubic-bezier(.2,.8,.3,1)' };
      if (from === undefined) {
        row.animate([{ opacity: 0 }, { opacity: 1 }], options);
      } else {
        row.animate([{ transform: `translateY(${from - row.getBoundingClientRect().top}px)` }, { transform: 'none' }], options);
      }
    }
  }

  load(first, signal, fail);
}
