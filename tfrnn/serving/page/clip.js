// The frames of a clip, with what each of them shows.

import { predict } from "./api.js";
import { element, percent, within } from "./dom.js";
import { opened } from "./files.js";

const SIDE = 96; // pixels of the longer side of a frame

export const clip = {
  fits: (model) => "label_pictures" in model.signatures,
  title: "Label a clip",
  about: "Pictures of a clip in the order of their names, and what each shows, known from all of them.",
  fields: ["clip"],
  button: "Label",
  async submit(model, values, result, signal) {
    const files = values.getAll("image").sort(byName);
    const { bitmaps, bytes } = await opened(files);
    const body = { signature_name: "label_pictures", inputs: { image: [bytes] } };
    const { labels, probabilities } = (await predict(model.name, body, signal)).outputs;
    const list = element("ol", "", { class: "words" });
    bitmaps.forEach((bitmap, i) => {
      const shown = frame(bitmap, `${files[i].name}: ${labels[0][i]}`);
      const share = element("small", percent(probabilities[0][i]));
      within(list, within(element("li"), shown, element("span", labels[0][i]), share));
    });
    result.append(list);
  },
};

// 2.png comes before 10.png.
function byName(one, other) {
  return one.name.localeCompare(other.name, undefined, { numeric: true });
}

function frame(bitmap, label) {
  const canvas = element("canvas", "", { role: "img", "aria-label": label });
  const scale = SIDE / Math.max(bitmap.width, bitmap.height);
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
