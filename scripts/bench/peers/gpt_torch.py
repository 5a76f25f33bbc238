"""The GPT of lib/models/gpt.ts in PyTorch, as one writes it for speed: fused attention, norm, loss and optimizer.

Weights come by the names that they have in lib, "blocks.0.qkv.w" for example, matrices [in, out]; inputs are "tokens" and
"targets", int32 [B, T]; config has the fields of GptConfig and, for AdamW, lr, beta1, beta2, epsilon and weightDecay (matrices only).
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(2)


class Norm(nn.Module):
    def __init__(self, weights: dict[str, np.ndarray], name: str):
        super().__init__()
        self.gain = nn.Parameter(torch.from_numpy(weights[name + ".gain"].copy()))
        bias = weights.get(name + ".bias")
        self.bias = None if bias is None else nn.Parameter(torch.from_numpy(bias.copy()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, self.gain.shape, self.gain, self.bias, 1e-5)


class Linear(nn.Module):
    """nn.Linear with given weights; it keeps them [out, in]."""

    def __init__(self, weights: dict[str, np.ndarray], name: str):
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(np.ascontiguousarray(weights[name + ".w"].T)))
        bias = weights.get(name + ".b")
        self.bias = None if bias is None else nn.Parameter(torch.from_numpy(bias.copy()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight, self.bias)


class Block(nn.Module):
    def __init__(self, weights: dict[str, np.ndarray], name: str, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = Norm(weights, name + ".norm1"), Norm(weights, name + ".norm2")
        self.qkv, self.out = Linear(weights, name + ".qkv"), Linear(weights, name + ".out")
        self.up, self.down = Linear(weights, name + ".up"), Linear(weights, name + ".down")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        parts = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, weights: dict[str, np.ndarray], config: dict):
        super().__init__()
        self.tokens = nn.Parameter(torch.from_numpy(weights["tokens"].copy()))
        self.positions = nn.Parameter(torch.from_numpy(weights["positions"].copy()))
        self.blocks = nn.ModuleList(Block(weights, f"blocks.{i}", config["heads"]) for i in range(config["layers"]))
        self.norm = Norm(weights, "norm")
        self.head = nn.Parameter(torch.from_numpy(weights["head"].copy())) if "head" in weights else None

    def forward(self, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        x = F.embedding(tokens, self.tokens) + self.positions[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens if self.head is None else self.head)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def torch_workload(
    weights: dict[str, np.ndarray], inputs: dict[str, np.ndarray], config: dict, compiled: bool
) -> tuple[float, Callable[[], None]]:
    """The loss on the given weights, and one training step (AdamW) that changes a copy of them."""
    gpt = Gpt(weights, config)
    model = torch.compile(gpt) if compiled else gpt
    tokens, targets = [torch.from_numpy(inputs[name].astype(np.int64)) for name in ("tokens", "targets")]
    groups = [
        {"params": [p for p in gpt.parameters() if p.dim() > 1], "weight_decay": config.get("weightDecay", 0.0)},
        {"params": [p for p in gpt.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    betas = (config.get("beta1", 0.9), config.get("beta2", 0.999))
    options = {"lr": config.get("lr", 1e-3), "betas": betas, "eps": config.get("epsilon", 1e-8)}
    optimizer = torch.optim.AdamW(groups, fused=True, **options)
    with torch.no_grad():
        loss = gpt(tokens, targets).item()

    def step() -> None:
        value = model(tokens, targets)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        optimizer.step()
        value.item()

    return loss, step
