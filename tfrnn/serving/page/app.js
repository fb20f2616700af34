// The page: a panel for each thing that a served model can do.

import { models, predict } from "./api.js";
import { clip } from "./clip.js";
import { element, within } from "./dom.js";
import { panel } from "./panel.js";
import { picture } from "./picture.js";
import { labels, tags, translation } from "./reading.js";
import { text, tune } from "./writing.js";

const KINDS = [tune, text, labels, tags, translation, picture, clip];

// What no panel is made for is asked as a program would ask it.
const other = {
  title: "Ask",
  about: "No panel is made for this model; it takes and gives JSON.",
  fields: ["json"],
  button: "Ask",
  async submit(model, values, result, signal) {
    const found = await predict(model.name, JSON.parse(values.get("body")), signal);
    result.append(element("pre", JSON.stringify(found, null, 2)));
  },
};

function panelOf(model, kind) {
  return panel({
    title: `${kind.title} — ${model.name}`,
    about: kind.about,
    fields: kind.fields,
    button: kind.button,
    submit: (values, result, signal) => kind.submit(model, values, result, signal),
  });
}

function link(section) {
  const heading = section.querySelector("h2");
  return within(element("li"), element("a", heading.textContent, { href: `#${heading.id}` }));
}

async function start() {
  const summary = document.getElementById("summary");
  try {
    const served = await models();
    const sections = served.flatMap((model) => {
      const kinds = KINDS.filter((kind) => kind.fits(model));
      return (kinds.length > 0 ? kinds : [other]).map((kind) => panelOf(model, kind));
    });
    document.getElementById("panels").append(...sections);
    const list = within(element("ul"), ...sections.map(link));
    if (sections.length > 1) document.getElementById("contents").append(list);
    summary.textContent = served.length === 1 ? "One model is served." : `${served.length} models are served.`;
  } catch (error) {
    summary.textContent = `The server does not answer: ${error.message}`;
  }
}

start();
