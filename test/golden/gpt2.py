"""A small random GPT-2 by Hugging Face's transformers, for lib/data/gpt2-weights.ts: its file and its logits in float32.

python -m venv venv && venv/bin/pip install torch==2.13.0 transformers==5.24.0 safetensors==0.8.0 numpy
venv/bin/python gpt2.py gpt2.safetensors > gpt2.json
venv/bin/python gpt2.py --check ours.safetensors gpt2.json

With --check, a file that we wrote is loaded into transformers, and its logits must be the same.
"""

import json
import sys

# This script's own folder comes first in the path, and safetensors.py in it has the package's name.
sys.path.pop(0)
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402

SIZES = dict(vocab_size=17, n_positions=12, n_layer=2, n_head=3, n_embd=12)
config = GPT2Config(**SIZES, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, attn_implementation="eager")
tokens = torch.arange(20).reshape(2, 10) * 7 % SIZES["vocab_size"]
model = GPT2LMHeadModel(config).eval()


def logits():
    with torch.no_grad():
        return model(tokens).logits


if sys.argv[1] == "--check":
    state = {f"transformer.{name}": value for name, value in load_file(sys.argv[2]).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert missing == ["lm_head.weight"] and not unexpected, (missing, unexpected)
    wanted = torch.tensor(json.load(open(sys.argv[3]))["logits"]).reshape(logits().shape)
    difference = (logits() - wanted).abs().max().item()
    assert difference < 1e-5, difference
    print("same")
else:
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():  # far from 0.02: attention is not uniform, and no bias is 0
            parameter.add_(torch.randn_like(parameter) * 0.3)
    folder = sys.argv[1] + ".folder"
    model.save_pretrained(folder, safe_serialization=True)
    open(sys.argv[1], "wb").write(open(f"{folder}/model.safetensors", "rb").read())
    out = {"config": SIZES, "tokens": tokens.tolist(), "logits": [float(f"{x:.7g}") for x in logits().flatten().tolist()]}
    print(json.dumps(out))
