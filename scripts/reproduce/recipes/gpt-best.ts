import type { Recipe } from "../recipe";
import { trainOnText } from "../text-model";

const CONFIG = {
  seed: 3,
  layers: 4,
  heads: 4,
  width: 128,
  context: 128,
  batch: 12,
  steps: 4200,
  rate: 3e-3,
  warmup: 200,
  beta2: 0.99,
  weightDecay: 0.1,
  clipNorm: 1,
  dropout: 0,
  averageDecay: 0.998,
  ngram: 7,
  optimizer: "adamw, decay on matrices, linear warm-up, cosine decay to 0",
};

/** What the same model reaches in five minutes with a longer context and more text. */
export const recipe: Recipe = {
  name: "gpt-best",
  description: "Best GPT that five minutes on two CPU cores train on tiny Shakespeare (notebook 03)",
  kind: "run",
  data: "tinyshakespeare",
  config: CONFIG,
  make: (sitting) => trainOnText(sitting, "val_loss_best", CONFIG),
};
