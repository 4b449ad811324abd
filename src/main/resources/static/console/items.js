import { call, Problem } from './api.js';
import { h } from './dom.js';
import * as format from './format.js';

/** How an answer was found. */
export const SOURCE_WORDS = { trained: 'trained', foldedIn: 'folded in', popular: 'popular items' };

const KEPT = 2000;
const known = new Map();

/** What the shop told of an item, asked for once; of one that it took away only the id is known. */
export function item(id) {
  let told = known.get(id);
  if (told === undefined) {
    if (known.size >= KEPT) {
      known.delete(known.keys().next().value);
    }
    told = call(`/items/${encodeURIComponent(id)}`).catch((failure) => {
      if (failure instanceof Problem && failure.status === 404) {
        return { itemId: id, categories: [], available: false, attributes: {}, gone: true };
      }
      known.delete(id);
      throw failure;
    });
    known.set(id, told);
  }
  return told;
}

export const items = (ids) => Promise.all(ids.map(item));

/** Shops call it one thing or another. */
export const nameOf = (one) => String(one.attributes.name ?? one.attributes.title ?? one.itemId);

/** An item's name over its categories, with something before these if need be. */
export function itemText(one, before) {
  const name = nameOf(one);
  return h('span', { class: 'item-text' },
    h('span', { class: 'item-name', title: one.itemId }, name),
    h('span', { class: 'item-sub' }, before && [before, ' · '], one.gone ? 'no longer in the catalog' : one.categories.length > 0 ? one.categories.join(', ') : name === one.itemId ? 'no details' : one.itemId,
      !one.gone && !one.available && h('span', { class: 'tag warn' }, 'not available')));
}

/** Rows that stand where others will. */
export function placeholders(count) {
  return Array.from({ length: count }, () => h('li', { class: 'row ghost', 'aria-hidden': 'true' }, h('span', { class: 'ghost-line' })));
}

/** A score as a number and as a bar beside the list's best. */
export function score(value, top, source) {
  return h('span', { class: 'score' },
    h('span', { class: 'score-value' }, source === 'popular' ? format.compact(value) : format.fixed(value, 3)),
    h('span', { class: 'mini-track', 'aria-hidden': 'true' }, h('span', { class: 'mini-fill', style: { width: `${Math.max(0, Math.min(100, (100 * value) / top))}%` } })));
}
