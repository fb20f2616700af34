// Models that write: tunes with their score, and texts that go on from a prime.

import { predict, stream } from "./api.js";
import { element, within } from "./dom.js";

const HEADER = 192; // characters that the header of a tune may have
const ORDER = "XTRMLK"; // the fields of a header, as the corpus has them

export const tune = {
  fits: (model) => "compose" in model.signatures && model.writes_tunes,
  title: "Compose a tune",
  about: "In ABC notation; what is left open the model decides.",
  fields: ["tune", "drawing"],
  button: "Compose",
  async submit(model, values, result, signal) {
    const inputs = drawn(values);
    inputs.prime = [await header(model, values, inputs, signal)];
    const written = element("pre");
    result.append(written);
    await write(model, inputs, written, signal);
    const abc = written.textContent;
    result.prepend(score(abc), sound(abc));
    result.append(files(abc));
  },
};

export const text = {
  fits: (model) => "compose" in model.signatures && !model.writes_tunes,
  title: "Continue a text",
  about: "A character at a time.",
  fields: ["prime", "drawing"],
  button: "Write",
  async submit(model, values, result, signal) {
    const written = element("pre");
    result.append(written);
    await write(model, { ...drawn(values), prime: [values.get("prime")] }, written, signal);
  },
};

function drawn(values) {
  const number = (name) => Number(values.get(name));
  return {
    length: number("length"),
    temperature: number("temperature"),
    top_p: number("top_p"),
    seed: [number("seed")],
  };
}

// Where the loop runs to its end in the model a stream has nothing to show before that.
async function write(model, inputs, written, signal) {
  if (model.stream === "whole") {
    const [found] = await compose(model, inputs, signal);
    written.textContent = found;
    return;
  }
  for await (const piece of stream(model.name, inputs, signal)) written.append(piece);
}

async function compose(model, inputs, signal) {
  const body = { signature_name: "compose", inputs };
  return (await predict(model.name, body, signal)).outputs;
}

// Puts what was asked for in its place; the model writes the fields around it.
async function header(model, values, inputs, signal) {
  let prime = "X:1\n";
  const asked = { T: "title", R: "rhythm", M: "meter", K: "key" };
  for (const [letter, name] of Object.entries(asked)) {
    const value = values.get(name).trim();
    if (value === "") continue;
    if (letter !== "T") {
      const [found] = await compose(model, { ...inputs, prime: [prime], length: HEADER }, signal);
      prime = before(letter, found);
    }
    prime += `${letter}:${value}\n`;
  }
  return prime;
}

// The header of a tune up to where a field belongs.
export function before(letter, abc) {
  const earlier = ORDER.slice(0, ORDER.indexOf(letter));
  const lines = abc.split("\n");
  const end = lines.findIndex((line) => line[1] !== ":" || !earlier.includes(line[0]));
  return lines.slice(0, end).map((line) => `${line}\n`).join("");
}

function score(abc) {
  const narrow = matchMedia("(max-width: 30rem)").matches;
  const query = new URLSearchParams({ abc, width: narrow ? "phone" : "page" });
  const title = /^T:(.*)$/m.exec(abc);
  const alt = title ? `Score of ${title[1].trim()}` : "Score of the tune";
  const picture = element("img", "", { class: "score", alt, src: `tunes/score.svg?${query}` });
  picture.addEventListener("error", () => {
    picture.replaceWith(element("p", "It cannot be engraved.", { class: "hint" }));
  });
  return picture;
}

function sound(abc) {
  const src = `tunes/tune.wav?${new URLSearchParams({ abc })}`;
  const player = element("audio", "", { controls: "", preload: "none", src, "aria-label": "The tune" });
  player.addEventListener("error", () => {
    player.replaceWith(element("p", "It cannot be played.", { class: "hint" }));
  });
  return player;
}

// What each file is called, and what the server makes it as.
const FILES = [
  ["ABC", "tune.abc", "tune.abc"],
  ["MIDI", "tune.mid", "tune.mid"],
  ["SVG", "tune.svg", "score.svg"],
  ["WAV", "tune.wav", "tune.wav"],
];

function files(abc) {
  const list = element("ul", "", { class: "files" });
  for (const [name, download, made] of FILES) {
    const href = `tunes/${made}?${new URLSearchParams({ abc })}`;
    within(list, within(element("li"), element("a", name, { href, download })));
  }
  return list;
}
