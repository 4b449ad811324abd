import { call, load, poll, stream, Unreachable } from './api.js';
import { curve, scatter } from './charts.js';
import { card, emptyState, h, icon, put, spokenTable, viewHead } from './dom.js';
import * as format from './format.js';
import { askForRun } from './run-dialog.js';

export const title = 'Training';

const LOOK_MILLIS = 5000;
const SECOND_MILLIS = 1000;
export const PHASES = ['snapshot', 'split', 'tune', 'solve', 'evaluate', 'gate', 'publish'];
const PHASE_WORDS = {
  snapshot: 'Reading the events', split: 'Holding out the last ones', tune: 'Searching for the best settings',
  solve: 'Solving', evaluate: 'Measuring', gate: 'Comparing with the active model', publish: 'Publishing',
};
const TRIGGER_WORDS = { MANUAL: 'by hand', SCHEDULE: 'by the schedule', EVENTS: 'by new events', DEMO: 'by the demo' };
const STATUS_WORDS = { QUEUED: 'Queued', RUNNING: 'Running', SUCCEEDED: 'Succeeded', FAILED: 'Failed', CANCELED: 'Canceled' };

const underWay = (run) => run.status === 'QUEUED' || run.status === 'RUNNING';

export function mount(main, { path, signal, fail }) {
  const start = h('button', { type: 'button', class: 'button', disabled: true, onclick: () => askForRun(lastParameters, started) }, icon('play'), 'Start a run');
  const detail = h('div', { class: 'run-detail' });
  const history = h('div', { class: 'history' });
  // Comes when what stands above it has its height.
  const runsCard = card('Runs', { class: 'runs', aside: h('ul', { class: 'legend phases-legend', 'aria-label': 'Phases' },
      PHASES.filter((phase) => phase !== 'publish').map((phase) => h('li', {}, h('i', { class: `swatch phase-${phase}` }), phase))) }, history);
  runsCard.hidden = true;
  put(main, viewHead('Training', 'A run turns all events into a new version of the model.', start), detail, runsCard);

  const asked = Number(path[0]) || null;
  let shown = null;
  let watching = null;
  let lastParameters = null;
  let drawn = '';

  /** Shows the run that the address names, else the newest. */
  function choose(runs) {
    lastParameters = runs[0]?.parameters ?? null;
    start.disabled = runs.some(underWay);
    start.title = start.disabled ? 'One run at a time' : '';
    const id = asked ?? runs[0]?.id ?? null;
    const now = JSON.stringify([runs, id]);
    if (now !== drawn) {
      drawn = now;
      // Who stands on a run with the keyboard goes on standing there.
      const at = history.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
      put(history, runs.length > 0 && historyTable(runs, id));
      [...history.querySelectorAll('a')].find((link) => link.getAttribute('href') === at)?.focus({ preventScroll: true });
    }
    if (id === null) {
      put(detail, h('section', { class: 'card' }, emptyState('No run yet',
        h('p', {}, 'A run reads all events, holds every shopper’s last purchase out to measure on, and publishes a model when it is no worse than the one before.'))));
      runsCard.hidden = false;
    } else if (shown === null) {
      shown = runView(detail, signal);
      follow(id);
    } else if (asked === null && watching !== id) {
      // A run that somebody else, or the schedule, started.
      follow(id);
    }
  }

  function follow(id) {
    watching = id;
    load(() => watch(id), signal, fail);
  }

  /** Shows a run, and as long as it is under way, what its stream tells. */
  async function watch(id) {
    const show = async () => {
      const run = await call(`/admin/training-runs/${id}`, { signal });
      if (watching === id && !signal.aborted) {
        shown.show(run);
        runsCard.hidden = false;
      }
      return run;
    };
    const run = await show();
    if (!underWay(run)) {
      return;
    }
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    let latest = run;
    // The curve and the trials stand beside the run, and a search makes no iterations that the stream would tell of.
    let drawn = '';
    poll(async () => {
      const state = `${latest.progress.phase} ${latest.progress.iteration}`;
      if (state !== drawn || latest.progress.phase === 'tune') {
        drawn = state;
        await show();
      }
      shown.progress(latest);
    }, SECOND_MILLIS, both, fail);
    try {
      await stream(`/admin/training-runs/${id}/progress`, both, (now) => {
        latest = now;
        if (watching === id) {
          shown.progress(now);
        } else {
          ended.abort();
        }
      });
    } finally {
      ended.abort();
    }
    if (underWay(await show())) {
      throw new Unreachable('The stream ended before the run.');
    }
    await list();
  }

  function started(run) {
    if (asked === null) {
      start.disabled = true;
      shown ??= runView(detail, signal);
      follow(run.id);
      load(list, signal, fail);
    } else {
      location.hash = '#/training';
    }
  }

  async function list() {
    const runs = await call('/admin/training-runs', { signal });
    if (!signal.aborted) {
      choose(runs);
    }
  }
  poll(list, LOOK_MILLIS, signal, fail);
}

