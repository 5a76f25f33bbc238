"""lib/models/unet.ts in JAX, with the loss of lib/models/diffusion.ts: mean (ε − ε̂)². Inputs as in diffusion_torch.py."""

import math

import jax
import jax.numpy as jnp
from images_jax import conv, linear, workload

relu = jax.nn.relu
SAME = ((1, 1), (1, 1))


def condition(p, inputs):
    half = p["time.0.w"].shape[0] // 2
    frequencies = 10_000 ** (-jnp.arange(half, dtype=jnp.float32) / half)
    angles = inputs["t"].astype(jnp.float32)[:, None] * frequencies
    e = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], 1)
    e = linear(p, "time.1", relu(linear(p, "time.0", e)))
    if "labels" in p:
        e = e + p["labels"][inputs["labels"]]
    return relu(e)


def norm(x, groups):
    B, H, W, C = x.shape
    grouped = x.reshape(B, H * W, groups, C // groups)
    mean = grouped.mean((1, 3), keepdims=True)
    variance = jnp.square(grouped - mean).mean((1, 3), keepdims=True)
    return ((grouped - mean) * jax.lax.rsqrt(variance + 1e-5)).reshape(x.shape)


def residual(p, name, x, e, groups):
    scale, shift = jnp.split(linear(p, f"{name}.film", e)[:, None, None, :], 2, -1)
    h = relu(norm(conv(p, f"{name}.first", x, SAME), groups) * scale + shift)
    return x + conv(p, f"{name}.second", h, SAME)


def attend(p, x, heads, groups):
    B, H, W, C = x.shape
    rows = (norm(x, groups) * p["attention.scale"] + p["attention.shift"]).reshape(B, H * W, C)
    q, k, v = jnp.moveaxis(linear(p, "attention.qkv", rows).reshape(B, H * W, 3, heads, C // heads), (2, 3), (0, 2))
    weights = jax.nn.softmax(q @ jnp.swapaxes(k, -1, -2) / math.sqrt(C // heads))
    y = jnp.swapaxes(weights @ v, 1, 2).reshape(B, H * W, C)
    return x + linear(p, "attention.out", y).reshape(x.shape)


def up(p, name, x):
    """[2, 2, out, in]: each pixel becomes 2 × 2, a product and a change of order."""
    B, H, W, C = x.shape
    w = p[f"{name}.w"]
    patches = x @ w.reshape(-1, C).T  # [B, H, W, 2·2·out]
    patches = patches.reshape(B, H, W, 2, 2, -1).transpose(0, 1, 3, 2, 4, 5)
    return patches.reshape(B, 2 * H, 2 * W, -1) + p[f"{name}.b"]


def halve(p, name, x):
    """[2, 2, in, out]: each 2 × 2 pixels become one, a change of order and a product."""
    B, H, W, C = x.shape
    w = p[f"{name}.w"]
    patches = x.reshape(B, H // 2, 2, W // 2, 2, C).transpose(0, 1, 3, 2, 4, 5).reshape(B, H // 2, W // 2, 4 * C)
    return patches @ w.reshape(4 * C, -1) + p[f"{name}.b"]


def unet(p, x, e, config):
    heads, groups = config.get("heads", 4), config.get("groups", 8)
    h28 = relu(conv(p, "stem", x, SAME))
    h14 = residual(p, "blocks.0", halve(p, "halve.0", h28), e, groups)
    h7 = residual(p, "blocks.1", halve(p, "halve.1", h14), e, groups)
    if "attention.qkv.w" in p:
        h7 = attend(p, h7, heads, groups)
    h7 = residual(p, "blocks.2", h7, e, groups)
    u14 = residual(p, "blocks.3", up(p, "double.0", h7) + h14, e, groups)
    u28 = relu(up(p, "double.1", u14) + h28)
    return conv(p, "noise", relu(conv(p, "last", u28, SAME)))


def loss_of(p, inputs, config):
    x0, eps, alpha_bar = inputs["x0"], inputs["eps"], inputs["alphaBar"]
    size = config.get("size", math.isqrt(x0.shape[1]))
    x = jnp.sqrt(alpha_bar) * x0 + jnp.sqrt(1 - alpha_bar) * eps
    guess = unet(p, x.reshape(-1, size, size, 1), condition(p, inputs), config)
    return jnp.mean(jnp.square(guess.reshape(x0.shape) - eps))


def jax_workload(weights, inputs, config):
    return workload(loss_of, weights, inputs, config)
