"""What the image models' PyTorch peers share: weights in PyTorch's layouts, and the training step."""

import torch
import torch.nn.functional as F


def parameters(weights, memory_format=torch.channels_last):
    """Named NumPy weights → parameters: matrices [in, out] as [out, in], kernels [kh, kw, in, out] as [out, in, kh, kw].

    Kernels lie in memory with the channels last, as the pictures do: oneDNN then reorders nothing.
    """
    named = {}
    for name, value in weights.items():
        w = torch.from_numpy(value.copy())
        if w.ndim == 2:
            w = w.T.contiguous()
        elif w.ndim == 4:
            w = w.permute(3, 2, 0, 1).contiguous(memory_format=memory_format)
        named[name] = w.requires_grad_()
    return named


def tensors(inputs):
    return {name: torch.from_numpy(value.copy()) for name, value in inputs.items()}


def image(x, size):
    """[B, size²] → [B, 1, size, size], channels last."""
    return x.view(-1, 1, size, size).contiguous(memory_format=torch.channels_last)


def linear(p, name, x):
    return F.linear(x, p[f"{name}.w"], p.get(f"{name}.b"))


def conv(p, name, x, **options):
    return F.conv2d(x, p[f"{name}.w"], p.get(f"{name}.b"), **options)


def adam(params, config):
    betas = (config.get("beta1", 0.9), config.get("beta2", 0.999))
    return torch.optim.Adam(params, lr=config["lr"], betas=betas, eps=config.get("epsilon", 1e-8), fused=True)


def workload(loss_of, weights, inputs, config, compiled):
    """loss_of(parameters, inputs, config) → scalar. Returns its value on the weights, and the training step."""
    p, x = parameters(weights), tensors(inputs)
    with torch.no_grad():
        loss = loss_of(p, x, config).item()
    value_of = torch.compile(lambda: loss_of(p, x, config)) if compiled else lambda: loss_of(p, x, config)
    optimizer = adam(p.values(), config)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = value_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return loss, step
