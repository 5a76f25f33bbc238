"""lib/models/vae.ts in JAX: minus the ELBO in nats. inputs: x [B, 784] binary, eps [B, Z]."""

import jax
import jax.numpy as jnp
from images_jax import linear, workload


def loss_of(p, inputs, config):
    x, eps = inputs["x"], inputs["eps"]
    count = lambda part: len([name for name in p if name.startswith(f"{part}.hidden.") and name.endswith(".w")])
    h = x
    for i in range(count("encoder")):
        h = jnp.tanh(linear(p, f"encoder.hidden.{i}", h))
    mean, log_variance = linear(p, "encoder.mean", h), linear(p, "encoder.logVariance", h)
    h = mean + jnp.exp(0.5 * log_variance) * eps
    for i in range(count("decoder")):
        h = jnp.tanh(linear(p, f"decoder.hidden.{i}", h))
    logits = linear(p, "decoder.logits", h)
    kl = 0.5 * (mean**2 + jnp.exp(log_variance) - 1 - log_variance).sum()
    return ((jax.nn.softplus(logits) - x * logits).sum() + kl) / len(x)


def jax_workload(weights, inputs, config):
    return workload(loss_of, weights, inputs, config)
