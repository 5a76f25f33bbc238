import type { Recipe } from "../recipe";
import { NANO, trainOnText } from "../text-model";

const CONFIG = {
  ...NANO,
  context: 64,
  steps: 2000,
  rate: 3e-3,
  warmup: 100,
  dropout: 0,
  averageDecay: 0.99,
  ngram: 7,
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
