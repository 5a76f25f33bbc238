"""lib/models/vae.ts in PyTorch: minus the ELBO in nats. inputs: x [B, 784] binary, eps [B, Z]."""

import torch
import torch.nn.functional as F
from images_torch import linear, workload


def loss_of(p, inputs, config):
    x, eps = inputs["x"], inputs["eps"]
    count = lambda part: len([name for name in p if name.startswith(f"{part}.hidden.") and name.endswith(".w")])
    h = x
    for i in range(count("encoder")):
        h = torch.tanh(linear(p, f"encoder.hidden.{i}", h))
    mean, log_variance = linear(p, "encoder.mean", h), linear(p, "encoder.logVariance", h)
    h = mean + torch.exp(0.5 * log_variance) * eps
    for i in range(count("decoder")):
        h = torch.tanh(linear(p, f"decoder.hidden.{i}", h))
    logits = linear(p, "decoder.logits", h)
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
    return (F.binary_cross_entropy_with_logits(logits, x, reduction="sum") + kl) / len(x)


def torch_workload(weights, inputs, config, compiled):
    return workload(loss_of, weights, inputs, config, compiled)
