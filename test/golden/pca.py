"""Golden values of NumPy for lib/evaluate/pca-gaussian.ts, in float64.

python -m venv venv && venv/bin/pip install numpy && venv/bin/python pca.py > pca.json

30 pictures of 8 pixels from sines, so that the test can make them itself.
"""

import json

import numpy as np

x = np.sin(1 + 0.7 * np.arange(240)).reshape(30, 8) * np.linspace(0.2, 2, 8) + np.cos(np.arange(240) ** 2).reshape(30, 8)
values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
values, vectors = values[::-1], vectors[:, ::-1]
print(
    json.dumps(
        {
            "variances": values[:3].tolist(),
            "noise": float(values[3:].mean()),
            "explained": float(values[:3].sum() / values.sum()),
            "projections": (vectors[:, :3] @ vectors[:, :3].T).round(8).tolist(),
        }
    )
)
