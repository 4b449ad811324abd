import { call } from './api.js';
import { curve } from './charts.js';
import { h, put, spokenTable } from './dom.js';
import * as format from './format.js';
import { chip, PHASE_WORDS, PHASES, shortNumber, took, TRIGGER_WORDS, underWay } from './runs.js';
import { searchCard } from './search.js';

/** A run's card. Its parts have their places from the start, so that nothing moves when they are filled. */
export function runView(host, signal) {
  const name = h('h2', { id: 'run-name' }, 'Run');
  const state = h('span', {});
  const cancel = h('button', { type: 'button', class: 'button danger small', hidden: true }, 'Cancel');
  const sub = h('p', { class: 'note' }, '\u00a0');
  const bar = h('progress', { class: 'progress', max: '1', value: '0', 'aria-label': 'Progress of the run' });
  const word = h('p', { class: 'progress-word' }, '\u00a0');
  const lossHost = h('div', { class: 'chart-mid' });
  const metricHost = h('div', { class: 'chart-mid' });
  const lossRead = h('output', { class: 'readout' });
  const metricRead = h('output', { class: 'readout' });
  const spoken = h('div', {});
  const results = h('div', { class: 'run-results' });
  const trials = h('div', {});
  put(host,
    h('section', { class: 'card run', 'aria-labelledby': 'run-name' },
      h('header', { class: 'card-head' }, h('div', { class: 'run-title' }, name, state), cancel),
      sub, bar, word,
      h('div', { class: 'grid two' },
        h('figure', {}, h('figcaption', {}, 'Loss', lossRead), lossHost),
        h('figure', {}, h('figcaption', {}, 'Quality, on a sample', metricRead), metricHost)),
      spoken, results),
    trials);
  let points = [];
  let told = 0;
  let search = null;
  const read = (output, field, digits) => (index) => {
    const point = points[index ?? points.length - 1];
    output.textContent = point && point[field] !== undefined ? `${digits(point[field])} after ${point.iteration}` : '';
  };
  const readLoss = read(lossRead, 'loss', format.loss);
  const readMetric = read(metricRead, 'metric', (value) => format.fixed(value, 4));
  const lossCurve = curve(lossHost, 'Loss after each iteration', '--line-a', format.compactLoss, readLoss, signal);
  const metricCurve = curve(metricHost, 'Quality after each iteration', '--line-b', (value) => (value > 1 ? '' : format.fixed(value, 3)), readMetric, signal);

  function progress(run) {
    name.textContent = `Run ${run.id}`;
    put(state, chip(run.status));
    cancel.hidden = !underWay(run);
    cancel.onclick = async () => {
      cancel.disabled = true;
      try {
        await call(`/admin/training-runs/${run.id}`, { method: 'DELETE', signal });
      } finally {
        cancel.disabled = false;
      }
    };
    sub.textContent = `Started ${TRIGGER_WORDS[run.trigger]} ${format.ago(run.createdAt)}${run.startedAt ? `, ${run.finishedAt ? 'took' : 'running for'} ${format.duration(took(run))}` : ''}`;
    const { phase, iteration, iterations, loss } = run.progress;
    const place = PHASES.indexOf(phase);
    if (run.status === 'QUEUED') {
      bar.value = 0;
      word.textContent = 'Waiting for a trainer';
    } else if (run.status === 'RUNNING') {
      const share = phase === 'tune' ? Math.min(1, took(run) / 1000 / run.parameters.tuning.seconds) : phase === 'solve' ? iteration / iterations : place > PHASES.indexOf('solve') ? 1 : 0;
      bar.value = share;
      word.textContent = `${PHASE_WORDS[phase] ?? 'Starting'}${phase === 'solve' ? `: iteration ${iteration} of ${iterations}${loss === null ? '' : `, loss ${format.loss(loss)}`}`
        : phase === 'tune' ? `: trial ${told + 1}, ${format.duration(took(run))} of ${format.duration(run.parameters.tuning.seconds * 1000)}` : '…'}`;
    } else {
      bar.value = run.status === 'SUCCEEDED' ? 1 : iteration / iterations;
      word.textContent = run.status === 'SUCCEEDED'
        ? `${iteration} iterations, loss ${format.loss(loss)}`
        : `${run.status === 'FAILED' ? 'Failed' : 'Canceled'}${phase ? ` while ${(PHASE_WORDS[phase] ?? phase).toLowerCase()}` : ''}${iteration > 0 ? `, after ${iteration} of ${iterations} iterations` : ''}`;
    }
    bar.dataset.status = run.status;
  }

  function show(run) {
    told = run.tuning?.trials?.length ?? 0;
    progress(run);
    points = run.curve ?? [];
    const measured = points.some((point) => point.metric !== undefined);
    if (points.length > 0) {
      lossCurve.data([points.map((point) => point.iteration), points.map((point) => point.loss)]);
    } else {
      lossCurve.clear(underWay(run) ? 'The curve begins after the first iteration.' : 'No iteration was finished.');
    }
    if (measured) {
      metricCurve.data([points.map((point) => point.iteration), points.map((point) => point.metric ?? null)]);
    } else {
      metricCurve.clear(run.parameters.holdout ? (underWay(run) ? 'The curve begins after the first iteration.' : 'Nothing was measured.') : 'Nothing is held out in this run.');
    }
    readLoss(null);
    readMetric(null);
    put(spoken, spokenTable('After each iteration', ['Iteration', 'Loss', 'Quality'], points.map((point) => [point.iteration, format.loss(point.loss), format.fixed(point.metric, 4)])));
    put(results,
      h('div', { class: 'result' }, h('h3', {}, 'Held-out items found'), run.metrics ? metricsTable(run.metrics) : h('p', { class: 'note' }, underWay(run) ? 'Measured at the end.' : 'Not measured.'),
        run.error && h('p', { class: 'message bad' }, h('strong', {}, 'Failed. '), run.error),
        run.gate && h('p', { class: 'message warn' }, h('strong', {}, 'Kept, but not activated. '), run.gate)),
      h('div', { class: 'result' }, h('h3', {}, 'Phases'), phaseTable(run)),
      h('div', { class: 'result' }, h('h3', {}, 'Settings'), settings(run)));
    if (run.tuning) {
      search ??= searchCard(signal);
      search.show(run);
    }
    if (trials.childElementCount !== (run.tuning ? 1 : 0)) {
      put(trials, run.tuning && search.element);
    }
  }
  return { show, progress };
}

