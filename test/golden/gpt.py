"""Golden values of PyTorch for lib/nn's transformer layers and lib/models/gpt.ts, in float64.

python -m venv venv && venv/bin/pip install torch==2.13.0 numpy && venv/bin/python gpt.py > gpt.json

All inputs and weights are sines that the tests make themselves: `sines(shape, start, scale)` is scale*sin(start + 0.7*n)
for n = 0, 1, ... Of each gradient of the model: its norm and its first numbers. Three models: as nanoGPT (tied, no biases), and as
GPT-2 with biases but a head of its own; a third as the first with Canon layers. Each then makes four steps of AdamW.
"""

import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
V, T, L, H, C, B = 11, 6, 2, 2, 8, 3
KEPT = 5


def sines(shape, start, scale=1.0, offset=0.0):
    n = torch.arange(math.prod(shape)).reshape(shape)
    return (offset + scale * torch.sin(start + 0.7 * n)).requires_grad_()


def rounded(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def layer(f, *inputs):
    """Output, and the gradients of sum(output * cos(n)) by every input."""
    y = f(*inputs)
    weight = torch.cos(torch.arange(y.numel())).reshape(y.shape)
    grads = torch.autograd.grad((y * weight).sum(), inputs)
    return {"value": rounded(y), "gradients": [rounded(g) for g in grads]}


def attention(qkv, batch, heads):
    length, width = qkv.shape[0] // batch, qkv.shape[1] // 3
    q, k, v = qkv.view(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return y.transpose(1, 2).reshape(batch * length, width)


def mlp(x, b):
    return F.linear(F.gelu(x @ b["up"] + b.get("up_b", 0), approximate="tanh"), b["down"].T, b.get("down_b"))


def norm(x, gain, bias):
    return F.layer_norm(x, (x.shape[-1],), gain, bias, 1e-5)


def canon_layer(x, w, batch):
    """x + a causal depthwise convolution of it, text by text"""
    if w is None:
        return x
    channels_first = x.view(batch, -1, x.shape[1]).transpose(1, 2)
    y = F.conv1d(F.pad(channels_first, (len(w) - 1, 0)), w.T[:, None], groups=x.shape[1])
    return x + y.transpose(1, 2).reshape(x.shape)


def logits(w, tokens):
    x = (w["tokens"][tokens] + w["positions"][: tokens.shape[1]]).view(-1, C)
    for b in w["blocks"]:
        h = canon_layer(norm(x, b["gain1"], b.get("bias1")), b.get("canonA"), len(tokens))
        x = x + attention(h @ b["qkv"] + b.get("qkv_b", 0), len(tokens), H) @ b["out"] + b.get("out_b", 0)
        x = x + mlp(canon_layer(norm(x, b["gain2"], b.get("bias2")), b.get("canonC"), len(tokens)), b)
    return norm(x, w["gain"], w.get("bias")) @ w.get("head", w["tokens"]).T


def model(bias, tied, taps):
    """Every tensor is a sine whose start is its number, in the order of lib's gptWeights."""
    count = 0

    def make(*shape, scale=0.3, offset=0.0):
        nonlocal count
        count += 1
        return sines(shape, count, scale, offset)

    def block():
        b = {"gain1": make(C, offset=1)} | ({"bias1": make(C)} if bias else {}) | ({"canonA": make(taps, C)} if taps else {})
        for name, a, o in [("qkv", C, 3 * C), ("out", C, C)]:
            b |= {name: make(a, o)} | ({name + "_b": make(o)} if bias else {})
        b |= {"gain2": make(C, offset=1)} | ({"bias2": make(C)} if bias else {}) | ({"canonC": make(taps, C)} if taps else {})
        for name, a, o in [("up", C, 4 * C), ("down", 4 * C, C)]:
            b |= {name: make(a, o)} | ({name + "_b": make(o)} if bias else {})
        return b

    w = {"tokens": make(V, C), "positions": make(T, C), "blocks": [block() for _ in range(L)]}
    w |= {"gain": make(C, offset=1)} | ({"bias": make(C)} if bias else {})
    return w if tied else w | {"head": make(V, C)}


def leaves(w):
    for value in w.values():
        if isinstance(value, list):
            for each in value:
                yield from leaves(each)
        else:
            yield value


tokens = torch.arange(B * T).reshape(B, T) * 7 % V
targets = torch.arange(B * T).reshape(B, T) * 5 % V
out = {"config": {"vocab": V, "context": T, "layers": L, "heads": H, "width": C}, "models": {}, "layers": {}}
out |= {"tokens": tokens.tolist(), "targets": targets.tolist()}
for name, bias, tied, taps in [("nanogpt", False, True, 0), ("untied", True, False, 0), ("canon", False, True, 3)]:
    w = model(bias, tied, taps)
    params = list(leaves(w))
    scores = logits(w, tokens)
    loss = F.cross_entropy(scores, targets.flatten())
    grads = torch.autograd.grad(loss, params)
    result = {"bias": bias, "tied": tied, "canon": taps, "parameters": sum(p.numel() for p in params), "loss": loss.item()}
    result["logits"] = rounded(scores)
    result["gradients"] = [{"norm": g.norm().item(), "first": rounded(g.flatten()[:KEPT])} for g in grads]
    decayed, others = [p for p in params if p.dim() == 2], [p for p in params if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.95), eps=1e-8)
    result["adamw"] = []
    for _ in range(4):
        loss = F.cross_entropy(logits(w, tokens), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        result["adamw"].append(loss.item())
    out["models"][name] = result

x = sines((3, 8), 1, 2.0)
out["layers"]["layerNorm"] = layer(norm, x, sines((8,), 2, 0.5, 1.0), sines((8,), 3))
out["layers"]["gelu"] = layer(lambda x: F.gelu(x, approximate="tanh"), sines((2, 3, 4), 1, 4.0))
out["layers"]["attention"] = layer(lambda x: attention(x, 2, 2), sines((10, 12), 1, 1.5))
out["layers"]["embedding"] = layer(lambda w: w[torch.tensor([[2, 0, 2], [3, 3, 3]])], sines((5, 4), 1))
out["layers"]["canon"] = layer(lambda x, w: canon_layer(x, w, 2), sines((10, 6), 1, 1.5), sines((3, 6), 2))
print(json.dumps(out))
