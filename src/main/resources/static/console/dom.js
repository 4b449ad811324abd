/** An element: properties are attributes, `on…` listeners, `class`, `text`, and `style` by name of the CSS property. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same in SVG. */
export function s(tag, properties, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'style') {
      // Through the CSSOM, since the page's policy knows no style attributes.
      Object.entries(value).forEach(([property, to]) => element.style.setProperty(property, to));
    } else if (name === 'text') {
      element.textContent = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  children.flat(Infinity).forEach((child) => {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child);
    }
  });
}

/** Puts these children in place of the present ones. */
export function put(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

export function icon(name) {
  return s('svg', { class: 'icon', 'aria-hidden': 'true' }, s('use', { href: `/console/icons.svg#${name}` }));
}

export function card(title, options = {}, ...children) {
  const id = `card-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return h('section', { class: `card ${options.class ?? ''}`, 'aria-labelledby': id },
    h('header', { class: 'card-head' }, h('h2', { id }, title), options.aside),
    children);
}

/** What a view shows where there is nothing to show. */
export function emptyState(title, ...children) {
  return h('div', { class: 'empty' }, h('p', { class: 'empty-title' }, title), children);
}

export function viewHead(title, sub, ...aside) {
  return h('header', { class: 'view-head' },
    h('div', {}, h('h1', { tabindex: '-1' }, title), h('p', { class: 'sub' }, sub)),
    aside.length > 0 && h('div', { class: 'view-aside' }, aside));
}

/** A table for those who do not see the chart beside it. */
export function spokenTable(caption, head, rows) {
  return h('div', { class: 'sr-only' }, h('table', {},
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, head.map((cell) => h('th', { scope: 'col' }, cell)))),
    h('tbody', {}, rows.map((row) => h('tr', {}, row.map((cell) => h('td', {}, String(cell))))))));
}

/** A dialog with a title, which is taken away once it is closed. */
export function dialog(title, content) {
  const element = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    h('header', { class: 'dialog-head' },
      h('h2', { id: 'dialog-title' }, title),
      h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => element.close() }, icon('close'))),
    content);
  element.addEventListener('close', () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}
