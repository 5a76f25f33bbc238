"""The smallest workload: a network of two layers that learns numbers; see scripts/bench/workloads/mlp.ts."""

from functools import partial

import jax
import jax.numpy as jnp
import optax


def loss_of(net, x, y):
    hidden = jax.nn.relu(x @ net["net.0.w"] + net["net.0.b"])
    return jnp.mean((hidden @ net["net.1.w"] + net["net.1.b"] - y) ** 2)


def jax_workload(weights, inputs, config):
    net = {name: jnp.array(value) for name, value in weights.items()}
    x, y = jnp.array(inputs["x"]), jnp.array(inputs["y"])
    optimizer = optax.adam(config["lr"])
    state = optimizer.init(net)

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(net, state, x, y):
        loss, gradients = jax.value_and_grad(loss_of)(net, x, y)
        changes, state = optimizer.update(gradients, state)
        return optax.apply_updates(net, changes), state, loss

    def step():
        nonlocal net, state
        net, state, loss = update(net, state, x, y)
        return float(loss)

    return float(loss_of(net, x, y)), step
