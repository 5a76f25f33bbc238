"""lib/models/unet.ts in PyTorch, with the loss of lib/models/diffusion.ts: mean (ε − ε̂)².

inputs: x0 [B, size²] in [−1, 1], t [B] int32, labels [B] int32, eps [B, size²], alphaBar [B, 1] (ᾱ at t).
config: size, heads, groups (28, 4, 8).
"""

import math

import torch
import torch.nn.functional as F
from images_torch import conv, image, linear, workload


def condition(p, inputs):
    half = p["time.0.w"].shape[1] // 2
    frequencies = 10_000 ** (-torch.arange(half, dtype=torch.float32) / half)
    angles = inputs["t"].float()[:, None] * frequencies
    e = torch.cat([angles.sin(), angles.cos()], 1).to(p["time.0.w"].dtype)
    e = linear(p, "time.1", F.relu(linear(p, "time.0", e)))
    if "labels" in p:
        e = e + F.embedding(inputs["labels"].long(), p["labels"].T)  # the table is kept as [embedding, classes + 1]
    return F.relu(e)


def residual(p, name, x, e, groups):
    h = F.group_norm(conv(p, f"{name}.first", x, padding=1), groups)
    scale, shift = linear(p, f"{name}.film", e)[:, :, None, None].chunk(2, 1)
    h = F.relu(torch.addcmul(shift, h, scale))
    return x + conv(p, f"{name}.second", h, padding=1)


def attend(p, x, heads, groups):
    B, C, H, W = x.shape
    h = F.group_norm(x, groups, p["attention.scale"], p["attention.shift"])
    rows = h.permute(0, 2, 3, 1).reshape(B, H * W, C)
    q, k, v = linear(p, "attention.qkv", rows).view(B, H * W, 3, heads, C // heads).permute(2, 0, 3, 1, 4)
    y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, H * W, C)
    return x + linear(p, "attention.out", y).view(B, H, W, C).permute(0, 3, 1, 2)


def up(p, name, x):
    # [2, 2, out, in] became [in, out, 2, 2], which is what conv_transpose2d takes.
    return F.conv_transpose2d(x, p[f"{name}.w"], p[f"{name}.b"], stride=2)


def unet(p, x, e, config):
    heads, groups = config.get("heads", 4), config.get("groups", 8)
    h28 = F.relu(conv(p, "stem", x, padding=1))
    h14 = residual(p, "blocks.0", conv(p, "halve.0", h28, stride=2), e, groups)
    h7 = residual(p, "blocks.1", conv(p, "halve.1", h14, stride=2), e, groups)
    if "attention.qkv.w" in p:
        h7 = attend(p, h7, heads, groups)
    h7 = residual(p, "blocks.2", h7, e, groups)
    u14 = residual(p, "blocks.3", up(p, "double.0", h7) + h14, e, groups)
    u28 = F.relu(up(p, "double.1", u14) + h28)
    return conv(p, "noise", F.relu(conv(p, "last", u28, padding=1)))


def loss_of(p, inputs, config):
    x0, eps, alpha_bar = inputs["x0"], inputs["eps"], inputs["alphaBar"]
    size = config.get("size", math.isqrt(x0.shape[1]))
    x = alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps
    return F.mse_loss(unet(p, image(x, size), condition(p, inputs), config), image(eps, size))


def torch_workload(weights, inputs, config, compiled):
    return workload(loss_of, weights, inputs, config, compiled)
