"""The GPT of lib/models/gpt.ts in JAX: one jitted step whose weights and optimizer state are donated, so nothing is copied.

Arguments as in gpt_torch.py.
"""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

Weights = dict[str, jax.Array]


def norm(w: Weights, name: str, x: jax.Array) -> jax.Array:
    centred = x - x.mean(-1, keepdims=True)
    y = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * w[name + ".gain"]
    return y + w[name + ".bias"] if name + ".bias" in w else y


def linear(w: Weights, name: str, x: jax.Array) -> jax.Array:
    y = x @ w[name + ".w"]
    return y + w[name + ".b"] if name + ".b" in w else y


def attention(qkv: jax.Array, batch: int, heads: int) -> jax.Array:
    length, width = qkv.shape[0] // batch, qkv.shape[1] // 3
    parts = qkv.reshape(batch, length, 3, heads, width // heads)
    q, k, v = jnp.moveaxis(parts, (2, 3), (0, 2))  # [B, heads, T, D] each
    scores = q @ jnp.swapaxes(k, -1, -2) * (1 / math.sqrt(width // heads))
    past = jnp.tril(jnp.ones((length, length), bool))
    y = jax.nn.softmax(jnp.where(past, scores, -1e9)) @ v
    return jnp.swapaxes(y, 1, 2).reshape(batch * length, width)


def loss_of(w: Weights, tokens: jax.Array, targets: jax.Array, layers: int, heads: int) -> jax.Array:
    batch, length = tokens.shape
    x = (w["tokens"][tokens] + w["positions"][:length]).reshape(batch * length, -1)
    for i in range(layers):
        b = f"blocks.{i}."
        attended = attention(linear(w, b + "qkv", norm(w, b + "norm1", x)), batch, heads)
        x = x + linear(w, b + "out", attended)
        hidden = jax.nn.gelu(linear(w, b + "up", norm(w, b + "norm2", x)), approximate=True)
        x = x + linear(w, b + "down", hidden)
    logits = norm(w, "norm", x) @ w.get("head", w["tokens"]).T
    return optax.softmax_cross_entropy_with_integer_labels(logits, targets.reshape(-1)).mean()


def jax_workload(
    weights: dict[str, np.ndarray], inputs: dict[str, np.ndarray], config: dict
) -> tuple[float, Callable[[], None]]:
    """The loss on the given weights, and one training step (AdamW) that changes a copy of them."""
    params = {name: jnp.array(value) for name, value in weights.items()}
    tokens, targets = [jnp.array(inputs[name], jnp.int32) for name in ("tokens", "targets")]
    loss = partial(loss_of, layers=config["layers"], heads=config["heads"])
    optimizer = optax.adamw(
        config.get("lr", 1e-3),
        b1=config.get("beta1", 0.9),
        b2=config.get("beta2", 0.999),
        eps=config.get("epsilon", 1e-8),
        weight_decay=config.get("weightDecay", 0.0),
        mask={name: value.ndim > 1 for name, value in weights.items()},
    )

    @partial(jax.jit, donate_argnums=(0, 1))
    def train(params, state, tokens, targets):
        value, grads = jax.value_and_grad(loss)(params, tokens, targets)
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state, value

    held = [params, optimizer.init(params)]
    first = float(jax.jit(loss)(params, tokens, targets))

    def step() -> None:
        held[0], held[1], value = train(held[0], held[1], tokens, targets)
        float(value)

    return first, step
