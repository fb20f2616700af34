// The server: what it serves, answers, and texts as they are written.

async function refusal(response) {
  const told = await response.json().catch(() => ({}));
  return new Error(told.error ?? `The server answered with ${response.status}.`);
}

function post(model, method, body, signal) {
  const path = `v1/models/${encodeURIComponent(model)}:${method}`;
  const headers = { "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

export async function models() {
  const response = await fetch("v1/models");
  if (!response.ok) throw await refusal(response);
  return (await response.json()).models;
}

export async function predict(model, body, signal) {
  const response = await post(model, "predict", body, signal);
  if (!response.ok) throw await refusal(response);
  return response.json();
}

// Yields the pieces of a text.
export async function* stream(model, inputs, signal) {
  const response = await post(model, "stream", { inputs }, signal);
  if (!response.ok) throw await refusal(response);
  let ended = false;
  for await (const { name, data } of events(response.body)) {
    if (name === "error") throw new Error(data.error);
    if (name === "") yield data.text;
    ended = name === "end";
  }
  if (!ended) throw new Error("The connection broke before the text was at its end.");
}

// Yields {name, data} of each server-sent event; a chunk of bytes may hold half of one, or several.
export async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += decoder.decode(value, { stream: true });
    const blocks = pending.split("\n\n");
    pending = blocks.pop();
    for (const block of blocks) yield event(block);
  }
}

function event(block) {
  const lines = block.split("\n");
  const named = lines.find((line) => line.startsWith("event: "));
  const data = lines.find((line) => line.startsWith("data: "));
  return { name: named ? named.slice(7) : "", data: JSON.parse(data.slice(6)) };
}
