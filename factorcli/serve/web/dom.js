// Elements made from data; texts are set as text only, so that no data can become markup.

// An element. attrs: attributes; `class`, `dataset` (object), `on` (listeners by event), properties that have no
// attribute (`value`, `checked`, `indeterminate`), and false, null or undefined for none. Children: nodes, texts,
// numbers, lists of these; null and false are left out.
export function h(tag, attrs = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs ?? {})) set(element, name, value);
  append(element, children);
  return element;
}

// Put these in the place of all that an element holds.
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

// A button that is no submit button.
export const button = (text, listener, attrs = {}) => h("button", { type: "button", on: { click: listener }, ...attrs }, text);

// A field with its label above it; returns the label's element. The field gets the id that the label names.
export function field(label, control, note = null) {
  control.id ||= `field-${(field.count = (field.count ?? 0) + 1)}`;
  if (note) control.setAttribute("aria-describedby", `${control.id}-note`);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control,
    note && h("span", { class: "quiet", id: `${control.id}-note` }, note));
}

// Give a list its choices, [value, text] each; what was chosen stays so where it is still there.
export function options(select, choices) {
  const { value } = select;
  replace(select, choices.map(([one, text]) => h("option", { value: one }, text)));
  if (choices.some(([one]) => one === value)) select.value = value;
}

// Choose a value, which is added where the list does not have it.
export function choose(select, value, text) {
  if (![...select.options].some((option) => option.value === value)) select.append(h("option", { value }, text));
  select.value = value;
}

// Save bytes or text as a file on the reader's side.
export function download(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (["value", "checked", "indeterminate", "selected"].includes(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}
