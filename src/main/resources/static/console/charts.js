import { h, put, s } from './dom.js';
import * as format from './format.js';

const FONT = '12px Inter, system-ui, sans-serif';

/** A color of the page's theme as the canvas needs it: its custom properties may stand for two. */
function color(name) {
  const probe = h('span', { class: 'probe', style: { color: `var(${name})` } });
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** The color of the n-th behavior. */
export const behaviorColor = (n) => `var(--series-${n % 6})`;

/**
 * Keeps a uPlot in a host that has a height of its own: made when there is data, made anew when the theme changes, and
 * resized with the host.
 */
export class Chart {
  #host;
  #options;
  #plot = null;
  #data = null;

  constructor(host, label, options, signal) {
    this.#host = host;
    this.#options = options;
    host.classList.add('chart');
    host.setAttribute('role', 'img');
    host.setAttribute('aria-label', label);
    const resize = new ResizeObserver(() => {
      if (this.#plot && host.clientWidth > 0) {
        this.#plot.setSize({ width: host.clientWidth, height: host.clientHeight });
      }
    });
    resize.observe(host);
    const again = () => this.#make();
    document.addEventListener('themechange', again, { signal });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again, { signal });
    signal.addEventListener('abort', () => { resize.disconnect(); this.#plot?.destroy(); this.#plot = null; }, { once: true });
  }

  set label(text) {
    this.#host.setAttribute('aria-label', text);
  }

  /** Words in place of the plot. */
  clear(words) {
    this.#plot?.destroy();
    this.#plot = null;
    this.#data = null;
    put(this.#host, h('p', { class: 'chart-words' }, words));
  }

  data(data) {
    this.#data = data;
    if (this.#plot === null) {
      this.#make();
    } else {
      this.#plot.setData(data);
    }
  }

  #make() {
    if (this.#data === null || !this.#host.isConnected) {
      return;
    }
    this.#plot?.destroy();
    put(this.#host);
    const options = this.#options(color);
    this.#plot = new uPlot(
      { width: this.#host.clientWidth, height: this.#host.clientHeight, legend: { show: false }, padding: [8, 18, 0, 0], ...options },
      this.#data, this.#host);
  }
}

const axis = (paint, values, options = {}) => ({
  font: FONT,
  stroke: paint('--muted'),
  grid: { stroke: paint('--line'), width: 1 },
  ticks: { show: false },
  values: (_, splits) => splits.map((split) => (split === null ? '' : values(split))),
  ...options,
});

const cursor = (paint, options = {}) => ({
  y: false,
  points: { size: 7, fill: (u, i) => u.series[i].stroke(u, i), stroke: paint('--surface'), width: 2 },
  drag: { x: false, y: false },
  ...options,
});

/**
 * Bars of days, one behavior upon the other.
 *
 * @param pick is told the index of the day under the pointer, or null
 */
export function stackedDays(host, behaviors, label, pick, signal) {
  const bars = uPlot.paths.bars({ size: [0.72, 26], radius: 0.12, gap: 0 });
  const chart = new Chart(host, label, (paint) => ({
    scales: { x: { time: false, range: (_, from, to) => [from - 43_200, to + 43_200] }, y: { range: (_, from, to) => [0, Math.max(to, 1) * 1.08] } },
    axes: [
      axis(paint, format.day, { grid: { show: false }, size: 28, space: 64, incrs: [1, 2, 3, 5, 7, 10, 15].map((days) => days * 86_400) }),
      axis(paint, format.compact, { size: 52, space: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8] }),
    ],
    // The whole stack first, what is below of it over it.
    series: [{}, ...behaviors.map((_, k) => ({
      fill: paint(`--series-${(behaviors.length - 1 - k) % 6}`), width: 0, paths: bars, points: { show: false },
      stroke: paint(`--series-${(behaviors.length - 1 - k) % 6}`),
    }))],
    cursor: cursor(paint, { points: { show: false } }),
    hooks: { setCursor: [(u) => pick(u.cursor.idx ?? null)] },
  }), signal);
  return {
    data(days) {
      const sums = behaviors.map((_, k) => days.map((day) =>
        behaviors.slice(0, k + 1).reduce((sum, name) => sum + (day.behaviors[name] ?? 0), 0)));
      chart.data([days.map((day) => Date.parse(`${day.day}T00:00:00Z`) / 1000), ...sums.reverse()]);
    },
    set label(text) { chart.label = text; },
  };
}

/** A curve over iterations, with a point for each. */
export function curve(host, label, colorName, values, pick, signal) {
  return new Chart(host, label, (paint) => ({
    scales: {
      x: { time: false, range: (_, from, to) => [Math.min(from, 1) - 0.2, Math.max(to, 2) + 0.2] },
      y: { range: (_, from, to) => (from === to ? [from - Math.max(Math.abs(from) * 0.1, 0.05), to + Math.max(Math.abs(to) * 0.1, 0.05)]
        : [from - (to - from) * 0.08, to + (to - from) * 0.1]) },
    },
    axes: [
      axis(paint, (value) => (Number.isInteger(value) ? String(value) : ''), { grid: { show: false }, size: 28, space: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }),
      axis(paint, values, { size: 66, space: 36 }),
    ],
    series: [{}, { stroke: paint(colorName), width: 2, points: { show: true, size: 6, fill: paint(colorName), stroke: paint(colorName) }, spanGaps: true }],
    cursor: cursor(paint),
    hooks: { setCursor: [(u) => pick(u.cursor.idx ?? null)] },
  }), signal);
}

/** What was seen over the last minutes, at least one: a line with its area, the time before now at the bottom. */
export function recent(host, label, colorName, values, signal) {
  const before = (value) => (value === 0 ? 'now' : value % 60 === 0 ? `−${-value / 60} min` : `−${-value} s`);
  return new Chart(host, label, (paint) => ({
    scales: {
      x: { time: false, range: (_, from) => [Math.min(-60, from ?? 0), 0] },
      y: { range: (_, from, to) => [0, Math.max(to * 1.15, 1)] },
    },
    axes: [
      axis(paint, before, { grid: { show: false }, size: 28, space: 70, incrs: [15, 30, 60, 120] }),
      axis(paint, values, { size: 54, space: 30 }),
    ],
    series: [{}, { stroke: paint(colorName), width: 2, fill: paint(`${colorName}-soft`), points: { show: false }, spanGaps: false }],
    cursor: { show: false },
  }), signal);
}

/** Shares of a whole in one bar. The parts: name, value, color. */
export function shareBar(parts, label) {
  const sum = parts.reduce((total, part) => total + part.value, 0);
  return h('div', { class: 'share-bar', role: 'img', 'aria-label': label },
    parts.filter((part) => part.value > 0).map((part) =>
      h('span', { style: { 'flex-grow': String(part.value / sum), 'background-color': part.color } })));
}

/**
 * Points in two dimensions, in SVG so that each is an element with a title.
 *
 * @param points with x, y, title and whether it is the best
 */
export function scatter(host, points, xName, yName, xFormat, yFormat) {
  const width = Math.max(host.clientWidth, 260);
  const height = Math.max(host.clientHeight, 180);
  const box = { left: 58, right: width - 16, top: 12, bottom: height - 42 };
  const scale = (values, from, to, log) => {
    const map = log ? Math.log10 : (v) => v;
    let low = Math.min(...values.map(map));
    let high = Math.max(...values.map(map));
    if (low === high) { low -= Math.abs(low) * 0.1 || 0.5; high += Math.abs(high) * 0.1 || 0.5; }
    const pad = (high - low) * 0.06;
    const at = (value) => from + ((map(value) - low + pad) / (high - low + 2 * pad)) * (to - from);
    const back = (place) => { const v = low - pad + ((place - from) / (to - from)) * (high - low + 2 * pad); return log ? 10 ** v : v; };
    return { at, back };
  };
  const xs = points.map((point) => point.x);
  const log = Math.min(...xs) > 0 && Math.max(...xs) / Math.min(...xs) > 20;
  const x = scale(xs, box.left, box.right, log);
  const y = scale(points.map((point) => point.y), box.bottom, box.top, false);
  const xTicks = [0.06, 0.36, 0.65, 0.94].map((share) => box.left + share * (box.right - box.left));
  const yTicks = [0.06, 0.36, 0.65, 0.94].map((share) => box.bottom + share * (box.top - box.bottom));
  put(host, s('svg', { class: 'scatter', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${points.length} trials: ${yName} by ${xName}` },
    yTicks.map((place) => [
      s('line', { class: 'grid', x1: box.left, x2: box.right, y1: place, y2: place }),
      s('text', { class: 'tick', x: box.left - 8, y: place + 4, 'text-anchor': 'end' }, yFormat(y.back(place)))]),
    xTicks.map((place) => s('text', { class: 'tick', x: place, y: box.bottom + 18, 'text-anchor': 'middle' }, xFormat(x.back(place)))),
    s('text', { class: 'tick', x: (box.left + box.right) / 2, y: height - 6, 'text-anchor': 'middle' }, xName + (log ? ' (logarithmic)' : '')),
    [...points].sort((a, b) => (a.best ? 1 : 0) - (b.best ? 1 : 0)).map((point) =>
      s('circle', { class: point.best ? 'point best' : 'point', cx: x.at(point.x), cy: y.at(point.y), r: point.best ? 6.5 : 4.5 },
        s('title', {}, point.title)))));
}
