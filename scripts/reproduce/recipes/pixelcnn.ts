import { pixelCnnNll, pixelCnnWeights } from "genlab";
import type { RandomStream } from "genlab";
import { trainByLikelihood } from "../exact-likelihood";
import type { Recipe } from "../recipe";

const CONFIG = {
  seed: 7,
  reach: 10,
  blocks: 6,
  places: true,
  channels: 32,
  head: 64,
  batch: 16,
  steps: 80_000,
  rate: 3e-3,
  warmup: 500,
  clipNorm: 1,
  averageDecay: 0.999,
  optimizer: "adam, linear warm-up, cosine decay to 0",
  binarisation: "training digits drawn anew each time, test digits fixed",
};

/** The PixelCNN of notebook 07, −log p of binary digits against the published 81.30 nats. */
export const recipe: Recipe = {
  name: "pixelcnn",
  description: "PixelCNN without blind spot, exact −log p(x) of binarised MNIST (notebook 07)",
  kind: "run",
  config: CONFIG,
  make(sitting) {
    const fresh = (stream: RandomStream) => pixelCnnWeights(stream, CONFIG);
    return trainByLikelihood(sitting, { name: "pixelcnn", fresh, nll: pixelCnnNll, config: CONFIG });
  },
};
