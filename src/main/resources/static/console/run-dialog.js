import { call, Problem } from './api.js';
import { dialog, h, put } from './dom.js';

/** Asks for the settings of a run and starts it; what is left empty is as configured, or as the last search found it. */
export function askForRun(last, started) {
  const errors = h('p', { class: 'wrong', role: 'alert' });
  const number = (name, label, hint, step) => field(name, label, hint,
    h('input', { id: `run-${name}`, name, type: 'number', step, inputmode: 'decimal', placeholder: last && last[name] !== undefined ? `usual; last run ${last[name]}` : 'usual', 'aria-describedby': `run-${name}-hint` }));
  const choice = (name, label, hint, options) => field(name, label, hint,
    h('select', { id: `run-${name}`, name, 'aria-describedby': `run-${name}-hint` }, options.map(([value, text]) => h('option', { value }, text))));
  const seconds = h('input', { id: 'run-seconds', name: 'seconds', type: 'number', min: '1', value: '60', disabled: true, 'aria-describedby': 'run-seconds-hint' });
  const tune = h('input', { id: 'run-tune', name: 'tune', type: 'checkbox', onchange: () => { seconds.disabled = !tune.checked; } });
  const submit = h('button', { type: 'submit', class: 'button' }, 'Start');
  const form = h('form', { class: 'run-form', novalidate: true, onsubmit: send },
    h('p', { class: 'note' }, 'What is left empty is as configured, or as the last search found it.'),
    h('div', { class: 'fields' },
      choice('solver', 'Solver', 'exact needs no learning rate', [['', 'usual'], ['exact', 'exact'], ['adagrad', 'adagrad']]),
      number('factors', 'Factors', 'length of every vector', '1'),
      number('iterations', 'Iterations', 'sweeps, or epochs', '1'),
      number('keep', 'Keep', 'dropout on user factors, above 0 to 1', '0.05'),
      number('popularityExponent', 'Popularity exponent', '0 to 1; 0 where weights are given', '0.05'),
      number('relaxation', 'Relaxation', '1 to 1.95; 1 where iterations are given', '0.05'),
      choice('holdout', 'Measure', 'holds every shopper’s last purchase out', [['', 'usual'], ['true', 'yes'], ['false', 'no, learn from all']]),
      choice('warmStart', 'Begin', 'with the active model or afresh', [['', 'usual'], ['true', 'with the active model'], ['false', 'afresh']])),
    last && h('details', {}, h('summary', {}, 'Weights of the behaviors'), weights(last.behaviors)),
    h('fieldset', {},
      h('legend', {}, 'Search'),
      h('div', { class: 'check' }, tune, h('label', { for: 'run-tune' }, 'Search for the best settings first')),
      field('seconds', 'Seconds to search', 'the training comes after', seconds)),
    errors,
    h('footer', { class: 'dialog-foot' },
      h('button', { type: 'button', class: 'button plain', onclick: () => element.close() }, 'Not now'), submit));
  const element = dialog('Start a run', form);

  async function send(event) {
    event.preventDefault();
    clear();
    submit.disabled = true;
    try {
      const run = await call('/admin/training-runs', { method: 'POST', body: body() });
      element.close();
      started(run);
    } catch (failure) {
      tell(failure);
    } finally {
      submit.disabled = false;
    }
  }

  function body() {
    const data = new FormData(form);
    const given = {};
    for (const name of ['factors', 'iterations', 'keep', 'popularityExponent', 'relaxation']) {
      if (data.get(name)) {
        given[name] = Number(data.get(name));
      }
    }
    const weighted = (last?.behaviors ?? []).map((one) => ({
      ...one,
      ...Object.fromEntries(['lambda', 'negativeWeight'].filter((name) => data.get(`${one.name} ${name}`)).map((name) => [name, Number(data.get(`${one.name} ${name}`))])),
    }));
    if (JSON.stringify(weighted) !== JSON.stringify(last?.behaviors ?? [])) {
      given.behaviors = weighted;
    }
    if (data.get('solver')) {
      given.solver = data.get('solver');
    }
    for (const name of ['holdout', 'warmStart']) {
      if (data.get(name)) {
        given[name] = data.get(name) === 'true';
      }
    }
    if (tune.checked) {
      given.tune = true;
      given.tuning = { seconds: Number(seconds.value) };
    }
    return given;
  }

  function clear() {
    put(errors);
    for (const input of form.querySelectorAll('[aria-invalid]')) {
      input.removeAttribute('aria-invalid');
    }
  }

  /** The service names the fields that it does not like. */
  function tell(failure) {
    const named = failure instanceof Problem ? failure.errors : [];
    const lines = [];
    for (const { field: name, message } of named) {
      const input = form.elements[String(name).split('.').at(-1)];
      input?.setAttribute?.('aria-invalid', 'true');
      lines.push(`${name} ${message}`);
    }
    put(errors, lines.length > 0 ? lines.join('; ') : failure.message);
    form.querySelector('[aria-invalid]')?.focus();
  }
}

/** The shares of the loss and the negative weights; what is left empty among them is as in the last run. */
function weights(behaviors) {
  const input = (one, name, words) => h('td', {}, h('input', {
    name: `${one.name} ${name}`, type: 'number', step: 'any', min: '0', inputmode: 'decimal', placeholder: String(one[name]), 'aria-label': `${words} of ${one.name}`,
  }));
  return [
    h('p', { class: 'note' }, 'Shares sum to 1. Where one of these is given, the others are as in the last run.'),
    h('table', { class: 'table small' },
      h('thead', {}, h('tr', {}, ['Behavior', 'Share of the loss', 'Negative weight'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, behaviors.map((one) => h('tr', {}, h('th', { scope: 'row' }, one.name),
        input(one, 'lambda', 'Share of the loss'), input(one, 'negativeWeight', 'Negative weight'))))),
  ];
}

function field(name, label, hint, input) {
  return h('div', { class: 'field' }, h('label', { for: `run-${name}` }, label), input, h('small', { id: `run-${name}-hint` }, hint));
}
