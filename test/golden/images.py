"""Golden values of PyTorch for lib/models/vae.ts, pixelcnn.ts, unet.ts and diffusion.ts, in float64.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python images.py > images.json

The models are those of the benchmark (scripts/bench/peers), made small: their losses, and the start of the gradient by every
weight. All numbers come from sines, so that the test can make them itself: tensor number i is
amplitude·sin(i + 0.7·n), n = 0, 1, …; kernels and matrices with amplitude 1.2/√fan-in, all else with 0.3.
"""

import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts/bench/peers"))
import diffusion_torch  # noqa: E402
import pixelcnn_torch  # noqa: E402
import vae_torch  # noqa: E402
from images_torch import linear, parameters, tensors  # noqa: E402

torch.set_default_dtype(torch.float64)
GRADIENTS = 12  # the first so many of each weight


def sines(i, shape):
    amplitude = 0.3 if len(shape) == 1 else 1.2 / math.sqrt(math.prod(shape[:-1]))
    return (amplitude * np.sin(i + 0.7 * np.arange(math.prod(shape)))).reshape(shape)


def wave(shape, start):
    """Inputs: sin(start + 0.37·n)."""
    return np.sin(start + 0.37 * np.arange(math.prod(shape))).reshape(shape)


def binary(shape, start):
    return (wave(shape, start) > 0.4).astype(float)


def dense(name, a, b):
    return {f"{name}.w": [a, b], f"{name}.b": [b]}


def kernel(name, *shape, bias=True):
    return {f"{name}.w": list(shape)} | ({f"{name}.b": [shape[3]]} if bias else {})


def doubling(name, a, b):
    return {f"{name}.w": [2, 2, b, a], f"{name}.b": [b]}


def case(loss_of, shapes, inputs, config):
    weights = {name: sines(i, shape) for i, (name, shape) in enumerate(shapes.items())}
    p = parameters(weights, torch.contiguous_format)  # PyTorch's float64 convolutions know no other
    loss = loss_of(p, tensors(inputs), config)
    loss.backward()
    ours = lambda w: w.T if w.ndim == 2 else w.permute(2, 3, 1, 0) if w.ndim == 4 else w
    gradients = {name: ours(w.grad).flatten()[:GRADIENTS].tolist() for name, w in p.items()}
    return {"shapes": shapes, "loss": loss.item(), "gradients": gradients}, p


out = {}
shapes = (
    dense("encoder.hidden.0", 6, 5)
    | dense("encoder.hidden.1", 5, 4)
    | dense("encoder.mean", 4, 3)
    | dense("encoder.logVariance", 4, 3)
    | dense("decoder.hidden.0", 3, 4)
    | dense("decoder.hidden.1", 4, 5)
    | dense("decoder.logits", 5, 6)
)
inputs = {"x": binary((4, 6), 1), "eps": wave((4, 3), 2)}
out["vae"], p = case(vae_torch.loss_of, shapes, inputs, {})


def importance_weighted(p, x, eps):
    """By densities of torch.distributions, unlike lib's formula."""
    normal = torch.distributions.Normal
    h = torch.tanh(linear(p, "encoder.hidden.1", torch.tanh(linear(p, "encoder.hidden.0", x))))
    q = normal(linear(p, "encoder.mean", h), (0.5 * linear(p, "encoder.logVariance", h)).exp())
    z = q.mean + q.stddev * eps
    h = torch.tanh(linear(p, "decoder.hidden.1", torch.tanh(linear(p, "decoder.hidden.0", z))))
    likelihood = torch.distributions.Bernoulli(logits=linear(p, "decoder.logits", h)).log_prob(x).sum(-1)
    weights = likelihood + normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    return torch.logsumexp(weights, 0) - math.log(len(eps))


bound = importance_weighted(p, torch.from_numpy(inputs["x"]), torch.from_numpy(wave((5, 4, 3), 3)))
out["vae"]["importanceWeighted"] = bound.tolist()

C, head = 4, 5
shapes = kernel("above", 3, 7, 1, C) | kernel("left", 1, 3, 1, C) | kernel("cross", 1, 1, C, C, bias=False)
for i in range(2):
    b = f"blocks.{i}"
    shapes |= kernel(f"{b}.above", 2, 3, C, C) | kernel(f"{b}.left", 1, 2, C, C)
    shapes |= kernel(f"{b}.cross", 1, 1, C, C, bias=False) | kernel(f"{b}.out", 1, 1, C, C)
shapes |= kernel("head", 1, 1, C, head) | kernel("logit", 1, 1, head, 1)
out["pixelcnn"], _ = case(pixelcnn_torch.loss_of, shapes, {"x": binary((3, 49), 1)}, {"size": 7})

E, (a, b, c) = 6, (4, 6, 8)


def block(name, C):
    return kernel(f"{name}.first", 3, 3, C, C, bias=False) | dense(f"{name}.film", E, 2 * C) | kernel(f"{name}.second", 3, 3, C, C)


shapes = dense("time.0", E, E) | dense("time.1", E, E) | {"labels": [4, E]} | kernel("stem", 3, 3, 1, a)
shapes |= kernel("halve.0", 2, 2, a, b) | kernel("halve.1", 2, 2, b, c)
for i, channels in enumerate([b, c, c, b]):
    shapes |= block(f"blocks.{i}", channels)
shapes |= {"attention.scale": [c], "attention.shift": [c]} | dense("attention.qkv", c, 3 * c) | dense("attention.out", c, c)
shapes |= doubling("double.0", c, b) | doubling("double.1", b, a)
shapes |= kernel("last", 3, 3, a, a) | kernel("noise", 3, 3, a, 1)
betas = torch.linspace(1e-4, 0.02, 1000)
alpha_bars = torch.cumprod(1 - betas, 0)
t = np.array([3, 500, 999], np.int32)
inputs = {
    "x0": wave((3, 64), 1),
    "eps": wave((3, 64), 5),
    "t": t,
    "labels": np.array([2, 0, 3], np.int32),
    "alphaBar": alpha_bars[t].reshape(3, 1).numpy(),
}
out["unet"], _ = case(diffusion_torch.loss_of, shapes, inputs, {"size": 8, "heads": 2, "groups": 2})
out["unet"]["alphaBars"] = alpha_bars[t].tolist()

# Group normalisation, and a convolution whose padding is uneven, alone.
x = torch.from_numpy(wave((2, 3, 4, 6), 1))
norm = F.group_norm(x.permute(0, 3, 1, 2), 3).permute(0, 2, 3, 1)
out["groupNorm"] = norm.flatten().tolist()
print(json.dumps(out))
