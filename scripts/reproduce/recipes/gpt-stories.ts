import { CharVocabulary, loadText, splitText } from "genlab";
import type { Recipe } from "../recipe";
import { NANO, trainWeights } from "../text-model";

const CONFIG = {
  ...NANO,
  context: 128,
  canon: 4,
  steps: 4000,
  rate: 2e-3,
  warmup: 200,
  dropout: 0.1,
  averageDecay: 0.998,
};

/** The model that tells a story in notebook 03, and that is then taught to answer questions. */
export const recipe: Recipe = {
  name: "gpt-stories",
  description: "GPT on the characters of two books for small children, for the story and the dialogue of notebook 03",
  kind: "weights",
  config: CONFIG,
  make(sitting) {
    const text = loadText("children");
    const vocabulary = CharVocabulary.of(text);
    const { train, validation } = splitText(text);
    const [seen, unseen] = [vocabulary.encode(train), vocabulary.encode(validation)];
    return trainWeights(sitting, "stories", { vocab: vocabulary.size, seen, unseen }, unseen.length - 1, CONFIG);
  },
};
