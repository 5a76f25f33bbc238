import { trainBpe, typescriptText } from "genlab";
import type { Recipe } from "../recipe";
import { NANO, trainWeights } from "../text-model";

const CONFIG = {
  ...NANO,
  merges: 512,
  context: 128,
  canon: 4,
  steps: 5000,
  rate: 2e-3,
  warmup: 200,
  dropout: 0.1,
  averageDecay: 0.998,
};

/** Code by byte pairs: a token is three characters of it on average. */
export const recipe: Recipe = {
  name: "gpt-typescript",
  description: "GPT on byte pairs of TypeScript's own library declarations, for code completion in notebook 03",
  kind: "weights",
  config: CONFIG,
  make(sitting) {
    const { train, validation } = typescriptText();
    const bpe = trainBpe(train, CONFIG.merges);
    const unseen = bpe.encode(validation);
    const characters = validation.length - bpe.decode(unseen.slice(0, 1)).length; // the first token is not predicted
    const text = { vocab: bpe.size, seen: bpe.encode(train), unseen };
    return trainWeights(sitting, "code", text, characters, CONFIG);
  },
};
