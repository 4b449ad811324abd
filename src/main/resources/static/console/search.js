import { scatter } from './charts.js';
import { card, h, put } from './dom.js';
import * as format from './format.js';
import { shortNumber, underWay } from './runs.js';

const weights = (parameters, field) => parameters.behaviors.map((one) => shortNumber(one[field])).join(' · ');

const AXES = {
  seconds: { name: 'Seconds taken', of: (trial) => trial.seconds },
  factors: { name: 'Factors', of: (trial) => trial.parameters.factors },
  negative: { name: 'Negative weight of the target', of: (trial) => trial.parameters.behaviors.at(-1).negativeWeight },
  lambda: { name: 'Target’s share of the loss', of: (trial) => trial.parameters.behaviors.at(-1).lambda },
  keep: { name: 'Keep', of: (trial) => trial.parameters.keep },
  popularity: { name: 'Popularity exponent', of: (trial) => trial.parameters.popularityExponent },
};
let axis = 'negative';

/** A search's card, made once: somebody may be choosing the axis or scrolling while trials come in. */
export function searchCard(signal) {
  const host = h('div', { class: 'chart-tall' });
  const summary = h('p', { class: 'note' });
  const table = h('table', { class: 'table trials-table' });
  const select = h('select', { id: 'axis', onchange: () => { axis = select.value; draw(); } },
    Object.entries(AXES).map(([key, one]) => h('option', { value: key, selected: key === axis }, one.name)));
  let run = null;
  let good = [];
  let best = null;

  function draw() {
    if (good.length === 0) {
      put(host, h('p', { class: 'chart-words' }, run && underWay(run) ? 'Waiting for the first trial.' : 'No trial was finished.'));
      return;
    }
    const { name, of } = AXES[axis];
    const metric = run.parameters.tuning.metric;
    scatter(host, good.map((trial) => ({
      x: of(trial), y: trial.value, best: trial === best,
      title: `Trial ${trial.number}: ${metric} ${format.fixed(trial.value, 4)}, ${name.toLowerCase()} ${shortNumber(of(trial))}`,
    })), name, metric, (value) => String(Number(value.toPrecision(2))), (value) => format.fixed(value, 3));
  }

  function row(trial) {
    const { factors, iterations, keep, popularityExponent } = trial.parameters;
    const cells = [format.fixed(trial.value, 4), factors, iterations, shortNumber(keep), shortNumber(popularityExponent),
      weights(trial.parameters, 'lambda'), weights(trial.parameters, 'negativeWeight'), format.fixed(trial.seconds, 1)];
    return h('tr', { class: trial === best ? 'best' : null },
      h('th', { scope: 'row' }, `${trial.number}`, trial === best && h('span', { class: 'tag good' }, 'best')),
      cells.map((cell) => h('td', { class: 'number' }, cell)));
  }

  function show(now) {
    run = now;
    const all = run.tuning.trials ?? [];
    const metric = run.parameters.tuning.metric;
    good = all.filter((trial) => trial.value !== null);
    best = good.reduce((a, b) => (a === null || b.value > a.value ? b : a), null);
    summary.textContent = `${all.length} trials, ${metric} on validation items${best ? `; the best is trial ${best.number} with ${format.fixed(best.value, 4)}` : ''}. Values of short trials are lower: they had fewer iterations.`;
    const names = [metric, 'Factors', 'Iterations', 'Keep', 'Popularity', 'Shares of the loss', 'Negative weights', 'Seconds'];
    put(table,
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Trial'), names.map((name) => h('th', { scope: 'col', class: 'number' }, name)))),
      h('tbody', {}, [...all].sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity)).map(row)));
    draw();
  }

  const resize = new ResizeObserver(draw);
  resize.observe(host);
  signal.addEventListener('abort', () => resize.disconnect(), { once: true });
  return {
    show,
    element: card('Search', { aside: h('div', { class: 'field-inline' }, h('label', { for: 'axis' }, 'Across'), select) },
      summary, host,
      h('div', { class: 'table-scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Trials' }, table)),
  };
}
