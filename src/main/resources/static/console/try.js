import { call, load } from './api.js';
import { behaviorColor, shareBar } from './charts.js';
import { card, emptyState, h, icon, put, viewHead } from './dom.js';
import * as format from './format.js';
import { items, itemText, nameOf, placeholders } from './items.js';
import { mountBasket } from './try-basket.js';

export const title = 'Try it';

const LIMIT = 10;
const PAGE = 25;
const SUGGESTIONS = 8;
const EXPLAINED = 8;
export const SOURCE_WORDS = { trained: 'trained', foldedIn: 'folded in', popular: 'popular items' };

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
      parts(explanation, names),
      h('h3', {}, 'Similar items'),
      h('ul', { class: 'rows similar' }, similar.items.map((one, n) => h('li', {}, h('button', {
        type: 'button', class: 'row', onclick: () => explain(one.itemId, like[n], true),
      }, itemText(like[n]), score(one.score, similar.items[0].score, 'similar'))))));
    if (byHand && matchMedia('(max-width: 1100px)').matches) {
      const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      why.closest('.card').scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
    }
  }

  /** Bars of what each event adds; the smaller ones together, so that all of them add up to the score. */
  function parts(explanation, names) {
    const each = explanation.events.map((event, n) => ({ ...event, name: nameOf(names[n]) }));
    const bySize = [...each].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    const shown = bySize.slice(0, EXPLAINED).sort((a, b) => b.contribution - a.contribution);
    const rest = bySize.slice(EXPLAINED);
    const restSum = rest.reduce((sum, event) => sum + event.contribution, 0);
    const rows = shown.map((event) => ({ name: event.name, behavior: event.behavior, value: event.contribution }));
    if (rest.length > 0) {
      rows.push({ name: rest.length === 1 ? '1 other event' : `${rest.length} other events`, behavior: null, value: restSum });
    }
    const low = Math.min(0, ...rows.map((row) => row.value));
    const high = Math.max(0, ...rows.map((row) => row.value), 1e-9);
    const at = (value) => (100 * (value - low)) / (high - low);
    const sums = behaviors.map((name) => each.filter((event) => event.behavior === name).reduce((sum, event) => sum + event.contribution, 0));
    return [
      h('div', { class: 'why-sum' },
        shareBar(behaviors.map((name, k) => ({ value: Math.max(0, sums[k]), color: behaviorColor(k) })), `Of the score ${behaviors.map((name, k) => `${format.fixed(sums[k], 3)} from ${name} events`).join(', ')}`),
        h('ul', { class: 'legend' }, behaviors.map((name, k) => h('li', {}, swatch(name), name, ' ', h('b', {}, format.signed(sums[k], 3)))))),
      h('table', { class: 'why-table' },
        h('caption', { class: 'sr-only' }, 'What each event adds to the score'),
        h('colgroup', {}, h('col', { class: 'why-names' }), h('col', {}), h('col', { class: 'why-numbers' })),
        h('tbody', {}, rows.map((row) => h('tr', {},
          h('th', { scope: 'row' }, row.behavior ? [swatch(row.behavior), h('span', { class: 'why-name', title: `${row.behavior}: ${row.name}` }, row.name, h('span', { class: 'sr-only' }, `, ${row.behavior}`))] : h('span', { class: 'why-name' }, row.name)),
          h('td', { class: 'why-bar' }, h('span', { class: 'zero', style: { left: `${at(0)}%` } }),
            h('span', { class: row.value < 0 ? 'bar less' : 'bar', style: { left: `${at(Math.min(0, row.value))}%`, width: `${Math.abs(at(row.value) - at(0))}%`, ...(row.behavior ? { 'background-color': behaviorColor(behaviors.indexOf(row.behavior)) } : {}) } })),
          h('td', { class: 'number' }, format.signed(row.value, 3))))),
        h('tfoot', {}, h('tr', {}, h('th', { scope: 'row', colspan: '2' }, `Score for ${explanation.behavior}`, h('small', {}, `the sum of ${explanation.events.length} events`)), h('td', { class: 'number' }, format.fixed(explanation.score, 3))))),
    ];
  }

  load(first, signal, fail);
}

export function score(value, top, source) {
  return h('span', { class: 'score' },
    h('span', { class: 'score-value' }, source === 'popular' ? format.compact(value) : format.fixed(value, 3)),
    h('span', { class: 'mini-track', 'aria-hidden': 'true' }, h('span', { class: 'mini-fill', style: { width: `${Math.max(0, Math.min(100, (100 * value) / top))}%` } })));
}

/** A field with suggestions: a combobox as screen readers know it. */
function userField(user, signal) {
  const options = h('ul', { class: 'suggestions', id: 'suggestions', role: 'listbox', 'aria-label': 'Users', hidden: true });
  const input = h('input', {
    id: 'user', type: 'search', role: 'combobox', autocomplete: 'off', spellcheck: 'false', placeholder: 'User id', value: user ?? '',
    'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'suggestions', maxlength: 200,
    oninput: () => suggest(), onfocus: () => { if (input.value === '') { suggest(); } }, onblur: () => setTimeout(close, 150), onkeydown: key,
  });
  const form = h('form', { class: 'user-form', role: 'search', onsubmit: (event) => { event.preventDefault(); choose(input.value.trim()); } },
    h('label', { for: 'user' }, 'User'),
    h('div', { class: 'user-box' }, icon('search'), input, options),
    h('button', { type: 'submit', class: 'button' }, 'Show'));
  let active = -1;
  let asked = 0;

  async function suggest() {
    const mine = ++asked;
    try {
      const found = await call(`/admin/users?${new URLSearchParams({ prefix: input.value.trim(), limit: SUGGESTIONS })}`, { signal });
      if (mine !== asked || document.activeElement !== input) {
        return;
      }
      active = -1;
      put(options, found.userIds.map((id, n) => h('li', { id: `suggestion-${n}`, role: 'option', 'aria-selected': 'false', onpointerdown: (event) => { event.preventDefault(); choose(id); } },
        h('mark', {}, id.slice(0, input.value.trim().length)), id.slice(input.value.trim().length))));
      show(found.userIds.length > 0);
    } catch {
      // Suggestions are a convenience; the view itself tells what is wrong.
      close();
    }
  }

  function show(open) {
    options.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    input.removeAttribute('aria-activedescendant');
  }

  function close() {
    asked++;
    show(false);
  }

  function key(event) {
    const all = [...options.children];
    if (event.key === 'Escape') {
      close();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && all.length > 0) {
      event.preventDefault();
      if (options.hidden) {
        show(true);
      }
      active = (active + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length;
      all.forEach((option, n) => option.setAttribute('aria-selected', String(n === active)));
      input.setAttribute('aria-activedescendant', `suggestion-${active}`);
    } else if (event.key === 'Enter' && !options.hidden && active >= 0) {
      event.preventDefault();
      choose(all[active].textContent);
    }
  }

  function choose(id) {
    close();
    if (id !== '') {
      input.value = id;
      location.hash = `#/try/user/${encodeURIComponent(id)}`;
    }
  }
  return form;
}
