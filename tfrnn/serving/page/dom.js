// Elements by name. All that comes from a model or a user becomes text, never markup.

export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function within(parent, ...children) {
  parent.append(...children);
  return parent;
}

export function copyOf(id) {
  return document.getElementById(id).content.cloneNode(true);
}

export function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

// Buttons of which one is pressed; `show` is called with its number, at first with 0.
export function choice(buttons, show) {
  const press = (chosen) => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    show(chosen);
  };
  buttons.forEach((button, i) => button.addEventListener("click", () => press(i)));
  if (buttons.length > 0) press(0);
}
