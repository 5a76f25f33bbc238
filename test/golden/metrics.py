"""Golden values of NumPy for the small metrics of lib/evaluate: coverage, confidence, nearest, memorisation, active units, AUROC.

python -m venv venv && venv/bin/pip install numpy && venv/bin/python metrics.py > metrics.json

Everything comes from sines, so that the tests can make it themselves: number n of list s is sin(s + 0.7·n).
"""

import json

import numpy as np


def wave(start, *shape):
    return np.sin(start + 0.7 * np.arange(np.prod(shape))).reshape(shape)


digits = np.floor(5 + 5 * wave(1, 200)).astype(int).clip(0, 9)
shares = np.bincount(digits, minlength=10) / len(digits)
evenness = -(shares[shares > 0] * np.log(shares[shares > 0])).sum() / np.log(10)

# Pictures in [−1, 1], and a set of bytes: byte b is 2·b/255 − 1.
pictures = wave(2, 4, 784)
fresh = wave(3, 30, 784)
bytes_ = np.floor(128 + 127.5 * wave(4, 25, 784)).astype(int).clip(0, 255)
known = 2 * bytes_ / 255 - 1
far = lambda x: np.sqrt(((x[:, None] - known[None]) ** 2).sum(2))
nearest = far(pictures)
usual = far(fresh).min(1)
ours = nearest.min(1)

means = wave(5, 9, 3) * np.array([1.0, 0.1, 0.15])
normal, odd = wave(6, 40), wave(7, 25) + 0.3
pairs = np.sign(odd[:, None] - normal[None]) / 2 + 0.5

print(
    json.dumps(
        {
            "coverage": {"counts": np.bincount(digits, minlength=10).tolist(), "evenness": float(evenness)},
            "confident": float((np.abs(wave(8, 50)) >= 0.9).mean()),
            "nearest": {"indices": nearest.argmin(1).tolist(), "distances": ours.tolist()},
            "memorisation": {
                "distance": float(np.median(ours)),
                "usual": float(np.median(usual)),
                "copies": float((ours < np.quantile(usual, 0.01)).mean()),
            },
            "active": {"variances": means.var(0).tolist(), "count": int((means.var(0) > 0.01).sum())},
            "auroc": float(pairs.mean()),
        },
        indent=2,
    )
)
