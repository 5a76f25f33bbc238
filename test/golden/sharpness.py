"""A golden value of NumPy for lib/evaluate/sharpness.ts: two pictures of 6 × 6 from sines, by the definition.

python -m venv venv && venv/bin/pip install numpy && venv/bin/python sharpness.py > sharpness.json
"""

import json

import numpy as np

x = (np.sin(1 + 0.7 * np.arange(72)) / 2 + 0.5).reshape(2, 6, 6)
values = []
for picture in x:
    p = np.pad(picture, 1)
    a, b, c, d = p[:-1, :-1], p[:-1, 1:], p[1:, :-1], p[1:, 1:]
    size = np.hypot((b + d - a - c) / 2, (c + d - a - b) / 2)
    values.append(float((size**2).sum() / size.sum()))
print(json.dumps({"each": values}))
