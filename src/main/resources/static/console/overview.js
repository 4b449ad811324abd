import { call, poll } from './api.js';
import { behaviorColor, recent, shareBar, stackedDays } from './charts.js';
import { card, emptyState, h, put, spokenTable, viewHead } from './dom.js';
import * as format from './format.js';

export const title = 'Overview';

const LOOK_MILLIS = 2000;
/** What changes seldom is looked at every so many looks. */
const SELDOM = 5;
const REMEMBERED_SECONDS = 300;

const SOURCES = [
  { name: 'trained', label: 'Trained', hint: 'own vector', color: 'var(--source-trained)' },
  { name: 'foldedIn', label: 'Folded in', hint: 'made just now', color: 'var(--source-folded)' },
  { name: 'popular', label: 'Popular', hint: 'nothing known', color: 'var(--source-popular)' },
];

export function mount(main, { signal, fail }) {
  const tiles = ['Events', 'Users', 'Items', 'Training'].map(tile);
  const [events, users, items, training] = tiles;
  const start = h('div', { class: 'start' });
  const daysHost = h('div', { class: 'chart-tall' });
  const legend = h('ul', { class: 'legend' });
  const daysNote = h('p', { class: 'note' }, '\u00a0');
  const spoken = h('div', {});
  const model = h('div', { class: 'model-now' });
  const traffic = trafficCards(signal);
  const numbers = h('div', {},
    h('div', { class: 'tiles' }, tiles.map((one) => one.element)),
    h('div', { class: 'grid two-one' },
      card('Events by day', { class: 'days', aside: legend }, daysHost, daysNote, spoken),
      card('Active model', { aside: h('a', { class: 'quiet-link', href: '#/models' }, 'All models') }, model)),
    h('div', { class: 'grid three' }, traffic.elements));
  put(main, viewHead('Overview', 'What came in, what is served, and how fast.'), start, numbers);

  let chart = null;
  let last = null;
  let drawn = '';
  let looks = 0;

  function legendOf(overview, day) {
    const days = overview.counts.days;
    put(legend, overview.behaviors.map((name, k) => {
      const value = day === null
        ? days.reduce((sum, one) => sum + (one.behaviors[name] ?? 0), 0)
        : days[day].behaviors[name] ?? 0;
      return h('li', {}, h('i', { class: 'swatch', style: { 'background-color': behaviorColor(k) } }), name, ' ', h('b', {}, format.compact(value)));
    }));
    const span = `${format.day(seconds(days[0].day))} – ${format.day(seconds(days.at(-1).day))}`;
    daysNote.textContent = day === null
      ? `${span}, by the time they happened (UTC)${overview.counts.daysEstimated ? '; estimated from a sample of the table' : ''}.`
      : `${format.day(seconds(days[day].day))} (UTC)`;
  }

  function showCounts(overview) {
    last = overview;
    const { counts } = overview;
    const today = Object.values(counts.days.at(-1).behaviors).reduce((sum, value) => sum + value, 0);
    events.show(total(counts.events), `${format.compact(today)} today`);
    users.show(total(counts.users), 'seen in events');
    items.show(total(counts.items), 'in catalog or events');
    if (chart === null) {
      chart = stackedDays(daysHost, overview.behaviors, '', (day) => legendOf(last, day), signal);
    }
    chart.data(counts.days);
    chart.label = `Events of the last ${counts.days.length} days, by behavior; the same in the table that follows.`;
    put(spoken, spokenTable('Events by day', ['Day', ...overview.behaviors],
      counts.days.map((day) => [day.day, ...overview.behaviors.map((name) => day.behaviors[name] ?? 0)])));
    legendOf(overview, null);
  }

  async function look() {
    const seldom = looks++ % SELDOM === 0;
    const [overview, models, runs] = await Promise.all([
      call('/admin/overview', { signal }),
      seldom ? call('/admin/models', { signal }) : null,
      seldom ? call('/admin/training-runs', { signal }) : null,
    ]);
    if (signal.aborted) {
      return;
    }
    fail(null);
    // The pointer may be on a day, and its numbers would jump back.
    const counted = JSON.stringify(overview.counts);
    if (counted !== drawn && (last === null || !daysHost.matches(':hover'))) {
      drawn = counted;
      showCounts(overview);
    }
    traffic.show(overview.traffic);
    if (models !== null) {
      const active = models.find((one) => one.active);
      put(model, active ? activeModel(active) : noModel(overview.counts.events.count > 0));
      training.show(...trainingState(runs));
      const nothing = overview.counts.events.count === 0 && !active;
      numbers.hidden = nothing;
      put(start, nothing && firstSteps());
    }
  }
  poll(look, LOOK_MILLIS, signal, fail);
}

