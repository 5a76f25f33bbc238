import { loadMnist, madeNll, madeWeights } from "genlab";
import type { RandomStream } from "genlab";
import { trainByLikelihood } from "../exact-likelihood";
import type { Recipe } from "../recipe";

const CONFIG = {
  seed: 7,
  hidden: [1000],
  direct: true,
  batch: 100,
  steps: 30_000,
  rate: 2e-3,
  warmup: 500,
  averageDecay: 0.999,
  optimizer: "adam, linear warm-up, cosine decay to 0",
  binarisation: "training digits drawn anew each time, test digits fixed",
};

/** The MADE of notebook 07, −log p of binary digits against the published 88.40 nats of one layer of 8,000 units in one order. */
export const recipe: Recipe = {
  name: "made",
  description: "MADE with one hidden layer, exact −log p(x) of binarised MNIST (notebook 07)",
  kind: "run",
  config: CONFIG,
  make(sitting) {
    const pixelMeans = loadMnist().train.pixelMeans();
    const fresh = (stream: RandomStream) => madeWeights(stream, { ...CONFIG, pixelMeans });
    return trainByLikelihood(sitting, { name: "made", fresh, nll: madeNll, config: CONFIG });
  },
};
