import { call, load, poll, stream, Unreachable } from './api.js';
import { card, emptyState, h, icon, put, viewHead } from './dom.js';
import * as format from './format.js';
import { askForRun } from './run-dialog.js';
import { runView } from './run.js';
import { chip, headline, PHASES, took, TRIGGER_WORDS, underWay } from './runs.js';

export const title = 'Training';

const LOOK_MILLIS = 5000;
const SECOND_MILLIS = 1000;

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
