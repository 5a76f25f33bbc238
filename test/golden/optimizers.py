"""Golden values of PyTorch's optimizers and losses, for lib/nn.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python optimizers.py > optimizers.json

The function is f(w, b) = mean over rows of softplus(x·w + b)·c: smooth, not symmetric, gradients of different sizes.
"""

import json

import torch
import torch.nn.functional as F

STEPS = 12
X = torch.tensor([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7], [-2.2, 0.8, 0.1], [0.9, -0.4, 1.1]])
C = torch.tensor([[1.0, -0.6], [0.4, 2.0], [-1.3, 0.7], [0.2, -0.1]])
W = torch.tensor([[0.2, -0.5], [1.0, 0.3], [-0.8, 0.6]])
B = torch.tensor([0.1, -0.2])


def objective(w, b):
    return (F.softplus(X @ w + b) * C).mean()


def trace(make):
    w, b = W.clone().requires_grad_(), B.clone().requires_grad_()
    optimizer = make([w, b])
    losses, weights = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = objective(w, b)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        weights.append([*w.detach().flatten().tolist(), *b.detach().tolist()])
    return {"losses": losses, "weights": weights}


optim = torch.optim
optimizers = {
    "sgd": trace(lambda p: optim.SGD(p, lr=0.3)),
    "momentum": trace(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "rmsprop": trace(lambda p: optim.RMSprop(p, lr=0.02, alpha=0.95, eps=1e-6)),
    "adam": trace(lambda p: optim.Adam(p, lr=0.05, betas=(0.5, 0.9), eps=1e-8)),
    # ε this large shows on which side of the root and of the bias correction it stands
    "adamLargeEpsilon": trace(lambda p: optim.Adam(p, lr=0.05, betas=(0.9, 0.999), eps=0.1)),
    "adamw": trace(lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.1)),
}

logits = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -3.0], [60.0, -80.0, 15.0], [0.0, 0.0, 0.0]], requires_grad=True)
labels = torch.tensor([0, 2, 1, 1])
targets = torch.tensor([[1.0, 0.0, 0.3], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.5, 0.2, 0.9]])


def value_and_gradient(f):
    logits.grad = None
    loss = f()
    loss.backward()
    return {"value": loss.item(), "gradient": logits.grad.tolist()}


losses = {
    "crossEntropy": value_and_gradient(lambda: F.cross_entropy(logits, labels)),
    "bceSum": value_and_gradient(lambda: F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / 4),
    "bceMean": value_and_gradient(lambda: F.binary_cross_entropy_with_logits(logits, targets)),
    "mse": value_and_gradient(lambda: F.mse_loss(logits, targets)),
}
print(
    json.dumps(
        {
            "torch": torch.__version__.split("+")[0],
            "x": X.tolist(),
            "c": C.tolist(),
            "w": W.tolist(),
            "b": B.tolist(),
            "optimizers": optimizers,
            "logits": logits.tolist(),
            "labels": labels.tolist(),
            "targets": targets.tolist(),
            "losses": losses,
        }
    )
)
