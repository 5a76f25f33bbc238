"""Golden values of PyTorch for lib/models/conv-gan.ts and the logistic losses of gan.ts, in float64.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python conv-gan.py > conv-gan.json

All weights and inputs are sines, scale·sin(start + 0.7·n), so that the test can make them itself: a generator with noise 3 and
channels 4 and 2, a critic with two 5 × 5 convolutions (2 and 3 channels), and two label vectors.
"""

import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def sines(shape, start, scale):
    n = torch.arange(math.prod(shape)).reshape(shape)
    return (scale * torch.sin(start + 0.7 * n)).requires_grad_()


def layer(shape, start, scale, out):
    return sines(shape, start, scale), sines((out,), start + 0.5, 0.2)


def lrelu(h):
    return F.leaky_relu(h, 0.2)


def norm(h):
    """NCHW."""
    return h / (h.square().mean(1, keepdim=True) + 1e-6).sqrt()


G = [
    layer((3, 49 * 4), 1, 0.6, 49 * 4),
    layer((4, 4, 2, 4), 2, 0.3, 2),
    layer((3, 3, 2, 2), 3, 0.3, 2),
    layer((4, 4, 1, 2), 4, 0.3, 1),
]


def double(h, w, b):
    # TensorFlow's transposed kernel is [kh, kw, out, in], PyTorch's [in, out, kh, kw].
    return F.conv_transpose2d(h, w.permute(3, 2, 0, 1), b, stride=2, padding=1)


def generator(z):
    h = (z @ G[0][0] + G[0][1]).reshape(-1, 7, 7, 4).permute(0, 3, 1, 2)
    h = norm(lrelu(h))
    h = norm(lrelu(double(h, *G[1])))
    h = norm(lrelu(F.conv2d(h, G[2][0].permute(3, 2, 0, 1), G[2][1], padding=1)))
    return torch.tanh(double(h, *G[3])).reshape(len(z), 784)


D = [layer((5, 5, 1, 2), 5, 0.3, 2), layer((5, 5, 2, 3), 6, 0.3, 3), layer((147, 1), 7, 0.2, 1)]
E = sines((2, 147), 8, 0.2)


def features(x):
    h = x.reshape(-1, 1, 28, 28)
    for w, b in D[:2]:
        h = lrelu(F.conv2d(F.pad(h, (1, 2, 1, 2)), w.permute(3, 2, 0, 1), b, stride=2))
    return h.permute(0, 2, 3, 1).reshape(len(x), -1)


def critic(x):
    return (features(x) @ D[2][0] + D[2][1]).flatten()


def labelled(x, y):
    return critic(x) + (E[y] * features(x)).sum(1)


z = sines((3, 3), 9, 1.0).detach()
real = torch.sin(0.37 * torch.arange(3 * 784).reshape(3, 784) + 0.5)
y = torch.tensor([1, 0, 1])
fake = generator(z)
out = {"pictures": fake.flatten()[::97].tolist(), "labelled": labelled(real, y).tolist()}
scores = {"real": critic(real), "fake": critic(fake)}
bce = F.binary_cross_entropy_with_logits
ones, zeros = torch.ones(3), torch.zeros(3)
out["criticLoss"] = (bce(scores["real"], ones) + bce(scores["fake"], zeros)).item()
out["nonSaturating"] = bce(scores["fake"], ones).item()
out["saturating"] = -bce(scores["fake"], zeros).item()
loss = bce(labelled(fake, y), ones)
start = lambda g: g.flatten()[:40].tolist()
out["generatorLoss"] = loss.item()
out["generatorGradients"] = [start(g) for g in torch.autograd.grad(loss, [w for w, _ in G])]

x = real.clone().requires_grad_()
(slope,) = torch.autograd.grad(labelled(x, y).sum(), x, create_graph=True)
flatness = slope.square().sum(1).mean()
out["flatness"] = flatness.item()
out["flatnessGradients"] = [start(g) for g in torch.autograd.grad(flatness, [*(w for w, _ in D), E])]
print(json.dumps(out))
