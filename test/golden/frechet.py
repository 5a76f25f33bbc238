"""Golden values of NumPy and SciPy for lib/evaluate/frechet.ts.

python -m venv venv && venv/bin/pip install numpy scipy && venv/bin/python frechet.py > frechet.json

Two sets of 40 and 30 vectors of 6 features; the second case is singular (two features are equal).
"""

import json

import numpy as np
from scipy.linalg import sqrtm

rng = np.random.default_rng(5)


def distance(a, b):
    (m1, c1), (m2, c2) = [(x.mean(0), np.cov(x, rowvar=False)) for x in (a, b)]
    root = sqrtm(c1 @ c2)
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2 - 2 * np.real(root)))


a = np.round(rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)), 4)
b = np.round(rng.normal(size=(30, 6)) @ rng.normal(size=(6, 6)) + 0.5, 4)
singular = a.copy()
singular[:, 5] = singular[:, 4]
cases = [
    {"a": x.tolist(), "b": y.tolist(), "distance": distance(x, y), "mean": x.mean(0).tolist(), "covariance": np.cov(x, rowvar=False).tolist()}
    for x, y in [(a, b), (singular, b)]
]
print(json.dumps({"cases": cases}))
