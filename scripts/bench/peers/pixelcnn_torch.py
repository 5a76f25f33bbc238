"""lib/models/pixelcnn.ts in PyTorch: −ln p(x) in nats, mean over the batch. inputs: x [B, size²] binary."""

import torch.nn.functional as F
from images_torch import conv, image, workload


def loss_of(p, inputs, config):
    size = config.get("size", 28)
    x = image(inputs["x"], size)
    # The kernels are cropped, so the padding is uneven: (left, right, top, bottom).
    above = F.relu(conv(p, "above", F.pad(x, (3, 3, 3, -1))))
    left = conv(p, "left", F.pad(x, (3, -1, 0, 0))) + conv(p, "cross", above)
    blocks = len([name for name in p if name.startswith("blocks.") and name.endswith(".out.w")])
    for i in range(blocks):
        above = F.relu(conv(p, f"blocks.{i}.above", F.pad(above, (1, 1, 1, 0))))
        both = conv(p, f"blocks.{i}.left", F.pad(left, (1, 0, 0, 0))) + conv(p, f"blocks.{i}.cross", above)
        left = left + conv(p, f"blocks.{i}.out", F.relu(both))
    logits = conv(p, "logit", F.relu(conv(p, "head", F.relu(left))))
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def torch_workload(weights, inputs, config, compiled):
    return workload(loss_of, weights, inputs, config, compiled)