const chip = (status) => h('span', { class: `chip status-${status.toLowerCase()}` }, STATUS_WORDS[status]);

const took = (run) =>
  run.startedAt ? (run.finishedAt ? new Date(run.finishedAt) : Date.now()) - new Date(run.startedAt) : null;

/** The metric that people look at first: the hit ratio among the fewest. */
export function headline(metrics) {
  const [n, value] = Object.entries(metrics?.hitRatio ?? {})[0] ?? [];
  return n === undefined ? null : { name: `HR@${n}`, value };
}

function phaseBar(run, longest) {
  const known = PHASES.filter((phase) => run.timings[phase] > 0);
  const sum = known.reduce((total, phase) => total + run.timings[phase], 0);
  return h('span', { class: 'phase-bar', role: 'img', 'aria-label': known.map((phase) => `${phase} ${format.duration(run.timings[phase])}`).join(', ') || 'no phase has ended' },
    h('span', { class: 'phase-parts', style: { width: `${longest > 0 ? Math.max(2, (100 * sum) / longest) : 0}%` } },
      known.map((phase) => h('span', { class: `phase-${phase}`, title: `${phase}: ${format.duration(run.timings[phase])}`, style: { 'flex-grow': String(run.timings[phase] / sum) } }))));
}

function historyTable(runs, chosen) {
  const sums = runs.map((run) => Object.values(run.timings).reduce((total, millis) => total + millis, 0));
  const longest = Math.max(...sums);
  return h('div', { class: 'table-scroll' }, h('table', { class: 'table runs-table' },
    h('thead', {}, h('tr', {}, ['Run', 'Status', 'Started', 'Phases', 'Took', 'Quality', 'Model'].map((name) =>
      h('th', { scope: 'col', class: ['Took', 'Quality', 'Model'].includes(name) ? 'number' : null }, name)))),
    h('tbody', {}, runs.map((run) => {
      const best = headline(run.metrics);
      return h('tr', { class: run.id === chosen ? 'chosen' : null },
        h('th', { scope: 'row' }, h('a', { class: 'row-link', href: `#/training/${run.id}`, 'aria-current': run.id === chosen ? 'true' : null }, `#${run.id}`)),
        h('td', {}, chip(run.status), run.parameters.tune && h('span', { class: 'tag' }, 'search'), run.gate && h('span', { class: 'tag warn', title: run.gate }, 'held back')),
        h('td', { class: 'when' }, format.time(run.startedAt ?? run.createdAt), h('small', {}, TRIGGER_WORDS[run.trigger])),
        h('td', { class: 'phases' }, phaseBar(run, longest)),
        h('td', { class: 'number' }, format.duration(took(run))),
        h('td', { class: 'number' }, best ? [format.fixed(best.value, 3), h('small', {}, best.name)] : format.NONE),
        h('td', { class: 'number' }, run.modelVersion ? `v${run.modelVersion}` : format.NONE));
    }))));
}

/** A run's card. Its parts have their places from the start, so that nothing moves when they are filled. */
function runView(host, signal) {
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

export function metricsTable(metrics) {
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

const shortNumber = (value) => Number(value.toPrecision(4)).toLocaleString('en-GB', { maximumSignificantDigits: 4 });

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
function searchCard(signal) {
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
