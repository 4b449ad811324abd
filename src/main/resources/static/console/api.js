const KEY = 'wholecart.key';
const RETRY_MILLIS = [1000, 2000, 4000, 8000, 10_000];

/** Tells `locked` (the key is missing or refused), `away` (the service does not answer), `back` (it does again). */
export const events = new EventTarget();

let away = false;

/** The service refused, and says why. */
export class Problem extends Error {
  constructor(status, body, location) {
    super(body.detail ?? body.title ?? `The service answered with status ${status}.`);
    this.status = status;
    this.code = body.code;
    this.errors = body.errors ?? [];
    this.location = location;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

export const hasKey = () => sessionStorage.getItem(KEY) !== null;

/** Kept in this tab only. */
export const useKey = (key) => sessionStorage.setItem(KEY, key);

export function forgetKey(reason) {
  sessionStorage.removeItem(KEY);
  events.dispatchEvent(new CustomEvent('locked', { detail: reason }));
}

async function ask(path, { method = 'GET', body, signal, key = sessionStorage.getItem(KEY) } = {}) {
  const headers = { Accept: 'application/json, text/event-stream, application/problem+json' };
  if (key !== null) {
    // A header takes no more than Latin-1; no key of the service has other characters.
    headers['X-API-Key'] = /^[\x20-\x7e\xa0-\xff]*$/.test(key) ? key : 'unusable';
  }
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body), signal, cache: 'no-cache' });
  } catch (failure) {
    if (failure.name === 'AbortError') {
      throw failure;
    }
    wentAway();
    throw new Unreachable('The service does not answer.');
  }
  const json = (response.headers.get('Content-Type') ?? '').includes('json');
  if (!response.ok && !json && response.status >= 500) {
    wentAway();
    throw new Unreachable('What stands before the service says that it is away.');
  }
  cameBack();
  if (!response.ok) {
    throw new Problem(response.status, json ? await response.json() : {}, response.headers.get('Location'));
  }
  return response;
}

/** Calls the API and gives back its JSON. */
export async function call(path, options = {}) {
  try {
    return await (await ask(path, options)).json();
  } catch (failure) {
    if (failure.status === 401 && options.key === undefined) {
      forgetKey('The service does not accept this key any more. A generated key changes with every start.');
    }
    throw failure;
  }
}

/** Whether a key opens the administration; throws where it does not, or where nobody answers. */
export const tryKey = (key) => call('/admin/overview', { key });

/**
 * Server-sent events, read by hand because an EventSource cannot send the key. Gives the data of each to `take` and ends
 * with the stream.
 */
export async function stream(path, signal, take) {
  const response = await ask(path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (rest + part.value).split(/\r?\n\r?\n/);
      rest = events.pop();
      for (const event of events) {
        const data = event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart());
        if (data.length > 0) {
          take(JSON.parse(data.join('\n')));
        }
      }
    }
  } catch (failure) {
    throw failure.name === 'AbortError' ? failure : new Unreachable('The stream broke off.');
  }
}

function wentAway() {
  if (!away) {
    away = true;
    retry(0);
  }
}

function retry(attempt) {
  const millis = RETRY_MILLIS[Math.min(attempt, RETRY_MILLIS.length - 1)];
  const timer = setTimeout(again, millis);
  async function again() {
    clearTimeout(timer);
    if (!away) {
      return;
    }
    try {
      await ask('/admin/overview');
    } catch (failure) {
      if (failure instanceof Unreachable) {
        retry(attempt + 1);
      }
    }
  }
  events.dispatchEvent(new CustomEvent('away', { detail: { at: Date.now() + millis, now: again } }));
}

function cameBack() {
  if (away) {
    away = false;
    events.dispatchEvent(new Event('back'));
  }
}

const pause = (millis, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });

const wait = (target, name, signal) =>
  new Promise((resolve) => {
    target.addEventListener(name, resolve, { once: true, signal });
    signal.addEventListener('abort', resolve, { once: true });
  });

/** A stream may break off although the service is there: then the next try is not at once. */
const returned = (signal) => (away ? wait(events, 'back', signal) : pause(RETRY_MILLIS[0], signal));

/**
 * Does `work` now and every so often until the signal aborts; waits while the service is away or nobody looks. What goes
 * wrong otherwise is given to `failed`.
 */
export async function poll(work, millis, signal, failed) {
  while (!signal.aborted) {
    try {
      await work();
    } catch (failure) {
      if (failure.name === 'AbortError') {
        return;
      }
      if (failure instanceof Unreachable) {
        await returned(signal);
        continue;
      }
      failed(failure);
    }
    await pause(millis, signal);
    if (document.hidden && !signal.aborted) {
      await wait(document, 'visibilitychange', signal);
    }
  }
}

/** Does `work` until it succeeds, again when the service is back; gives other failures to `failed`. */
export async function load(work, signal, failed) {
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      if (failure.name === 'AbortError' || signal.aborted) {
        return undefined;
      }
      if (!(failure instanceof Unreachable)) {
        failed(failure);
        return undefined;
      }
      await returned(signal);
    }
  }
}
