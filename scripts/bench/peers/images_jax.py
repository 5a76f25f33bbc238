"""What the image models' JAX peers share: convolutions, and the jitted training step with donated buffers."""

from functools import partial

import jax
import jax.numpy as jnp
import optax


def arrays(named):
    return {name: jnp.array(value) for name, value in named.items()}


def linear(p, name, x):
    y = x @ p[f"{name}.w"]
    return y + p[f"{name}.b"] if f"{name}.b" in p else y


def conv(p, name, x, padding=((0, 0), (0, 0)), stride=1):
    """padding: ((top, bottom), (left, right)). Kernels of 1 × 1 are products."""
    w = p[f"{name}.w"]
    if w.shape[:2] == (1, 1):
        y = x @ w[0, 0]
    else:
        layout = ("NHWC", "HWIO", "NHWC")
        y = jax.lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=layout)
    return y + p[f"{name}.b"] if f"{name}.b" in p else y


def adam(config):
    betas = (config.get("beta1", 0.9), config.get("beta2", 0.999))
    return optax.adam(config["lr"], b1=betas[0], b2=betas[1], eps=config.get("epsilon", 1e-8))


def workload(loss_of, weights, inputs, config):
    """loss_of(parameters, inputs, config) → scalar. Returns its value on the weights, and the training step."""
    p, x, optimizer = arrays(weights), arrays(inputs), adam(config)
    state = optimizer.init(p)

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(p, state, x):
        loss, gradients = jax.value_and_grad(loss_of)(p, x, config)
        changes, state = optimizer.update(gradients, state)
        return optax.apply_updates(p, changes), state, loss

    def step():
        nonlocal p, state
        p, state, loss = update(p, state, x)
        return float(loss)

    return float(jax.jit(partial(loss_of, config=config))(p, x)), step
