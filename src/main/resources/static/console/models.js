import { call, poll } from './api.js';
import { card, dialog, emptyState, h, put, viewHead } from './dom.js';
import * as format from './format.js';

export const title = 'Models';

const LOOK_MILLIS = 5000;
const METRICS = [['hitRatio', 'Hit ratio'], ['ndcg', 'NDCG'], ['newHitRatio', 'Hit ratio, new items'], ['newNdcg', 'NDCG, new items']];
let cutoff = '10';

export function mount(main, { signal, fail }) {
  const host = h('div', { class: 'models' });
  const select = h('select', { id: 'cutoff', onchange: () => { cutoff = select.value; render(); } });
  put(main,
    viewHead('Models', 'Every run that ends well leaves a version. One of them answers; any other can take over without a pause.'),
    card('Versions', { aside: h('div', { class: 'field-inline' }, h('label', { for: 'cutoff' }, 'Among the best'), select) }, host));
  let models = [];
  let drawn = '';

  function render() {
    const cutoffs = Object.keys(models.find((model) => model.metrics)?.metrics.hitRatio ?? { 10: 0 });
    if (!cutoffs.includes(cutoff)) {
      cutoff = cutoffs[0];
    }
    put(select, cutoffs.map((n) => h('option', { value: n, selected: n === cutoff }, n)));
    put(host, models.length === 0
      ? emptyState('No version yet', h('p', {}, 'The first training run makes one.'), h('a', { class: 'button', href: '#/training' }, 'Go to training'))
      : table(models, confirmed));
  }

  function confirmed(model) {
    const active = models.find((one) => one.active);
    confirmActivation(active, model, async () => {
      await call(`/admin/models/${model.version}/activate`, { method: 'POST' });
      await look();
    });
  }

  async function look() {
    models = await call('/admin/models', { signal });
    const now = JSON.stringify(models.map((model) => [model.version, model.active]));
    // Not drawn anew without a reason: somebody may be about to press a button in it.
    if (!signal.aborted && now !== drawn) {
      drawn = now;
      render();
    }
  }
  poll(look, LOOK_MILLIS, signal, fail);
}

function table(models, activate) {
  const active = models.find((model) => model.active);
  const metrics = METRICS.filter(([key]) => models.some((model) => model.metrics?.[key]?.[cutoff] !== undefined));
  return h('div', { class: 'table-scroll' }, h('table', { class: 'table models-table' },
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col' }, 'Version'),
      metrics.map(([, name]) => h('th', { scope: 'col', class: 'number' }, `${name} @ ${cutoff}`)),
      ['Users', 'Items', 'Factors', 'Size'].map((name) => h('th', { scope: 'col', class: 'number' }, name)),
      h('th', { scope: 'col' }, 'Run'),
      h('th', { scope: 'col' }, h('span', { class: 'sr-only' }, 'Action')))),
    h('tbody', {}, models.map((model) => h('tr', { class: model.active ? 'chosen' : null },
      h('th', { scope: 'row', class: 'version' }, h('span', { class: 'version-name' }, `v${model.version}`, model.active && h('span', { class: 'chip status-active' }, 'Active')),
        h('small', {}, `trained ${format.time(model.createdAt)}`)),
      metrics.map(([key, name]) => metricCell(model, active, key, `${name} @ ${cutoff}`)),
      h('td', { class: 'number', 'data-name': 'Users' }, format.compact(model.users)),
      h('td', { class: 'number', 'data-name': 'Items' }, format.compact(model.items)),
      h('td', { class: 'number', 'data-name': 'Factors' }, format.count(model.factors)),
      h('td', { class: 'number', 'data-name': 'Size' }, format.bytes(model.bytes)),
      h('td', { 'data-name': 'Run' }, h('a', { href: `#/training/${model.runId}` }, `#${model.runId}`)),
      h('td', { class: 'action' }, model.active
        ? h('span', { class: 'note' }, `since ${format.time(model.activatedAt)}`)
        : h('button', { type: 'button', class: 'button plain small', onclick: () => activate(model) }, verb(active, model), h('span', { class: 'sr-only' }, ` to version ${model.version}`))))))));
}

const verb = (active, model) => (active && model.version < active.version ? 'Roll back' : 'Activate');

function metricCell(model, active, key, name) {
  const value = model.metrics?.[key]?.[cutoff];
  const beside = active?.metrics?.[key]?.[cutoff];
  const difference = value !== undefined && beside !== undefined && !model.active ? value - beside : null;
  return h('td', { class: 'number', 'data-name': name },
    h('span', { class: 'with-bar' },
      value !== undefined && h('span', { class: 'mini-track', 'aria-hidden': 'true' }, h('span', { class: 'mini-fill', style: { width: `${value * 100}%` } })),
      h('span', {}, format.fixed(value, 4))),
    h('small', { class: difference === null || Math.abs(difference) < 5e-5 ? null : difference > 0 ? 'better' : 'worse' },
      difference === null ? '\u00a0' : Math.abs(difference) < 5e-5 ? '± 0' : format.signed(difference, 4)));
}

/** Asks once more, with both versions side by side. */
function confirmActivation(active, model, activate) {
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const word = verb(active, model);
  const go = h('button', { type: 'button', class: 'button', onclick: confirm }, `${word} to version ${model.version}`.replace('Activate to', 'Activate'));
  const column = (one, heading) => h('div', { class: 'side-by-side-column' },
    h('p', { class: 'note' }, heading),
    h('p', { class: 'model-version' }, one ? `v${one.version}` : 'none'),
    one && h('dl', { class: 'facts stacked' },
      [['Trained', format.time(one.createdAt)],
        ...METRICS.slice(0, 2).map(([key, name]) => [`${name} @ ${cutoff}`, format.fixed(one.metrics?.[key]?.[cutoff], 4)]),
        ['Users', format.compact(one.users)], ['Items', format.compact(one.items)], ['Factors', format.count(one.factors)]]
        .map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value)))));
  const element = dialog(`${word}?`, h('div', {},
    h('p', {}, `All nodes answer from version ${model.version} within a second or two, without a pause. You can come back the same way. The next run that is good enough activates its own model again.`),
    h('div', { class: 'side-by-side' }, column(active, 'Active now'), column(model, 'Then')),
    wrong,
    h('footer', { class: 'dialog-foot' }, h('button', { type: 'button', class: 'button plain', onclick: () => element.close() }, 'Keep it as it is'), go)));
  go.focus();

  async function confirm() {
    go.disabled = true;
    try {
      await activate();
      element.close();
    } catch (failure) {
      wrong.textContent = failure.message;
      go.disabled = false;
    }
  }
}
