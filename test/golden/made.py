"""Golden values of PyTorch for lib/models/made.ts, in float64.

venv/bin/python made.py > made.json   (venv as in images.py)

The masks are made as the paper's equations 13 and 14 say, unit by unit; the degrees are those of made.ts, spread evenly. Weights
and pictures are the sines of images.py.
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
GRADIENTS = 12


def sines(i, shape):
    amplitude = 0.3 if len(shape) == 1 else 1.2 / math.sqrt(math.prod(shape[:-1]))
    return (amplitude * np.sin(i + 0.7 * np.arange(math.prod(shape)))).reshape(shape)


def case(D, hidden, order, batch, direct=False):
    place = {pixel: i + 1 for i, pixel in enumerate(order)}
    degrees = [[place[d] for d in range(D)]]
    degrees += [[1 + k * (D - 1) // n for k in range(n)] for n in hidden]
    masks = [
        torch.tensor([[float(above >= below) for above in degrees[i + 1]] for below in degrees[i]])
        for i in range(len(hidden))
    ]
    masks.append(torch.tensor([[float(d > m) for d in degrees[0]] for m in degrees[-1]]))
    sizes = [D, *hidden, D]
    names = [f"hidden.{i}" for i in range(len(hidden))] + ["logits"]
    shapes = {}
    for i, name in enumerate(names):
        shapes |= {f"{name}.w": [sizes[i], sizes[i + 1]], f"{name}.b": [sizes[i + 1]]}
    if direct:
        shapes["direct.w"] = [D, D]
    p = {n: torch.tensor(sines(i, s), requires_grad=True) for i, (n, s) in enumerate(shapes.items())}
    x = torch.tensor((np.sin(1 + 0.37 * np.arange(batch * D)).reshape(batch, D) > 0.4).astype(float))
    h = x
    for i, name in enumerate(names):
        h = h @ (p[f"{name}.w"] * masks[i]) + p[f"{name}.b"]
        if i < len(hidden):
            h = F.relu(h)
    if direct:
        h = h + x @ (p["direct.w"] * torch.tensor([[float(place[d] > place[k]) for d in range(D)] for k in range(D)]))
    loss = F.binary_cross_entropy_with_logits(h, x, reduction="none").sum(1).mean()
    loss.backward()
    gradients = {n: w.grad.flatten()[:GRADIENTS].tolist() for n, w in p.items()}
    connections = [int(mask.sum().item()) for mask in masks]
    return {"shapes": shapes, "order": order, "loss": loss.item(), "gradients": gradients, "connections": connections}


out = {
    "oneLayer": case(6, [5], list(range(6)), 4),
    "twoLayersOtherOrder": case(6, [5, 8], [2, 0, 5, 1, 4, 3], 4),
    "direct": case(6, [5], [2, 0, 5, 1, 4, 3], 4, direct=True),
}
print(json.dumps(out))
