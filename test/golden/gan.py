"""Golden values of PyTorch for lib/models/gan.ts, in float64.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python gan.py > gan.json

A small GAN (noise 3, hidden 4 and 5, 6 pixels, batch 4): losses, the gradient penalty, both gradients by every weight,
and the losses of four whole training steps with Adam(1e-2, 0.5, 0.9, ε = 1e-4), two of the critic for each of the generator.
"""

import json
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
LAMBDA = 10.0


def network(sizes, last):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(nn.LeakyReLU(0.2))
    return nn.Sequential(*layers, *last)


def weights(net):
    """w as [in, out], as lib has it."""
    return [
        {"w": m.weight.detach().T.tolist(), "b": m.bias.detach().tolist()} for m in net if isinstance(m, nn.Linear)
    ]


def grads(net, scalar):
    g = torch.autograd.grad(scalar, list(net.parameters()), retain_graph=True)
    return [{"w": g[i].T.tolist(), "b": g[i + 1].tolist()} for i in range(0, len(g), 2)]


def penalty(critic, x):
    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((slope.norm(dim=1) - 1) ** 2).mean()


g, d = network([3, 4, 5, 6], [nn.Tanh()]), network([6, 5, 4, 1], [])
for p in [*g.parameters(), *d.parameters()]:
    p.data.mul_(2)  # away from the all-but-linear start
out = {"generator": weights(g), "critic": weights(d), "lambda": LAMBDA}
z, real, alpha = torch.randn(4, 3), torch.rand(4, 6) * 2 - 1, torch.rand(4, 1)
out |= {"z": z.tolist(), "real": real.tolist(), "alpha": alpha.tolist()}
fake = g(z)
points = alpha * real + (1 - alpha) * fake.detach()
loss_d = -(d(real).mean() - d(fake.detach()).mean())
loss_g = -d(fake).mean()
gp = penalty(d, points)
out["fake"] = fake.tolist()
out["scores"] = d(real).flatten().tolist()
out["interpolated"] = points.tolist()
out["criticLoss"] = loss_d.item()
out["generatorLoss"] = loss_g.item()
out["gradientPenalty"] = gp.item()
gp_grads = torch.autograd.grad(gp, [p for p in d.parameters()], allow_unused=True, retain_graph=True)
names = [n for n, _ in d.named_parameters()]
out["penaltyGradients"] = [
    {
        "w": gp_grads[i].T.tolist(),
        "b": (gp_grads[i + 1] if gp_grads[i + 1] is not None else torch.zeros(gp_grads[i].shape[0])).tolist(),
    }
    for i in range(0, len(names), 2)
]
out["generatorGradients"] = grads(g, loss_g)

opt_d = torch.optim.Adam(d.parameters(), lr=1e-2, betas=(0.5, 0.9), eps=1e-4)
opt_g = torch.optim.Adam(g.parameters(), lr=1e-2, betas=(0.5, 0.9), eps=1e-4)
# ε is large: the critic's last bias, for one, has no gradient but rounding, which a small ε blows up to full steps.
steps = []
for _ in range(4):
    for _ in range(2):
        fake = g(z).detach()
        plain = -(d(real).mean() - d(fake).mean())
        gp = penalty(d, alpha * real + (1 - alpha) * fake)
        opt_d.zero_grad()
        (plain + LAMBDA * gp).backward()
        opt_d.step()
    loss_g = -d(g(z)).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    steps.append({"critic": plain.item(), "penalty": gp.item(), "generator": loss_g.item()})
out["steps"] = steps

# A convolutional critic, two 5 x 5 convolutions of stride 2 (channels 2 and 3); all numbers from a sine, so that the
# test can make them itself. TensorFlow's "same" padding is 1 before and 2 after.


def sines(shape, start, scale):
    n = torch.arange(math.prod(shape)).reshape(shape)
    return (scale * torch.sin(start + 0.7 * n)).requires_grad_()


conv = [
    (sines((5, 5, 1, 2), 1, 0.4), sines((2,), 2, 0.3)),
    (sines((5, 5, 2, 3), 3, 0.3), sines((3,), 4, 0.3)),
    (sines((147, 1), 5, 0.4), sines((1,), 6, 0.3)),
]
images = torch.sin(0.37 * torch.arange(3 * 784).reshape(3, 784) + 0.5)


def conv_critic(x):
    h = x.reshape(-1, 1, 28, 28)
    for w, b in conv[:2]:
        h = F.leaky_relu(F.conv2d(F.pad(h, (1, 2, 1, 2)), w.permute(3, 2, 0, 1), b, stride=2), 0.2)
    return h.permute(0, 2, 3, 1).reshape(len(x), -1) @ conv[2][0] + conv[2][1]


gp = penalty(conv_critic, images)
gp_grads = torch.autograd.grad(gp, [w for w, _ in conv])
out["convolution"] = {
    "scores": conv_critic(images).flatten().tolist(),
    "penalty": gp.item(),
    "gradients": [g.flatten()[:50].tolist() for g in gp_grads],
}
print(json.dumps(out))