const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;

const total = ({ count, estimated }) => (estimated ? '≈ ' : '') + format.compact(count);

function tile(name) {
  const value = h('p', { class: 'tile-value' }, format.NONE);
  const note = h('p', { class: 'tile-note' }, '\u00a0');
  return {
    element: h('section', { class: 'tile', 'aria-label': name }, h('h2', { class: 'tile-name' }, name), value, note),
    show(text, hint) {
      put(value, text);
      // A link in it may have the focus.
      if (note.textContent !== (hint.textContent ?? hint)) {
        put(note, hint);
      }
    },
  };
}

function trainingState(runs) {
  if (runs.length === 0) {
    return ['Never', h('a', { href: '#/training' }, 'Start the first run')];
  }
  const run = runs[0];
  const link = (text) => h('a', { href: `#/training/${run.id}` }, text);
  if (run.status === 'QUEUED' || run.status === 'RUNNING') {
    return [run.status === 'QUEUED' ? 'Queued' : 'Running', link(`run ${run.id}${run.progress.phase ? `, ${run.progress.phase}` : ''}`)];
  }
  const words = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', CANCELED: 'Canceled' };
  return [words[run.status], link(`run ${run.id}, ${format.ago(run.finishedAt)}`)];
}

function activeModel(model) {
  const ratios = model.metrics?.hitRatio ?? {};
  const gains = model.metrics?.ndcg ?? {};
  const meter = (name, value) => h('div', { class: 'meter' },
    h('span', { class: 'meter-name' }, name),
    h('span', { class: 'meter-track' }, h('span', { class: 'meter-fill', style: { width: `${value * 100}%` } })),
    h('span', { class: 'meter-value' }, format.fixed(value, 3)));
  return [
    h('p', { class: 'model-version' }, `Version ${model.version}`),
    h('p', { class: 'note' }, `Trained ${format.ago(model.createdAt)}, active since ${format.time(model.activatedAt)}`),
    h('dl', { class: 'facts' },
      h('div', {}, h('dt', {}, 'Users'), h('dd', {}, format.compact(model.users))),
      h('div', {}, h('dt', {}, 'Items'), h('dd', {}, format.compact(model.items))),
      h('div', {}, h('dt', {}, 'Factors'), h('dd', {}, format.count(model.factors))),
      h('div', {}, h('dt', {}, 'Size'), h('dd', {}, format.bytes(model.bytes)))),
    model.metrics
      ? h('div', { class: 'meters' },
        Object.entries(ratios).slice(0, 3).map(([n, value]) => meter(`Hit ratio @ ${n}`, value)),
        Object.entries(gains).slice(0, 1).map(([n, value]) => meter(`NDCG @ ${n}`, value)),
        h('p', { class: 'note' }, `Held-out last ${model.parameters.behaviors?.at(-1)?.name ?? 'purchase'} of ${format.compact(model.metrics.users)} shoppers.`))
      : h('p', { class: 'note' }, 'Trained on everything: nothing was held out to measure on.'),
  ];
}

const noModel = (events) => emptyState('No model yet',
  h('p', {}, events ? 'Everybody gets popular items until the first training.' : 'It is made from events, so those come first.'),
  events && h('a', { class: 'button', href: '#/training' }, 'Train the first model'));

function firstSteps() {
  const host = location.origin;
  const step = (name, ...content) => h('li', {}, h('h3', {}, name), content);
  return h('section', { class: 'card first', 'aria-labelledby': 'first' },
    h('h2', { id: 'first' }, 'Welcome. Nothing has come in yet'),
    h('ol', { class: 'steps' },
      step('Send events', h('p', {}, 'What your shoppers view, put into the cart and buy, one by one or a whole file:'),
        h('pre', { tabindex: '0' }, h('code', {}, `curl ${host}/api/v1/events \\\n  -H 'Content-Type: application/json' -H 'X-API-Key: …' \\\n  -d '{"userId":"ada","itemId":"teapot","behavior":"view"}'`))),
      step('Train', h('p', {}, 'A run turns the events into a model; it takes seconds for a small shop. Start it under ', h('a', { href: '#/training' }, 'Training'), ', or wait for tonight’s.')),
      step('See what it learned', h('p', {}, 'Ask for any shopper under ', h('a', { href: '#/try' }, 'Try it'), ', and why.'))),
    h('p', { class: 'note' }, 'Only looking? Start the service with ', h('code', {}, '--wholecart.demo=true'), ' and an empty database, and it fills itself with a small shop.'));
}

