"""A round of WGAN-GP in JAX: see wgan_torch.py for weights, inputs and config."""

from functools import partial

import jax
import jax.numpy as jnp
import optax
from images_jax import adam, arrays

SAME = ((1, 2), (1, 2))  # TensorFlow's "same" for 5 × 5 and stride 2


def layers(p):
    return [(p[f"{i}.w"], p[f"{i}.b"]) for i in range(len(p) // 2)]


def generator(p, z, slope):
    *hidden, (w, b) = layers(p)
    for v, c in hidden:
        z = jax.nn.leaky_relu(z @ v + c, slope)
    return jnp.tanh(z @ w + b)


def score(p, x, slope):
    network = layers(p)
    h = x.reshape(-1, 28, 28, 1) if network[0][0].ndim == 4 else x
    for i, (w, b) in enumerate(network):
        if w.ndim == 4:
            h = jax.lax.conv_general_dilated(h, w, (2, 2), SAME, dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
        else:
            h = h.reshape(len(h), -1) @ w + b
        if i < len(network) - 1:
            h = jax.nn.leaky_relu(h, slope)
    return h[:, 0]


def jax_workload(weights, inputs, config):
    slope, weight = config.get("slope", 0.2), config.get("lambda", 10)
    x = arrays(inputs)
    g, d = (
        arrays({name[len(part) :]: value for name, value in weights.items() if name.startswith(part)})
        for part in ("generator.", "critic.")
    )

    def critic_loss(d, g, x):
        fake = generator(g, x["z"], slope)
        scores = score(d, jnp.concatenate([x["real"], fake]), slope)
        points = fake + x["alpha"] * (x["real"] - fake)
        slopes = jax.grad(lambda points: score(d, points, slope).sum())(points)
        norms = jnp.sqrt(jnp.square(slopes).sum(1) + 1e-12)
        real, false = jnp.split(scores, 2)
        return false.mean() - real.mean() + weight * jnp.square(norms - 1).mean()

    def generator_loss(g, d, x):
        return -score(d, generator(g, x.get("zGenerator", x["z"]), slope), slope).mean()

    of_critic, of_generator = adam(config), adam(config)
    states = of_critic.init(d), of_generator.init(g)

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def round_of(d, g, states, x):
        loss, gradients = jax.value_and_grad(critic_loss)(d, g, x)
        changes, critic_state = of_critic.update(gradients, states[0])
        d = optax.apply_updates(d, changes)
        changes, generator_state = of_generator.update(jax.grad(generator_loss)(g, d, x), states[1])
        return d, optax.apply_updates(g, changes), (critic_state, generator_state), loss

    def step():
        nonlocal d, g, states
        d, g, states, loss = round_of(d, g, states, x)
        return float(loss)

    return float(jax.jit(critic_loss)(d, g, x)), step
