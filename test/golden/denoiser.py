"""Golden values of PyTorch for lib/models/denoiser.ts and the schedule and steps of lib/models/diffusion.ts, in float64.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python denoiser.py > denoiser.json

Weights and inputs as in images.py. The cosine schedule is written as the library diffusers has it under the name
squaredcos_cap_v2; a step back as in Ho et al. 2020, eq. 11, with the variance of eq. 7.
"""

import contextlib
import io
import json
import math

import numpy as np
import torch
import torch.nn.functional as F

with contextlib.redirect_stdout(io.StringIO()):
    from images import case, dense, doubling, kernel, wave
import diffusion_torch
from images_torch import image

torch.set_default_dtype(torch.float64)


def squaredcos_cap_v2(steps):
    bar = lambda share: math.cos((share + 0.008) / 1.008 * math.pi / 2) ** 2  # noqa: E731
    betas = [min(1 - bar((i + 1) / steps) / bar(i / steps), 0.999) for i in range(steps)]
    return torch.tensor(betas)


betas = squaredcos_cap_v2(1000)
alpha_bars = torch.cumprod(1 - betas, 0)
some = [0, 1, 10, 100, 499, 900, 998, 999]
out = {"cosine": {"t": some, "betas": betas[some].tolist(), "alphaBars": alpha_bars[some].tolist()}}

# One step of DDPM at t = 400 and at the last step, t = 0, where no noise is added; one of DDIM from 400 to 350.
x, eps, noise = (torch.from_numpy(wave((2, 5), start)) for start in (1, 5, 9))
steps = {}
for t in (400, 0):
    beta, bar = betas[t], alpha_bars[t]
    before = alpha_bars[t - 1] if t > 0 else torch.tensor(1.0)
    mean = (x - beta / (1 - bar).sqrt() * eps) / (1 - beta).sqrt()
    sigma = (beta * (1 - before) / (1 - bar)).sqrt()
    steps[f"ddpm{t}"] = (mean + sigma * noise).flatten().tolist()
now, later = alpha_bars[400], alpha_bars[350]
x0 = (x - (1 - now).sqrt() * eps) / now.sqrt()
steps["ddim"] = (later.sqrt() * x0 + (1 - later).sqrt() * eps).flatten().tolist()
out["steps"] = steps


def loss_of(p, inputs, config):
    """v̂ = p·v(if black) + q·v(if white) + r, against v = √ᾱ·ε − √(1 − ᾱ)·x₀."""
    x0, eps, bar = inputs["x0"], inputs["eps"], inputs["alphaBar"]
    signal, spread = bar.sqrt(), (1 - bar).sqrt()
    x = signal * x0 + spread * eps
    black = torch.clamp((signal * x + 1) / spread, -3, 3)
    white = torch.clamp((signal * x - 1) / spread, -3, 3)
    size = config["size"]
    seen = torch.cat([image(picture, size) for picture in (x, black, white)], 1)
    answer = diffusion_torch.unet(p, seen, diffusion_torch.condition(p, inputs), config)
    v = answer[:, 0] * image(black, size)[:, 0] + answer[:, 1] * image(white, size)[:, 0] + answer[:, 2]
    return F.mse_loss(v, image(signal * eps - spread * x0, size)[:, 0])


E, (a, b, c) = 6, (4, 6, 8)


def block(name, C):
    return kernel(f"{name}.first", 3, 3, C, C, bias=False) | dense(f"{name}.film", E, 2 * C) | kernel(f"{name}.second", 3, 3, C, C)


shapes = dense("time.0", E, E) | dense("time.1", E, E) | {"labels": [4, E]} | kernel("stem", 3, 3, 3, a)
shapes |= kernel("halve.0", 2, 2, a, b) | kernel("halve.1", 2, 2, b, c)
for i, channels in enumerate([b, c, c, b]):
    shapes |= block(f"blocks.{i}", channels)
shapes |= {"attention.scale": [c], "attention.shift": [c]} | dense("attention.qkv", c, 3 * c) | dense("attention.out", c, c)
shapes |= doubling("double.0", c, b) | doubling("double.1", b, a)
shapes |= kernel("last", 3, 3, a, a) | kernel("noise", 1, 1, a, 3)
t = np.array([3, 500, 990], np.int32)
inputs = {
    "x0": wave((3, 64), 1),
    "eps": wave((3, 64), 5),
    "t": t,
    "labels": np.array([2, 0, 3], np.int32),
    "alphaBar": alpha_bars[t].reshape(3, 1).numpy(),
}
out["denoiser"], _ = case(loss_of, shapes, inputs, {"size": 8, "heads": 2, "groups": 2})
print(json.dumps(out))
