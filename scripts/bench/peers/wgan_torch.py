"""A round of WGAN-GP as lib/models/gan.ts has it: one step of the critic with gradient penalty, one of the generator.

weights: generator.i.w/b, critic.i.w/b (matrices; a critic's kernels [5, 5, in, out] are convolutions of stride 2).
inputs: real [B, 784], z [B, noise], alpha [B, 1]; zGenerator [B, noise] for the generator's step (z without it).
config: lr, beta1, beta2, epsilon, lambda (10), slope (0.2). The loss is the critic's, penalty included.
"""

import torch
import torch.nn.functional as F
from images_torch import adam, image, parameters, tensors

SAME = (1, 2, 1, 2)  # TensorFlow's "same" for 5 × 5 and stride 2


def part(p, name):
    """[(w, b), …] of one network."""
    count = len([key for key in p if key.startswith(f"{name}.") and key.endswith(".w")])
    return [(p[f"{name}.{i}.w"], p[f"{name}.{i}.b"]) for i in range(count)]


def generator(layers, z, slope):
    for w, b in layers[:-1]:
        z = F.leaky_relu(F.linear(z, w, b), slope)
    return torch.tanh(F.linear(z, *layers[-1]))


def flat(h):
    """Rows of numbers in TensorFlow's order, channels last."""
    return h.permute(0, 2, 3, 1).flatten(1) if h.ndim == 4 else h


def sums(layers, x, slope):
    """The critic's layers before their activations; the last is the score."""
    h, results = image(x, 28) if layers[0][0].ndim == 4 else x, []
    for w, b in layers:
        h = F.conv2d(F.pad(h, SAME), w, b, stride=2) if w.ndim == 4 else F.linear(flat(h), w, b)
        results.append(h)
        h = F.leaky_relu(h, slope)
    return results


def score(layers, x, slope):
    return sums(layers, x, slope)[-1]


def slope_by_autograd(layers, points, slope):
    points.requires_grad_()
    (gradient,) = torch.autograd.grad(score(layers, points, slope).sum(), points, create_graph=True)
    return gradient


def slope_by_formula(layers, points, slope):
    """The same, layer by layer: torch.compile cannot differentiate a gradient of autograd's."""
    hidden = sums(layers, points, slope)[:-1]
    g = layers[-1][0].expand(len(points), -1)
    for (w, _), h in zip(reversed(layers[:-1]), reversed(hidden)):
        if h.ndim == 4 and g.ndim == 2:
            g = g.view(len(points), h.shape[2], h.shape[3], h.shape[1]).permute(0, 3, 1, 2)
        g = torch.where(h > 0, g, slope * g)
        if w.ndim == 4:  # the padded size less the padding
            size = 2 * h.shape[2]
            g = F.conv_transpose2d(g, w, stride=2)[:, :, 1 : size + 1, 1 : size + 1]
        else:
            g = g @ w
    return g.flatten(1)


def losses(p, x, config, slope_of):
    """(critic's loss, generator's loss) as functions of nothing."""
    slope, weight = config.get("slope", 0.2), config.get("lambda", 10)
    g, d = part(p, "generator"), part(p, "critic")

    def critic_loss():
        with torch.no_grad():
            fake = generator(g, x["z"], slope)
            points = fake + x["alpha"] * (x["real"] - fake)
        real_score, fake_score = score(d, torch.cat([x["real"], fake]), slope).chunk(2)
        norms = slope_of(d, points, slope).square().sum(1).add(1e-12).sqrt()
        return fake_score.mean() - real_score.mean() + weight * ((norms - 1) ** 2).mean()

    def generator_loss():
        return -score(d, generator(g, x.get("zGenerator", x["z"]), slope), slope).mean()

    return critic_loss, generator_loss


def torch_workload(weights, inputs, config, compiled):
    p, x = parameters(weights), tensors(inputs)
    critics = [w for name, w in p.items() if name.startswith("critic.")]
    generators = [w for name, w in p.items() if name.startswith("generator.")]
    critic_loss, generator_loss = losses(p, x, config, slope_by_formula if compiled else slope_by_autograd)
    loss = critic_loss().item()
    if compiled:
        critic_loss, generator_loss = torch.compile(critic_loss), torch.compile(generator_loss)
    of_critic, of_generator = adam(critics, config), adam(generators, config)

    def step():
        loss = critic_loss()
        of_critic.zero_grad(set_to_none=True)
        loss.backward()
        of_critic.step()
        for w in critics:
            w.requires_grad_(False)  # the generator's step needs no gradients of the critic
        of_generator.zero_grad(set_to_none=True)
        generator_loss().backward()
        of_generator.step()
        for w in critics:
            w.requires_grad_(True)
        return loss.item()

    return loss, step
