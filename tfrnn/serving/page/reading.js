// Models that read: what a text wants, tags of its words, its translation.

import { predict } from "./api.js";
import { choice, element, percent, within } from "./dom.js";

const SHOWN = 5; // labels

async function ask(model, signature, values, signal) {
  const body = { signature_name: signature, instances: [values.get("text")] };
  return (await predict(model.name, body, signal)).predictions[0];
}

export const labels = {
  fits: (model) => "classify" in model.signatures,
  title: "What does it want?",
  about: "The likeliest labels of a short text, and whether it is like anything that was learnt.",
  fields: ["sentence"],
  button: "Classify",
  async submit(model, values, result, signal) {
    const found = await ask(model, "classify", values, signal);
    const verdict = element("p", found.familiar ? "" : "Out of scope. ", {
      class: `verdict ${found.familiar ? "inside" : "outside"}`,
    });
    if (found.familiar) within(verdict, element("strong", found.labels[0]));
    else within(verdict, "The nearest is ", element("strong", found.labels[0]), ".");
    const bars = element("table", "", { class: "bars", "aria-label": "Probabilities" });
    found.labels.slice(0, SHOWN).forEach((label, i) => {
      bars.append(bar(label, found.probabilities[i]));
    });
    within(result, verdict, bars);
  },
};

function bar(label, share) {
  const filled = element("span");
  filled.style.width = `${100 * share}%`;
  const cell = within(element("td", "", { class: "bar", "aria-hidden": "true" }), filled);
  const name = element("th", label, { scope: "row" });
  return within(element("tr"), name, cell, element("td", percent(share)));
}

export const tags = {
  fits: (model) => "tag_text" in model.signatures,
  title: "Tag the words",
  about: "The tag of each word, and how sure it is.",
  fields: ["sentence"],
  button: "Tag",
  async submit(model, values, result, signal) {
    const found = await ask(model, "tag_text", values, signal);
    if (found.label !== undefined) {
      const share = ` (${percent(found.label_probability)})`;
      const line = element("p", "", { class: "verdict inside" });
      within(result, within(line, element("strong", found.label), share));
    }
    const list = element("ol", "", { class: "words" });
    found.words.forEach((word, i) => {
      if (word !== "") list.append(tagged(word, found.tags[i], found.probabilities[i]));
    });
    result.append(list);
  },
};

function tagged(word, tag, share) {
  const name = element("b", tag);
  name.style.setProperty("--hue", hue(tag.replace(/^[BI]-/, "")));
  return within(element("li"), name, element("span", word), element("small", percent(share)));
}

// The same tag has the same colour everywhere.
function hue(tag) {
  let found = 0;
  for (const letter of tag) found = (found * 31 + letter.codePointAt(0)) % 360;
  return String(found);
}

export const translation = {
  fits: (model) => "translate" in model.signatures,
  title: "Translate",
  about: "The best translations, and where the model looked when it wrote each piece.",
  fields: ["sentence"],
  button: "Translate",
  async submit(model, values, result, signal) {
    const found = await ask(model, "translate", values, signal);
    const source = found.source.filter((piece) => piece !== "");
    const list = element("ol", "", { class: "choices" });
    const buttons = found.text.map((written, i) => {
      const button = element("button", written, { type: "button" });
      const score = found.scores[i].toFixed(2);
      const cut = found.ended[i] ? "" : ", not at its end";
      within(list, within(element("li"), within(button, element("small", ` ${score}${cut}`))));
      return button;
    });
    const place = element("div", "", { class: "wide", tabindex: "0", role: "region" });
    place.setAttribute("aria-label", "Alignment");
    within(result, list, place);
    choice(buttons, (i) => {
      const pieces = found.pieces[i].filter((piece) => piece !== "");
      place.replaceChildren(alignment(source, pieces, found.weights[i]));
    });
  },
};

function alignment(source, pieces, weights) {
  const map = element("table", "", { class: "map" });
  map.append(element("caption", "Each row is a piece that was written; its shares are in percent."));
  const heads = source.map((piece) => element("th", piece, { scope: "col" }));
  within(map, within(element("thead"), within(element("tr"), element("td"), ...heads)));
  const body = element("tbody");
  pieces.forEach((piece, row) => {
    const line = within(element("tr"), element("th", piece, { scope: "row" }));
    source.forEach((_, column) => line.append(shaded(weights[row][column] ?? 0)));
    body.append(line);
  });
  return within(map, body);
}

function shaded(share) {
  const cell = element("td", share >= 0.1 ? String(Math.round(100 * share)) : "");
  cell.style.setProperty("--share", share.toFixed(3));
  return cell;
}
