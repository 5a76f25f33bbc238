"""Golden values of PyTorch for the objective of importance weighted autoencoders, lib/models/vae.ts, in float64.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python vae.py > vae.json

Weights and inputs are the sines of images.py (its head explains them). Densities come from torch.distributions, so that the
formula in lib, in which constants cancel, is checked by another.
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
GRADIENTS = 12  # the first so many of each weight
SIZES = {
    "encoder.hidden.0": (6, 5),
    "encoder.hidden.1": (5, 4),
    "encoder.mean": (4, 3),
    "encoder.logVariance": (4, 3),
    "decoder.hidden.0": (3, 4),
    "decoder.hidden.1": (4, 5),
    "decoder.logits": (5, 6),
}
shapes = {f"{name}.{part}": list(size if part == "w" else size[1:]) for name, size in SIZES.items() for part in "wb"}


def sines(i, shape):
    amplitude = 0.3 if len(shape) == 1 else 1.2 / math.sqrt(math.prod(shape[:-1]))
    return (amplitude * np.sin(i + 0.7 * np.arange(math.prod(shape)))).reshape(shape)


def wave(shape, start):
    return np.sin(start + 0.37 * np.arange(math.prod(shape))).reshape(shape)


p = {name: torch.from_numpy(sines(i, shape)).requires_grad_() for i, (name, shape) in enumerate(shapes.items())}
x = torch.from_numpy((wave((4, 6), 1) > 0.4).astype(float))
eps = torch.from_numpy(wave((5, 4, 3), 3))


def linear(name, h):
    return F.linear(h, p[f"{name}.w"].T, p[f"{name}.b"])


def stack(part, h):
    return torch.tanh(linear(f"{part}.hidden.1", torch.tanh(linear(f"{part}.hidden.0", h))))


normal = torch.distributions.Normal
h = stack("encoder", x)
q = normal(linear("encoder.mean", h), (0.5 * linear("encoder.logVariance", h)).exp())
z = q.mean + q.stddev * eps
likelihood = torch.distributions.Bernoulli(logits=linear("decoder.logits", stack("decoder", z))).log_prob(x).sum(-1)
weights = likelihood + normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
loss = -(torch.logsumexp(weights, 0) - math.log(len(eps))).mean()
loss.backward()
gradients = {name: w.grad.flatten()[:GRADIENTS].tolist() for name, w in p.items()}
out = {"shapes": shapes, "loss": loss.item(), "logWeights": weights.flatten().tolist(), "gradients": gradients}
print(json.dumps({"importanceWeighted": out}))
