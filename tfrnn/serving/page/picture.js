// A picture with its captions, and where the model looked for each word.

import { predict } from "./api.js";
import { choice, element, within } from "./dom.js";
import { opened } from "./files.js";

const [NARROWEST, WIDEST] = [320, 640]; // pixels

export const picture = {
  fits: (model) => "caption" in model.signatures,
  title: "Describe a picture",
  about: "Captions, and for each word the places that it was written from.",
  fields: ["picture"],
  button: "Describe",
  async submit(model, values, result, signal) {
    const { bitmaps, bytes } = await opened(values.getAll("image"));
    const body = { signature_name: "caption", instances: [{ image: bytes[0] }] };
    const [found] = (await predict(model.name, body, signal)).predictions;
    show(bitmaps[0], found, result);
  },
};

function show(bitmap, found, result) {
  const list = element("ol", "", { class: "choices" });
  const captions = found.text.map((text, i) => {
    const button = element("button", text, { type: "button" });
    within(button, element("small", ` ${found.scores[i].toFixed(2)}`));
    within(list, within(element("li"), button));
    return button;
  });
  const canvas = element("canvas", "", { role: "img" });
  const scale = Math.min(WIDEST / bitmap.width, Math.max(1, NARROWEST / bitmap.width));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const looks = element("div", "", { class: "looks", role: "group", "aria-label": "Words" });
  within(result, list, looks, canvas);
  choice(captions, (i) => {
    const caption = { text: found.text[i], pieces: found.pieces[i], weights: found.weights[i] };
    words(bitmap, canvas, looks, caption, found.grid);
  });
}

function words(bitmap, canvas, looks, { text, pieces, weights }, grid) {
  const shown = pieces.map((piece, step) => ({ piece, share: weights[step] ?? [] }));
  const written = shown.filter(({ piece, share }) => piece !== "" && share.some((value) => value > 0));
  const buttons = [null, ...written].map((word) => {
    return element("button", word ? word.piece : "whole picture", { type: "button" });
  });
  looks.replaceChildren(...buttons);
  choice(buttons, (i) => {
    draw(bitmap, canvas, i === 0 ? [] : written[i - 1].share, grid);
    const look = i === 0 ? "" : `; where it looked for ${written[i - 1].piece}`;
    canvas.setAttribute("aria-label", `The picture: ${text}${look}`);
  });
}

// Dims what the model did not look at; the grid says how many places are high and wide.
function draw(bitmap, canvas, share, [high, wide]) {
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  if (share.length === 0) return;
  const most = Math.max(...share);
  const shade = new ImageData(wide, high);
  share.forEach((value, i) => {
    shade.data[4 * i + 3] = Math.round(200 * (1 - value / most));
  });
  const small = document.createElement("canvas");
  [small.width, small.height] = [wide, high];
  small.getContext("2d").putImageData(shade, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}
