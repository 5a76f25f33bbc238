"""Golden values of SciPy and NumPy for lib/evaluate/likelihood.ts and bernoulli-mixture.ts, in float64.

python -m venv venv && venv/bin/pip install numpy scipy && venv/bin/python likelihood.py > likelihood.json

A linear model with Gaussian latents, x = W z + m + s·noise, whose ln p(x) is known: N(m, W Wᵀ + s² I). Numbers come from
sines, so that the test can make them itself. And one step of EM for a mixture of Bernoullis.
"""

import json

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

D, Z, N, S = 5, 2, 7, 0.6
wave = lambda start, *shape: np.sin(start + 0.7 * np.arange(np.prod(shape))).reshape(shape)
W, m, x = wave(1, D, Z), wave(2, D), 1.5 * wave(3, N, D)
exact = multivariate_normal(m, W @ W.T + S**2 * np.eye(D)).logpdf(x)

# One step of EM with three components, each drawn towards the mean of all pictures as if it had seen that once more.
X = (wave(4, 12, D) > 0.2).astype(float)
K = 3
mean = (X.sum(0) + 0.5) / (len(X) + 1)
means = 0.25 * X[[0, 5, 7]] + 0.75 * mean
shares = np.full(K, 1 / K)


def joint(means, shares):
    return X @ np.log(means).T + (1 - X) @ np.log(1 - means).T + np.log(shares)


before = logsumexp(joint(means, shares), 1)
r = np.exp(joint(means, shares) - before[:, None])
mass = r.sum(0)
means = (r.T @ X + mean) / (mass[:, None] + 1)
shares = (mass + 1) / (len(X) + K)
after = logsumexp(joint(means, shares), 1)
print(
    json.dumps(
        {
            "exact": exact.tolist(),
            "mixture": {
                "before": float(before.mean()),
                "means": np.round(means, 9).tolist(),
                "shares": shares.tolist(),
                "each": after.tolist(),
            },
        }
    )
)
