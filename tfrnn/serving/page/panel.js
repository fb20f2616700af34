// The frame of every panel: a form, a button that waits, a place for what is wrong, a result.

import { copyOf } from "./dom.js";

let count = 0;

// made: {title, about, fields: [ids of templates], button, submit(values, result, signal)}
export function panel({ title, about, fields, button, submit }) {
  const section = copyOf("frame").firstElementChild;
  const find = (selector) => section.querySelector(selector);
  const heading = find("h2");
  heading.id = `panel-${(count += 1)}`;
  heading.textContent = title;
  section.setAttribute("aria-labelledby", heading.id);
  find(".about").textContent = about;
  for (const id of fields) find(".fields").append(copyOf(id));
  find("button[type=submit]").textContent = button;

  const form = find("form");
  const parts = {
    problem: find(".problem"),
    result: find(".result"),
    start: find("button[type=submit]"),
    stop: find(".stop"),
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(submit, new FormData(form), parts);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return section;
}

async function run(submit, values, { problem, result, start, stop }) {
  if (start.ariaDisabled === "true") return;
  const ending = new AbortController();
  const end = () => ending.abort();
  stop.addEventListener("click", end);
  start.ariaDisabled = "true"; // not `disabled`, which would take the focus away
  stop.hidden = false;
  problem.hidden = true;
  result.replaceChildren();
  result.setAttribute("aria-busy", "true"); // so that a reader hears the whole, not each piece
  try {
    await submit(values, result, ending.signal);
  } catch (error) {
    problem.textContent = ending.signal.aborted ? "Stopped." : error.message;
    problem.hidden = false;
  }
  result.setAttribute("aria-busy", "false");
  if (document.activeElement === stop) start.focus();
  start.ariaDisabled = "false";
  stop.hidden = true;
  stop.removeEventListener("click", end);
}
