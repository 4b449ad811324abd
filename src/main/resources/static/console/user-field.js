import { call } from './api.js';
import { h, icon, put } from './dom.js';

const SUGGESTIONS = 8;

/** A field with suggestions: a combobox as screen readers know it. */
export function userField(user, signal) {
  const options = h('ul', { class: 'suggestions', id: 'suggestions', role: 'listbox', 'aria-label': 'Users', hidden: true });
  const input = h('input', {
    id: 'user', type: 'search', role: 'combobox', autocomplete: 'off', spellcheck: 'false', placeholder: 'User id', value: user ?? '',
    'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'suggestions', maxlength: 200,
    oninput: () => suggest(), onfocus: () => { if (input.value === '') { suggest(); } }, onblur: () => setTimeout(close, 150), onkeydown: key,
  });
  const form = h('form', { class: 'user-form', role: 'search', onsubmit: (event) => { event.preventDefault(); choose(input.value.trim()); } },
    h('label', { for: 'user' }, 'User'),
    h('div', { class: 'user-box' }, icon('search'), input, options),
    h('button', { type: 'submit', class: 'button' }, 'Show'));
  let active = -1;
  let asked = 0;

  async function suggest() {
    const mine = ++asked;
    try {
      const found = await call(`/admin/users?${new URLSearchParams({ prefix: input.value.trim(), limit: SUGGESTIONS })}`, { signal });
      if (mine !== asked || document.activeElement !== input) {
        return;
      }
      active = -1;
      put(options, found.userIds.map((id, n) => h('li', { id: `suggestion-${n}`, role: 'option', 'aria-selected': 'false', onpointerdown: (event) => { event.preventDefault(); choose(id); } },
        h('mark', {}, id.slice(0, input.value.trim().length)), id.slice(input.value.trim().length))));
      show(found.userIds.length > 0);
    } catch {
      // Suggestions are a convenience; the view itself tells what is wrong.
      close();
    }
  }

  function show(open) {
    options.hidden = !open;
    input.setAttribute('aria-expanded', String(open));
    input.removeAttribute('aria-activedescendant');
  }

  function close() {
    asked++;
    show(false);
  }

  function key(event) {
    const all = [...options.children];
    if (event.key === 'Escape') {
      close();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && all.length > 0) {
      event.preventDefault();
      if (options.hidden) {
        show(true);
      }
      active = (active + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length;
      all.forEach((option, n) => option.setAttribute('aria-selected', String(n === active)));
      input.setAttribute('aria-activedescendant', `suggestion-${active}`);
    } else if (event.key === 'Enter' && !options.hidden && active >= 0) {
      event.preventDefault();
      choose(all[active].textContent);
    }
  }

  function choose(id) {
    close();
    if (id !== '') {
      input.value = id;
      location.hash = `#/try/user/${encodeURIComponent(id)}`;
    }
  }
  return form;
}
