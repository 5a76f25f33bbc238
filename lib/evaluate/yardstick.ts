// The same yardstick for every notebook: FID depends on how many pictures are compared and with which, so all measure
// against the same digits.
import { isTensor } from "../tensor/is-tensor";
import { randomStream } from "../tensor/random";
import { tf } from "../tensor/tf";
import { confidentShare, coverage } from "./coverage";
import type { Coverage } from "./coverage";
import type { DigitClassifier, Judgement } from "./digit-classifier";
import { fidInterval } from "./fid-interval";
import { fitGaussian, frechetDistanceFrom } from "./frechet";
import type { Gaussian } from "./frechet";
import { kid } from "./kid";
import type { KernelDistance } from "./kid";
import type { PictureSet } from "./nearest";
import { expectPictures } from "./pictures";
import type { Range } from "./pictures";

/** Digits with their labels, such as a DigitSet. */
export interface LabelledPictures extends PictureSet {
  labels: ArrayLike<number>;
}

/** Training digits that the baselines of every notebook learn from. */
const EXAMPLES = 2000;

/** KID's subsets are half of the pictures, and want two each. */
const LEAST = 4;

/** What is said of N pictures: the row of a table. */
export interface Measure {
  /** Fréchet distance to the N training digits of the yardstick. */
  fid: number;
  /** Where it would lie for N other pictures of the same generator, 95 times in 100; see fidInterval. */
  interval: { low: number; high: number };
  /** Kernel distance to the same training digits; real digits have about 0. */
  kid: KernelDistance;
  /** Share on which the classifier puts at least 0.9 on one digit. */
  confident: number;
  /** How the ten digits are spread. */
  coverage: Coverage;
  /** What the classifier says of each picture. */
  judged: Judgement;
}

/** N test digits, N training digits, and what is measured against them. */
export class Yardstick {
  /** Which test digits: [N], drawn without replacement. */
  readonly testIndices: Int32Array;
  /** Which training digits are the reference: [N]. */
  readonly referenceIndices: Int32Array;
  /** 2,000 training digits, drawn afresh, for baselines to learn from. */
  readonly exampleIndices: Int32Array;
  /** The classifier on the test digits. */
  readonly testJudged: Judgement;
  /** The classifier on the reference. */
  readonly reference: Judgement;
  /** FID of the test digits: what real digits reach. */
  readonly floor: number;
  /** Share of the N test digits that the classifier reads as labelled. */
  readonly accuracy: number;
  private readonly gaussian: Gaussian;
  private readonly distance: (sample: Gaussian) => number;

  constructor(
    mnist: { train: LabelledPictures; test: LabelledPictures },
    private readonly classifier: DigitClassifier,
    /** Pictures in every comparison. */
    readonly N: number,
  ) {
    const { train, test } = mnist;
    const most = Math.min(train.count, test.count);
    if (!Number.isInteger(N) || N < LEAST || N > most) {
      throw new RangeError(`fidYardstick: wanted N between ${LEAST} and ${most}, the digits there are, got ${N}`);
    }
    const pick = randomStream(8).split("pick"); // the seed of notebook 08, where these digits were first drawn
    this.testIndices = pick.permutation(test.count).slice(0, N);
    this.referenceIndices = pick.permutation(train.count).slice(0, N);
    this.exampleIndices = pick.permutation(train.count).slice(0, EXAMPLES);
    this.testJudged = this.judgeAndFree(test.images(this.testIndices));
    this.reference = this.judgeAndFree(train.images(this.referenceIndices));
    this.gaussian = fitGaussian(this.reference);
    this.distance = frechetDistanceFrom(this.gaussian);
    this.floor = this.distance(fitGaussian(this.testJudged));
    const right = this.testJudged.digits.filter((digit, i) => digit === test.labels[this.testIndices[i]!]);
    this.accuracy = right.length / N;
  }

  /** For a table's caption: what FIDs on this yardstick compare with. */
  get caption(): string {
    const [n, floor, right] = [this.N.toLocaleString("en"), this.floor.toFixed(2), (100 * this.accuracy).toFixed(2)];
    return `N = ${n} in every row; FID of real test digits (floor) ${floor}; the classifier reads ${right} % of them right`;
  }

  /**
   * Measures N pictures, or what the classifier said of them; takes about two seconds for 2,000. The pictures stay the caller's.
   * @param pictures [N, 784] in [−1, 1]; with `{ range: "[0,1]" }` in [0, 1]
   * @throws Error for another number of pictures, and for numbers outside the range, NaN included
   */
  measure(pictures: tf.Tensor2D | Judgement, options: { range?: Range } = {}): Measure {
    const judged = this.judge(pictures, options);
    const { low, high } = fidInterval(judged, this.gaussian, { replicates: 100 });
    return {
      fid: this.distance(fitGaussian(judged)),
      interval: { low, high },
      kid: kid(judged, this.reference),
      confident: confidentShare(judged, 0.9),
      coverage: coverage(judged.digits),
      judged,
    };
  }

  /** The FID alone, in a tenth of the time: for curves while training goes on. Arguments and errors as measure. */
  fid(pictures: tf.Tensor2D | Judgement, options: { range?: Range } = {}): number {
    return this.distance(fitGaussian(this.judge(pictures, options)));
  }

  /** A measure as the row of a table, under a name. */
  row(name: string, { fid, interval, kid, confident, coverage }: Measure): Record<string, string | number> {
    return {
      pictures: name,
      FID: fid,
      "FID, 95 %": `${interval.low.toFixed(1)} to ${interval.high.toFixed(1)}`,
      KID: kid.value,
      confident,
      evenness: coverage.evenness,
      "rarest digit": coverage.rarest.share,
    };
  }

  /** Refuses what would make rows that do not compare. */
  private judge(pictures: tf.Tensor2D | Judgement, { range = "[-1,1]" }: { range?: Range }): Judgement {
    const judged = isTensor(pictures) ? this.judgePictures(pictures, range) : pictures;
    if (judged.count === this.N) return judged;
    throw new RangeError(
      `measure: wanted ${this.N} pictures, as in all other rows, got ${judged.count}: FID depends on N`,
    );
  }

  private judgePictures(pictures: tf.Tensor2D, range: Range): Judgement {
    expectPictures("measure", pictures, range);
    if (range === "[-1,1]") return this.classifier.judge(pictures);
    return this.judgeAndFree(tf.tidy(() => tf.sub(tf.mul(pictures, 2), 1)));
  }

  private judgeAndFree(pictures: tf.Tensor2D): Judgement {
    const judgement = this.classifier.judge(pictures);
    pictures.dispose();
    return judgement;
  }
}

/**
 * The yardstick on which all notebooks measure pictures of digits: N test digits and N training digits, always the same.
 * `const yard = fidYardstick(mnist, classifier, 2000); yard.measure(samples).fid`
 * @param N pictures in every comparison: FID depends on it
 * @throws RangeError for an N that is no whole number from 4 to the digits there are
 */
export function fidYardstick(
  mnist: { train: LabelledPictures; test: LabelledPictures },
  classifier: DigitClassifier,
  N: number,
): Yardstick {
  return new Yardstick(mnist, classifier, N);
}
