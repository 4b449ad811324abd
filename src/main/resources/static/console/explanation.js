import { behaviorColor, shareBar } from './charts.js';
import { h } from './dom.js';
import * as format from './format.js';
import { nameOf } from './items.js';

const EXPLAINED = 8;

/** Bars of what each event adds; the smaller ones together, so that all of them add up to the score. */
export function explanationBars(explanation, names, behaviors) {
  const swatch = (name) => h('i', { class: 'swatch', style: { 'background-color': behaviorColor(behaviors.indexOf(name)) } });
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
