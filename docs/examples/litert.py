"""Writes a text with numpy and LiteRT alone: python litert.py text.tflite [seed [temperature]].

pip install numpy ai-edge-litert
"""

import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

asked = dict(zip(["file", "seed", "temperature"], sys.argv[1:]))
card = json.loads(Path(f"{asked['file']}.json").read_text("utf-8"))
draw, heat = np.random.default_rng(int(asked.get("seed", 0))), float(asked.get("temperature", 0.8))
model = Interpreter(model_path=asked["file"])
model.allocate_tensors()
inputs = {each["name"]: each["index"] for each in model.get_input_details()}
outputs = [each["index"] for each in model.get_output_details()]
states = {name: np.zeros(shape, np.float32) for name, shape in card["states"].items()}

written, last = [], 0  # the boundary: a text begins
while len(written) < 500:
    model.set_tensor(inputs["ids"], np.array([last], np.int32))
    for name, state in states.items():
        model.set_tensor(inputs[name], state)
    model.invoke()
    logits, *after = (model.get_tensor(index) for index in outputs)
    states = dict(zip(states, after))
    noise = heat * draw.gumbel(size=logits.shape[1])  # the largest sum is a draw from a softmax
    last = int(np.argmax(logits[0] + noise))
    if last == 0:  # the boundary: it ends
        break
    written.append(card["characters"][last])
print("".join(written))
