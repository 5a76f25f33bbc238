"""Golden values of NumPy for lib/evaluate/kid.ts and bootstrap.ts, in float64.

python -m venv venv && venv/bin/pip install numpy && venv/bin/python kid.py > kid.json

Vectors come from sines, so that the test can make them itself: number n of set s is sin(s + 0.7·n) + 0.5.
"""

import json

import numpy as np

D = 6


def vectors(start, count):
    return (np.sin(start + 0.7 * np.arange(count * D)) + 0.5).reshape(count, D)


def kernel(x, y):
    return (x @ y.T / D + 1) ** 3


def mmd(x, y):
    m, n = len(x), len(y)
    off = lambda k: (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))
    return float(off(kernel(x, x)) + off(kernel(y, y)) - 2 * kernel(x, y).sum() / (m * n))


x, y = vectors(0, 30), 1.3 * vectors(2, 20)
quantiles = np.percentile([3.0, 1.0, 4.0, 1.5, 9.0, 2.6], [2.5, 50, 97.5])
print(json.dumps({"mmd": mmd(x, y), "same": mmd(x[:15], x[15:]), "quantiles": quantiles.tolist()}))
