import { call, load } from './api.js';
import { behaviorColor } from './charts.js';
import { card, emptyState, h, put, viewHead } from './dom.js';
import { explanationBars } from './explanation.js';
import * as format from './format.js';
import { items, itemText, placeholders, score, SOURCE_WORDS } from './items.js';
import { mountBasket } from './try-basket.js';
import { userField } from './user-field.js';

export const title = 'Try it';

const LIMIT = 10;
const PAGE = 25;

export function mount(main, context) {
  const basket = context.path[0] === 'basket';
  const tab = (href, text, here) => h('a', { href, 'aria-current': here ? 'page' : null }, text);
  const body = h('div', { class: 'try' });
  put(main,
    viewHead('Try it', 'What a shopper would be shown, and why.',
      h('nav', { class: 'segments', 'aria-label': 'Whom to try' }, tab('#/try', 'A shopper', !basket), tab('#/try/basket', 'A basket', basket))),
    body);
  if (basket) {
    mountBasket(body, context);
  } else {
    mountShopper(body, context);
  }
}

function mountShopper(body, { path, signal, fail }) {
  const user = path[0] === 'user' ? path[1] : null;
  const controls = h('div', { class: 'controls' });
  const history = h('ol', { class: 'rows history-rows', tabindex: '0', 'aria-label': 'Events, the newest first' });
  const more = h('div', { class: 'more' });
  const list = h('ol', { class: 'rows' });
  const source = h('span', { class: 'source' });
  const why = h('div', { class: 'why', tabindex: '-1' });
  const settings = { behavior: null, keepBought: false };
  put(body, controls, user === null
    ? h('section', { class: 'card' }, emptyState('Whose recommendations?', h('p', {}, 'Type the beginning of a user id above and choose one. Any id may be tried: a shopper nobody has seen gets popular items.')))
    : h('div', { class: 'grid try-grid' },
      card('History', { class: 'history-card' }, history, more),
      card('Recommendations', { class: 'list-card', aside: source }, list),
      card('Why', { class: 'why-card' }, why)));
  controls.append(userField(user, signal));
  if (user === null) {
    controls.querySelector('input').focus({ preventScroll: true });
    return;
  }
  const select = h('select', { id: 'behavior', onchange: () => { settings.behavior = select.value; load(recommend, signal, fail); } });
  controls.append(options());
  put(list, placeholders(LIMIT));
  put(history, placeholders(LIMIT));
  let behaviors = [];
  let chosen = null;
  const swatch = (name) => h('i', { class: 'swatch', style: { 'background-color': behaviorColor(Math.max(0, behaviors.indexOf(name))) } });

  async function first() {
    behaviors = (await call('/admin/overview', { signal })).behaviors;
    settings.behavior = behaviors.at(-1);
    put(select, behaviors.map((name) => h('option', { value: name, selected: name === settings.behavior }, name)));
    await Promise.all([recommend(), page(null)]);
  }

  function options() {
    const box = h('input', { id: 'bought', type: 'checkbox', onchange: () => { settings.keepBought = box.checked; load(recommend, signal, fail); } });
    return h('div', { class: 'options' },
      h('div', { class: 'field-inline' }, h('label', { for: 'behavior' }, 'Likely to'), select),
      h('div', { class: 'check' }, box, h('label', { for: 'bought' }, 'Also items they already have')));
  }

  async function recommend() {
    const query = new URLSearchParams({ limit: LIMIT, behavior: settings.behavior });
    if (settings.keepBought) {
      query.set('exclude', '');
    }
    const answer = await call(`/users/${encodeURIComponent(user)}/recommendations?${query}`, { signal });
    const details = await items(answer.items.map((one) => one.itemId));
    if (signal.aborted) {
      return;
    }
    put(source, h('span', { class: `chip source-${answer.source}` }, SOURCE_WORDS[answer.source]),
      answer.modelVersion && h('span', { class: 'note' }, `model v${answer.modelVersion}`));
    const top = Math.max(...answer.items.map((one) => one.score), 1e-9);
    put(list, answer.items.length === 0 ? h('li', {}, emptyState('Nothing to recommend', h('p', {}, 'There is no available item that the shopper does not have.'))) :
      answer.items.map((one, n) => h('li', {}, h('button', {
        type: 'button', class: 'row', 'data-item': one.itemId, 'aria-pressed': 'false', disabled: answer.source === 'popular',
        onclick: () => explain(one.itemId, details[n], true),
      }, h('span', { class: 'rank' }, String(n + 1)), itemText(details[n]), score(one.score, top, answer.source)))));
    if (answer.source === 'popular') {
      put(why, emptyState('Popular, that is why', h('p', {}, 'Nothing is known of this shopper that the model could use. The score counts who touched the item lately; a behavior counts twice the one before it.')));
    } else if (answer.items.length > 0) {
      await explain(answer.items[0].itemId, details[0], false);
    }
  }

  async function page(cursor) {
    const query = new URLSearchParams({ limit: PAGE });
    if (cursor) {
      query.set('cursor', cursor);
    }
    const answer = await call(`/users/${encodeURIComponent(user)}/events?${query}`, { signal });
    const details = await items(answer.events.map((one) => one.itemId));
    if (signal.aborted) {
      return;
    }
    if (!cursor) {
      put(history);
    }
    history.append(...answer.events.map((event, n) => h('li', { class: 'row' },
      swatch(event.behavior), itemText(details[n], event.behavior), h('time', { datetime: event.occurredAt }, format.time(event.occurredAt)))));
    if (history.children.length === 0) {
      put(history, h('li', {}, emptyState('No events', h('p', {}, 'This shopper has not been seen.'))));
    }
    put(more, answer.next && h('button', { type: 'button', class: 'button plain small', onclick: () => load(() => page(answer.next), signal, fail) }, 'Show earlier events'));
  }

  /** Fills the card with the parts of an item's score, and items like it. */
  async function explain(id, details, byHand) {
    chosen = id;
    for (const row of list.querySelectorAll('[data-item]')) {
      row.setAttribute('aria-pressed', String(row.dataset.item === id));
    }
    const path = encodeURIComponent(id);
    const [explanation, similar] = await load(() => Promise.all([
      call(`/users/${encodeURIComponent(user)}/recommendations/${path}/explanation?behavior=${encodeURIComponent(settings.behavior)}`, { signal }),
      call(`/items/${path}/similar?limit=5`, { signal }),
    ]), signal, fail) ?? [];
    if (!explanation) {
      return;
    }
    const [names, like] = await Promise.all([items(explanation.events.map((event) => event.itemId)), items(similar.items.map((one) => one.itemId))]);
    if (signal.aborted || chosen !== id) {
      return;
    }
    put(why,
      h('p', { class: 'why-item' }, itemText(details)),
      explanationBars(explanation, names, behaviors),
      h('h3', {}, 'Similar items'),
      h('ul', { class: 'rows similar' }, similar.items.map((one, n) => h('li', {}, h('button', {
        type: 'button', class: 'row', onclick: () => explain(one.itemId, like[n], true),
      }, itemText(like[n]), score(one.score, similar.items[0].score, 'similar'))))));
    if (byHand && matchMedia('(max-width: 1100px)').matches) {
      const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      why.closest('.card').scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
    }
  }

  load(first, signal, fail);
}
