import type { tf } from "../tensor/tf";
import { quantile } from "./bootstrap";
import { nearestDigits } from "./nearest";
import type { PictureSet } from "./nearest";
import { expectPictures } from "./pictures";

/** Whether a generator repeats what it was trained on. */
export interface Memorisation {
  /** Median distance of a picture to its nearest training digit, in pixels. */
  distance: number;
  /** The same of fresh digits, which nobody can have learnt by heart. */
  usual: number;
  /**
   * Share of pictures that are nearer to a training digit than 99 % of fresh digits are: 0.01 for real digits, 1 for copies.
   * Thick or simple digits have near neighbours without being copied: compare with 0.01, not with 0.
   */
  copies: number;
}

/**
 * Compares the pictures' distances to the nearest training digit with those of digits that were not trained on. A few
 * hundred of each tell enough: 500 against 60,000 take about a second.
 * @param pictures [N, 784] in [−1, 1] @param fresh test digits [M, 784] in [−1, 1] @param set the training digits
 * @throws Error and RangeError as nearestDigits
 */
export function memorisation(pictures: tf.Tensor2D, fresh: tf.Tensor2D, set: PictureSet): Memorisation {
  for (const x of [pictures, fresh]) expectPictures("memorisation", x, "[-1,1]", { cure: "have to become 2x − 1" });
  const [ours, theirs] = [pictures, fresh].map((x) => nearestDigits(x, set).distances.sort());
  const copy = quantile(theirs!, 0.01);
  return {
    distance: quantile(ours!, 0.5),
    usual: quantile(theirs!, 0.5),
    copies: ours!.filter((distance) => distance < copy).length / ours!.length,
  };
}
