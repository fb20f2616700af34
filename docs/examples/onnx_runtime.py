"""Writes a text with numpy and ONNX Runtime: python onnx_runtime.py text.onnx [seed [temperature]].

pip install numpy onnxruntime
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

asked = dict(zip(["file", "seed", "temperature"], sys.argv[1:]))
card = json.loads(Path(f"{asked['file']}.json").read_text("utf-8"))
draw, heat = np.random.default_rng(int(asked.get("seed", 0))), float(asked.get("temperature", 0.8))
model = onnxruntime.InferenceSession(asked["file"], providers=["CPUExecutionProvider"])
states = {name: np.zeros(shape, np.float32) for name, shape in card["states"].items()}

written, last = [], 0  # the boundary: a text begins
while len(written) < 500:
    inputs = {"ids": np.array([last], np.int32), **states}
    logits, *after = model.run(card["outputs"], inputs)
    states = dict(zip(states, after))
    noise = heat * draw.gumbel(size=logits.shape[1])  # the largest sum is a draw from a softmax
    last = int(np.argmax(logits[0] + noise))
    if last == 0:  # the boundary: it ends
        break
    written.append(card["characters"][last])
print("".join(written))
