const LOCALE = 'en-GB';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const dayOnly = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });

/** In place of a number that is not there. */
export const NONE = '–';

/** Minus signs as wide as plus signs. */
const minus = (text) => text.replace('-', '−');

const given = (value) => value !== null && value !== undefined && Number.isFinite(value);

export const count = (value) => (given(value) ? minus(whole.format(value)) : NONE);

/** Whole while it is short, then like 1.2M. */
export const compact = (value) => (given(value) ? minus((Math.abs(value) < 1e6 ? whole : short).format(value)) : NONE);

export const fixed = (value, digits) =>
  given(value)
    ? minus(value.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }))
    : NONE;

export const signed = (value, digits) => (given(value) ? (value < 0 ? '−' : '+') + fixed(Math.abs(value), digits) : NONE);

export const percent = (share) => (given(share) ? `${fixed(share * 100, share > 0 && share < 0.1 ? 1 : 0)}%` : NONE);

/** The trainings' losses are large or small, as the shop is. */
export const loss = (value) => (given(value) ? minus(value.toLocaleString(LOCALE, { maximumSignificantDigits: 6 })) : NONE);

/** The same where there is little room. */
export const compactLoss = (value) => (Math.abs(value) < 1e5 ? count(value) : minus(short.format(value)));

export const time = (iso) => (iso ? moment.format(new Date(iso)) : NONE);

export const day = (seconds) => dayOnly.format(new Date(seconds * 1000));

export function duration(millis) {
  if (!given(millis)) {
    return NONE;
  }
  if (millis < 1000) {
    return `${Math.round(millis)} ms`;
  }
  const seconds = millis / 1000;
  if (seconds < 60) {
    return `${fixed(seconds, 1)} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  }
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** How long ago, in the largest unit that fits. */
export function ago(iso) {
  if (!iso) {
    return NONE;
  }
  const seconds = (Date.now() - new Date(iso)) / 1000;
  if (seconds < 45) {
    return 'just now';
  }
  const units = [['day', 86_400], ['hour', 3_600], ['minute', 60]];
  const [unit, size] = units.find(([, length]) => seconds >= length * 0.95) ?? ['minute', 60];
  return relative.format(-Math.max(1, Math.round(seconds / size)), unit);
}

export function bytes(value) {
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${fixed(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}
