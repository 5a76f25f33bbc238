"""Golden values of JAX for lib/models/wavenet.ts, in float64.

python -m venv venv && venv/bin/pip install jax==0.10.2 && venv/bin/python wavenet.py > wavenet.json

Written as the paper has it: channels by time, dilated convolutions of kernel 2 by lax.conv_general_dilated with zeros on the left, one
filter and one gate. Weights are the sines of images.py; symbol n is the n-th of 0, 3, 1, 4, 1, 5, 9 … (the digits of a fixed sine).
"""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

jax.config.update("jax_enable_x64", True)
GRADIENTS = 12


def sines(i, shape):
    amplitude = 0.3 if len(shape) == 1 else 1.2 / math.sqrt(math.prod(shape[:-1]))
    return (amplitude * np.sin(i + 0.7 * np.arange(math.prod(shape)))).reshape(shape)


def tokens(batch, length, symbols):
    return np.floor((np.sin(1.3 * np.arange(batch * length)) + 1) / 2 * symbols).astype(int).reshape(batch, length)


def causal(x, kernel, dilation):
    """x [B, C, T], kernel [out, in, 2]"""
    return lax.conv_general_dilated(x, kernel, (1,), [(dilation, 0)], rhs_dilation=(dilation,))


def loss(w, x, targets, dilations, condition, last):
    h = jnp.take(w["symbols"], x, axis=0)  # [B, T, C]
    if "places" in w:
        h = h + w["places"][: x.shape[1]]
    h = jnp.swapaxes(h, 1, 2)
    C = h.shape[1]
    skips = 0
    for i, d in enumerate(dilations):
        taps = w[f"layers.{i}.taps.w"]  # [2C, 2C]: d ago above, now below
        kernel = jnp.stack([taps[:C].T, taps[C:].T], axis=2)
        z = causal(h, kernel, d) + w[f"layers.{i}.taps.b"][None, :, None]
        if condition is not None:
            v = w[f"layers.{i}.condition.w"]
            z = z + (jnp.einsum("bk,kc->bc", condition, v)[:, :, None] if condition.ndim == 2 else jnp.einsum("btk,kc->bct", condition, v))
        z = jnp.tanh(z[:, :C]) * jax.nn.sigmoid(z[:, C:])
        skips = skips + jnp.einsum("bct,cs->bts", z, w[f"layers.{i}.skip.w"])
        if i + 1 < len(dilations):
            h = h + jnp.einsum("bct,cd->bdt", z, w[f"layers.{i}.out.w"]) + w[f"layers.{i}.out.b"][None, :, None]
    s = jax.nn.relu(skips + w["skips"])
    s = jax.nn.relu(s @ w["head.w"] + w["head.b"])
    logits = s @ w["logits.w"] + w["logits.b"]
    logp = jax.nn.log_softmax(logits, axis=-1)
    each = -jnp.take_along_axis(logp, targets[..., None], axis=2)[..., 0]
    return each[:, -last:].mean()


def case(symbols, dilations, C, S, batch, length, last, condition=None, places=None):
    shapes = {"symbols": [symbols, C]}
    if places:
        shapes["places"] = [places, C]
    for i in range(len(dilations)):
        shapes |= {f"layers.{i}.taps.w": [2 * C, 2 * C], f"layers.{i}.taps.b": [2 * C]}
        if condition:
            shapes[f"layers.{i}.condition.w"] = [condition[-1], 2 * C]
        if i + 1 < len(dilations):
            shapes |= {f"layers.{i}.out.w": [C, C], f"layers.{i}.out.b": [C]}
        shapes[f"layers.{i}.skip.w"] = [C, S]
    shapes |= {"skips": [S], "head.w": [S, S], "head.b": [S], "logits.w": [S, symbols], "logits.b": [symbols]}
    w = {name: jnp.array(sines(i, shape)) for i, (name, shape) in enumerate(shapes.items())}
    all_tokens = tokens(batch, length + 1, symbols)
    h = None if condition is None else jnp.array(np.sin(2 + 0.37 * np.arange(math.prod(condition))).reshape(condition))
    value, gradients = jax.value_and_grad(loss)(w, all_tokens[:, :-1], all_tokens[:, 1:], dilations, h, last)
    return {
        "shapes": shapes,
        "loss": float(value),
        "gradients": {name: np.asarray(g).ravel()[:GRADIENTS].tolist() for name, g in gradients.items()},
    }


print(
    json.dumps(
        {
            "plain": case(5, [1, 2, 4], 3, 4, 2, 12, 12),
            "lastOnly": case(5, [1, 2, 4, 1, 2, 4], 3, 4, 2, 20, 5),
            "throughout": case(6, [1, 2], 2, 3, 3, 9, 7, condition=[3, 4]),
            "byPlace": case(6, [2, 1, 4], 2, 3, 2, 9, 9, condition=[2, 9, 3]),
            "places": case(4, [1, 8], 3, 2, 2, 7, 7, places=10),
        }
    )
)
