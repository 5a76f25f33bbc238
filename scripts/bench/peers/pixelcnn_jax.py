"""lib/models/pixelcnn.ts in JAX: −ln p(x) in nats, mean over the batch. inputs: x [B, size²] binary."""

import jax
from images_jax import conv, workload


def loss_of(p, inputs, config):
    size = config.get("size", 28)
    x = inputs["x"].reshape(-1, size, size, 1)
    relu = jax.nn.relu
    above = relu(conv(p, "above", x, ((3, -1), (3, 3))))
    left = conv(p, "left", x, ((0, 0), (3, -1))) + conv(p, "cross", above)
    blocks = len([name for name in p if name.startswith("blocks.") and name.endswith(".out.w")])
    for i in range(blocks):
        above = relu(conv(p, f"blocks.{i}.above", above, ((1, 0), (1, 1))))
        both = conv(p, f"blocks.{i}.left", left, ((0, 0), (1, 0))) + conv(p, f"blocks.{i}.cross", above)
        left = left + conv(p, f"blocks.{i}.out", relu(both))
    logits = conv(p, "logit", relu(conv(p, "head", relu(left))))
    return (jax.nn.softplus(logits) - x * logits).sum() / len(x)


def jax_workload(weights, inputs, config):
    return workload(loss_of, weights, inputs, config)