/** Rates need two looks at the same node: they are the difference of its counters. */
function trafficCards(signal) {
  const points = [];
  let before = null;
  const rate = h('p', { class: 'big' }, format.NONE);
  const rateNote = h('p', { class: 'note' }, '\u00a0');
  const rateHost = h('div', { class: 'chart-small' });
  const speed = h('p', { class: 'big' }, format.NONE);
  const speedNote = h('p', { class: 'note' }, '\u00a0');
  const speedHost = h('div', { class: 'chart-small' });
  const answered = h('p', { class: 'big' }, format.NONE);
  const answeredNote = h('p', { class: 'note' }, '\u00a0');
  const shares = h('div', { class: 'shares' });
  const rates = recent(rateHost, 'Requests a second over the last five minutes', '--line-a', (value) => format.fixed(value, Number.isInteger(value) ? 0 : 1), signal);
  const speeds = recent(speedHost, 'Milliseconds a recommendation over the last five minutes', '--line-b', (value) => `${format.fixed(value, Number.isInteger(value) ? 0 : 1)} ms`, signal);

  function show(now) {
    const at = performance.now() / 1000;
    const sum = (traffic, field) => Object.values(traffic.recommendations).reduce((total, one) => total + one[field], 0);
    if (before !== null && before.traffic.startedAt === now.startedAt) {
      const took = at - before.at;
      const answers = sum(now, 'count') - sum(before.traffic, 'count');
      points.push({
        at,
        rate: (now.requests.count - before.traffic.requests.count) / took,
        millis: answers > 0 ? ((sum(now, 'seconds') - sum(before.traffic, 'seconds')) / answers) * 1000 : null,
      });
      put(rate, format.fixed(points.at(-1).rate, points.at(-1).rate < 10 ? 1 : 0), h('small', {}, ' / s'));
      const known = points.findLast((point) => point.millis !== null);
      put(speed, known ? [format.fixed(known.millis, known.millis < 10 ? 2 : 1), h('small', {}, ' ms')] : format.NONE);
    } else {
      points.length = 0;
    }
    before = { at, traffic: now };
    while (points.length > 0 && points[0].at < at - REMEMBERED_SECONDS) {
      points.shift();
    }
    const times = points.map((point) => point.at - at);
    rates.data([times, points.map((point) => point.rate)]);
    speeds.data([times, points.map((point) => point.millis)]);
    rateNote.textContent = `${format.compact(now.requests.count)} on this node since ${format.time(now.startedAt)}, ${now.failed === 0 ? 'none' : format.compact(now.failed)} failed`;
    const count = sum(now, 'count');
    speedNote.textContent = count > 0
      ? `Mean of a recommendation inside the service; ${format.fixed((sum(now, 'seconds') / count) * 1000, 2)} ms since the start`
      : 'Mean of a recommendation inside the service';
    answered.textContent = format.compact(count);
    answeredNote.textContent = 'recommendations on this node since its start';
    const parts = SOURCES.map((source) => ({ ...source, value: now.recommendations[source.name]?.count ?? 0 }));
    put(shares,
      shareBar(parts, parts.map((part) => `${part.label} ${format.percent(count > 0 ? part.value / count : 0)}`).join(', ')),
      h('ul', { class: 'share-list' }, parts.map((part) => h('li', {},
        h('i', { class: 'swatch', style: { 'background-color': part.color } }),
        h('span', {}, part.label, h('small', {}, part.hint)),
        h('b', {}, count > 0 ? format.percent(part.value / count) : format.NONE),
        h('span', { class: 'share-count' }, format.compact(part.value))))));
  }
  return {
    show,
    elements: [
      card('Requests', {}, rate, rateNote, rateHost),
      card('Latency', {}, speed, speedNote, speedHost),
      card('Answers', {}, answered, answeredNote, shares),
    ],
  };
}
