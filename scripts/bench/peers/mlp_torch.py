"""The smallest workload: a network of two layers that learns numbers; see scripts/bench/workloads/mlp.ts."""

import torch
from torch import nn


class Mlp(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(2):
            w, b = weights[f"net.{i}.w"], weights[f"net.{i}.b"]  # [in, out], where nn.Linear has [out, in]
            layer = nn.Linear(*w.shape)
            layer.weight.data = torch.from_numpy(w.T.copy())
            layer.bias.data = torch.from_numpy(b.copy())
            self.layers.append(layer)

    def forward(self, x, y):
        prediction = self.layers[1](torch.relu(self.layers[0](x)))
        return torch.mean((prediction - y) ** 2)


def torch_workload(weights, inputs, config, compiled):
    model = Mlp(weights)
    loss_of = torch.compile(model) if compiled else model
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"], fused=True)
    x, y = (torch.from_numpy(inputs[name].copy()) for name in "xy")

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        return loss.item()

    with torch.no_grad():
        loss = model(x, y).item()
    return loss, step
