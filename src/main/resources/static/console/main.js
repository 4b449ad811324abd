import { events, forgetKey, hasKey, Problem, tryKey, useKey } from './api.js';
import { h, put } from './dom.js';
import * as models from './models.js';
import * as overview from './overview.js';
import * as training from './training.js';
import * as tryIt from './try.js';

const VIEWS = { overview, training, models, try: tryIt };

const shell = document.getElementById('shell');
const main = document.getElementById('main');
const gate = document.getElementById('gate');
const away = document.getElementById('away');

let current = null;

/** Shows the view that the address names, and ends the one before. */
function route(focus) {
  if (!hasKey()) {
    return;
  }
  const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decoded);
  const view = VIEWS[name] ?? overview;
  current?.abort();
  current = new AbortController();
  const { signal } = current;
  document.title = `${view.title} · Wholecart`;
  for (const link of document.querySelectorAll('.nav a')) {
    const here = VIEWS[link.dataset.view] === view;
    link.toggleAttribute('aria-current', here);
    if (here) {
      link.setAttribute('aria-current', 'page');
    }
  }
  put(main);
  view.mount(main, { path: rest, signal, fail: (failure) => tell(failure, signal) });
  if (focus) {
    scrollTo(0, 0);
    main.querySelector('h1')?.focus({ preventScroll: true });
  }
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A line over the view about what went wrong; null takes it away. */
function tell(failure, signal) {
  if (signal.aborted || failure?.status === 401) {
    return;
  }
  main.querySelector('.failure')?.remove();
  if (failure) {
    console.info(failure);
    main.prepend(h('div', { class: 'failure', role: 'alert' },
      h('strong', {}, failure instanceof Problem ? 'The service refused.' : 'This page made a mistake.'), ' ', failure.message));
  }
}

function showGate(reason) {
  current?.abort();
  current = null;
  put(main);
  shell.hidden = true;
  document.title = 'Wholecart';
  const input = h('input', { id: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true, 'aria-describedby': 'key-note key-wrong' });
  const wrong = h('p', { class: 'wrong', id: 'key-wrong', role: 'alert' }, reason ?? '');
  const open = h('button', { class: 'button', type: 'submit' }, 'Open the console');
  put(gate, h('form', { class: 'gate-card', onsubmit: enter },
    h('img', { src: '/console/icon.svg', alt: '', width: 44, height: 44 }),
    h('h1', {}, 'Wholecart'),
    h('p', { class: 'sub' }, 'Recommendations from every view, cart and purchase.'),
    h('label', { for: 'key' }, 'Admin key'),
    input, open,
    h('p', { class: 'note', id: 'key-note' }, 'It stays in this tab and is gone when you close it. A service without a configured key prints one where it was started.'),
    wrong));
  gate.hidden = false;
  input.focus();

  async function enter(event) {
    event.preventDefault();
    const key = input.value.trim();
    open.disabled = true;
    wrong.textContent = '';
    try {
      await tryKey(key);
      useKey(key);
      gate.hidden = true;
      put(gate);
      shell.hidden = false;
      route(true);
    } catch (failure) {
      wrong.textContent = failure.status === 401 ? 'The service does not know this key.'
        : failure.status === 403 ? 'This key does not open the administration. The console needs an admin key.'
          : failure.message;
      input.select();
      input.focus();
    } finally {
      open.disabled = false;
    }
  }
}

function themeButton() {
  const button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const show = () => button.setAttribute('aria-pressed', String(dark()));
  button.addEventListener('click', () => {
    const chosen = dark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = chosen;
    localStorage.setItem('wholecart.theme', chosen);
    show();
    document.dispatchEvent(new Event('themechange'));
  });
  system.addEventListener('change', show);
  show();
}

function awayNotice() {
  let ticking;
  events.addEventListener('away', ({ detail }) => {
    clearInterval(ticking);
    const wait = h('span', { 'aria-hidden': 'true' });
    const tick = () => {
      const left = Math.max(0, Math.ceil((detail.at - Date.now()) / 1000));
      wait.textContent = left > 0 ? `Next try in ${left} s.` : 'Trying…';
    };
    tick();
    ticking = setInterval(tick, 250);
    put(away, h('span', { class: 'away-dot', 'aria-hidden': 'true' }), h('span', {}, h('strong', {}, 'The service does not answer.'), ' It is tried again by itself. ', wait),
      h('button', { type: 'button', class: 'button small', onclick: () => detail.now() }, 'Try now'));
    away.hidden = false;
  });
  events.addEventListener('back', () => {
    clearInterval(ticking);
    away.hidden = true;
    put(away);
  });
}

document.getElementById('lock').addEventListener('click', () => forgetKey());
events.addEventListener('locked', ({ detail }) => showGate(detail ?? undefined));
addEventListener('hashchange', () => route(true));
themeButton();
awayNotice();
if (hasKey()) {
  shell.hidden = false;
  route(false);
} else {
  showGate();
}
