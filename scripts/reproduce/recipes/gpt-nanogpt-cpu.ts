import type { Recipe } from "../recipe";
import { trainOnText } from "../text-model";

const CONFIG = {
  seed: 3,
  layers: 4,
  heads: 4,
  width: 128,
  context: 64,
  batch: 12,
  steps: 2000,
  rate: 3e-3,
  warmup: 100,
  beta2: 0.99,
  weightDecay: 0.1,
  clipNorm: 1,
  dropout: 0,
  averageDecay: 0.99,
  ngram: 7,
  optimizer: "adamw, decay on matrices, linear warm-up, cosine decay to 0",
};

/** nanoGPT's example for a CPU: "--n_layer=4 --n_head=4 --n_embd=128 --block_size=64 --batch_size=12 --max_iters=2000", 1.88. */
export const recipe: Recipe = {
  name: "gpt-nanogpt-cpu",
  description: "GPT in nanoGPT's configuration for a CPU, tiny Shakespeare (published validation loss 1.88)",
  kind: "run",
  data: "tinyshakespeare",
  config: CONFIG,
  make: (sitting) => trainOnText(sitting, "val_loss_nanogpt_cpu", CONFIG),
};
