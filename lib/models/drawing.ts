// What every model that draws symbols from logits needs: temperatures with a meaning, and logits that are numbers.
import { FINITE } from "../tensor/expect";
import type { WantedNumbers } from "../tensor/expect";

/** What logits are divided by at least: so they stay finite in float32, and differ by more than any softmax can see. */
export const COLDEST = 1e-30;

/** NaN is none of it. */
export const WANTED_TEMPERATURE: WantedNumbers = {
  is: (value) => value >= 0,
  words: "0 or more",
  cure: "0 is the likeliest token, 1 the model's own chances",
};

/** From NaN a token would be drawn all the same: always the first. */
export const WANTED_LOGITS: WantedNumbers = { ...FINITE, cure: "the weights have diverged, or were never loaded" };
