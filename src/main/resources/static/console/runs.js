import { h } from './dom.js';

/** In their order. */
export const PHASES = ['snapshot', 'split', 'tune', 'solve', 'evaluate', 'gate', 'publish'];
export const PHASE_WORDS = {
  snapshot: 'Reading the events', split: 'Holding out the last ones', tune: 'Searching for the best settings',
  solve: 'Solving', evaluate: 'Measuring', gate: 'Comparing with the active model', publish: 'Publishing',
};
export const TRIGGER_WORDS = { MANUAL: 'by hand', SCHEDULE: 'by the schedule', EVENTS: 'by new events', DEMO: 'by the demo' };
const STATUS_WORDS = { QUEUED: 'Queued', RUNNING: 'Running', SUCCEEDED: 'Succeeded', FAILED: 'Failed', CANCELED: 'Canceled' };

export const underWay = (run) => run.status === 'QUEUED' || run.status === 'RUNNING';

export const chip = (status) => h('span', { class: `chip status-${status.toLowerCase()}` }, STATUS_WORDS[status]);

/** Milliseconds so far, or altogether. */
export const took = (run) =>
  run.startedAt ? (run.finishedAt ? new Date(run.finishedAt) : Date.now()) - new Date(run.startedAt) : null;

/** The metric that people look at first: the hit ratio among the fewest. */
export function headline(metrics) {
  const [n, value] = Object.entries(metrics?.hitRatio ?? {})[0] ?? [];
  return n === undefined ? null : { name: `HR@${n}`, value };
}

/** Settings have few digits that matter. */
export const shortNumber = (value) => Number(value.toPrecision(4)).toLocaleString('en-GB', { maximumSignificantDigits: 4 });
