import { expect, it } from "vitest";
import { denoiser, denoiserWeights } from "../../../lib/models/denoiser";
import { noiseSchedule } from "../../../lib/models/diffusion";
import { madeLogits, madeNll, madeWeights } from "../../../lib/models/made";
import { pixelCnnLogits, pixelCnnNll, pixelCnnWeights } from "../../../lib/models/pixelcnn";
import { textEncoder, textEncoderWeights } from "../../../lib/models/text-encoder";
import { unet, unetWeights } from "../../../lib/models/unet";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { SMALL_UNET } from "./small-unet";

const SMALL = { ...SMALL_UNET, classes: 0 };

onEveryBackend("an empty batch", () => {
  const none = tf.zeros<tf.Rank.R2>([0, 64]);
  const t = tf.zeros<tf.Rank.R1>([0], "int32");
  const schedule = noiseSchedule("cosine", 100);
  const made = () => madeWeights(randomStream(1), { pixels: 64, hidden: [5] });
  const cnn = () => pixelCnnWeights(randomStream(1), { size: 8, reach: 1, blocks: 0, channels: 2, head: 2 });
  const text = () => textEncoderWeights(randomStream(1), { words: 7, length: 4, width: 8 });
  it.each<[string, () => unknown]>([
    ["unet: x", () => unet(none, t, undefined, unetWeights(randomStream(1), SMALL), SMALL)],
    ["denoiser: x", () => denoiser(none, t, undefined, denoiserWeights(randomStream(1), SMALL), schedule, SMALL)],
    ["madeLogits: x", () => madeLogits(none, made())],
    ["madeLogits: x", () => madeNll(none, made())],
    ["pixelCnnLogits: x", () => pixelCnnLogits(none, cnn(), 8)],
    ["pixelCnnLogits: x", () => pixelCnnNll(none, cnn(), 8)],
    ["textEncoder: tokens", () => textEncoder(tf.zeros([0, 4], "int32"), text())],
  ])("%s is named", (what, run) => {
    expect(() => tf.tidy(() => void run())).toThrow(
      new RegExp(`^${what} is \\[0, \\d+\\], wanted \\[B, \\d+\\] with a B of 1 or more`),
    );
  });
});