function metricsTable(metrics) {
  const cutoffs = Object.keys(metrics.hitRatio);
  const row = (label, values) => Object.keys(values).length > 0
    && h('tr', {}, h('th', { scope: 'row' }, label), cutoffs.map((n) => h('td', { class: 'number' }, format.fixed(values[n], 3))));
  return [
    h('table', { class: 'table small' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Among the best'), cutoffs.map((n) => h('th', { scope: 'col', class: 'number' }, n)))),
      h('tbody', {},
        row('Hit ratio', metrics.hitRatio), row('NDCG', metrics.ndcg),
        row('Hit ratio, new items', metrics.newHitRatio), row('NDCG, new items', metrics.newNdcg))),
    h('p', { class: 'note' }, `Of ${format.count(metrics.users)} shoppers${metrics.newUsers > 0 ? `; ${format.count(metrics.newUsers)} items were new to theirs` : ''}.`),
  ];
}

function phaseTable(run) {
  const known = PHASES.filter((phase) => run.timings[phase] !== undefined);
  const longest = Math.max(...known.map((phase) => run.timings[phase]), 1);
  return known.length === 0
    ? h('p', { class: 'note' }, 'None has ended.')
    : h('ul', { class: 'bars' }, known.map((phase) => h('li', {},
      h('span', {}, phase),
      h('span', { class: 'bar-track' }, h('span', { class: `bar phase-${phase}`, style: { width: `${Math.max(0.5, (100 * run.timings[phase]) / longest)}%` } })),
      h('span', { class: 'number' }, format.duration(run.timings[phase])))));
}

function settings(run) {
  const parameters = run.tuning?.winner ?? run.parameters;
  const facts = [
    ['Solver', parameters.solver], ['Factors', parameters.factors], ['Iterations', parameters.iterations], ['Keep', parameters.keep],
    ['Popularity exponent', parameters.popularityExponent], ['Relaxation', parameters.relaxation],
    ['Warm start', parameters.warmStart ? 'yes' : 'no'], ['Holdout', parameters.holdout ? 'yes' : 'no'],
  ];
  return [
    h('dl', { class: 'facts small' }, facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, typeof value === 'number' ? shortNumber(value) : value)))),
    h('table', { class: 'table small' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Behavior'), h('th', { scope: 'col', class: 'number' }, 'Share of the loss'), h('th', { scope: 'col', class: 'number' }, 'Negative weight'))),
      h('tbody', {}, parameters.behaviors.map((one) => h('tr', {}, h('th', { scope: 'row' }, one.name),
        h('td', { class: 'number' }, shortNumber(one.lambda)), h('td', { class: 'number' }, shortNumber(one.negativeWeight)))))),
  ];
}
