/**
 * The next frame of a film, denoised. Such a frame is hardly ever new: it is the last one, moved. So the network does not
 * paint it. It says of each pixel how far it believes in each of 26 pictures c₀ … c₂₅ that the frame could be,
 *
 *   x̂₀ = Σₖ pₖ·cₖ,    p = softmax over k of the U-Net's 26 answers,
 *
 * and they are: the last frame moved on as it moved before, and moved by −2 … 2 pixels in either direction. Video codecs
 * search the same candidates; networks that predict frames blend them by masks [Finn, Goodfellow, Levine 2016].
 *
 * Painting pixel by pixel, a network of this size takes each piece of the digit from another future: after 3,500 steps one
 * frame in six after a wall was whole. Which future it is, is one question for the whole picture, and 7 × 7 places answer it.
 */
import type { RandomStream } from "../tensor/random";
import { expectNumbers, expectShape, PIXELS } from "../tensor/expect";
import { tf } from "../tensor/tf";
import { alphaBarAt, predictedNoise, qSample } from "./diffusion";
import type { NoiseSchedule } from "./diffusion";
import { unet, unetWeights } from "./unet";
import type { UNetConfig, UNetWeights } from "./unet";

/** What is known of a frame. */
export interface FilmSurroundings {
  /** [B, 4·784]: the frame before the last, the last, that one moved on as before (`movedOn`), a later one or 0 */
  around: tf.Tensor2D;
  /** [B], int32: how many frames lie between the frame and the later one, 0 … 2; 3 without one */
  ahead: tf.Tensor1D;
}

const SIZE = 28;
const P = SIZE * SIZE;
/** Pixels a frame, in each direction. */
const FARTHEST = 2;
const MOVES = (2 * FARTHEST + 1) ** 2;
/** Beside the noisy frame and its candidates: the frame before the last, and the later one. */
const NET: UNetConfig = { classes: 3, outputs: 1 + MOVES, pictures: 3 };
/** (v̂ − v)² is (x̂₀ − x₀)²/(1 − ᾱ); at low noise, where all is decided, that weight would outgrow all others. */
const MOST_WEIGHT = 10;

/** Fresh weights. The first guess believes in all candidates alike. */
export function filmWeights(stream: RandomStream): UNetWeights {
  return unetWeights(stream, NET);
}

/**
 * Frames moved by −2 … 2 pixels in each direction: 25 of [B, 784]. What leaves the picture is gone.
 * @throws Error for frames of another size; RangeError for a pixel outside [−1, 1] (compiled: in the first call)
 */
export function allMoves(frames: tf.Tensor2D): tf.Tensor2D[] {
  expectShape("allMoves", "frames", frames, ["B", P], "28 × 28 pixels, each frame as one row");
  expectNumbers("allMoves", "frames", frames, PIXELS);
  const rows = tf.reshape<tf.Rank.R3>(frames, [-1, SIZE, SIZE]);
  const room: [number, number] = [FARTHEST, FARTHEST];
  const padded = tf.pad(rows, [[0, 0], room, room], -1);
  return Array.from({ length: MOVES }, (_, k) => {
    const from = [Math.floor(k / (2 * FARTHEST + 1)), k % (2 * FARTHEST + 1)] as const;
    return tf.reshape<tf.Rank.R2>(tf.slice(padded, [0, ...from], [-1, SIZE, SIZE]), [-1, P]);
  });
}

/**
 * Squared error a pixel to the nearest of all moves of the frame before: 0 for a digit that is whole, wherever. [B]
 * @throws Error and RangeError as allMoves, and Error when the shapes differ
 */
export function errorOfNearestMove(x: tf.Tensor2D, before: tf.Tensor2D): tf.Tensor1D {
  expectShape("errorOfNearestMove", "x", x, before.shape, "a frame for each one before");
  return tf.tidy(() => {
    const errors = allMoves(before).map((move) => tf.mean<tf.Tensor1D>(tf.squaredDifference(x, move), 1));
    return tf.min<tf.Tensor1D>(tf.stack(errors), 0);
  });
}

/**
 * x̂₀(xₜ, t, what is known) in [−1, 1].
 * @param x [B, 784], noisy @param t [B], int32
 * @throws Error for other shapes; RangeError for a pixel of the last frame outside [−1, 1], and as unet (compiled: in the first call)
 */
export function filmGuess(x: tf.Tensor2D, t: tf.Tensor1D, known: FilmSurroundings, weights: UNetWeights): tf.Tensor2D {
  const { around, ahead } = known;
  expectShape("filmGuess", "around", around, ["B", 4 * P], "four frames side by side");
  expectShape("filmGuess", "x", x, [around.shape[0], P], "a noisy frame for each row of `around`");
  const [before, now, on, later] = tf.split<tf.Tensor2D>(around, 4, 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const candidates = [on, ...allMoves(now)];
  const answers = unet(x, t, { labels: ahead, pictures: [before, later, ...candidates] }, weights, NET); // [B, 26·784]
  const apart = tf.transpose(tf.reshape(answers, [-1, candidates.length, P]), [0, 2, 1]);
  return tf.sum(tf.mul(tf.softmax(apart), tf.stack(candidates, 2)), 2);
}

/** ε̂: the noise that x̂₀ implies; for samplers. Arguments as for filmGuess. */
export function filmNoise(
  x: tf.Tensor2D,
  t: tf.Tensor1D,
  known: FilmSurroundings,
  weights: UNetWeights,
  schedule: NoiseSchedule,
): tf.Tensor2D {
  return predictedNoise("x0", filmGuess(x, t, known, weights), x, alphaBarAt(schedule, t));
}

/** Mean of (x̂₀ − x₀)² · min(1/(1 − ᾱ), 10) over pixels and frames. @param x0 in [−1, 1]; eps standard normal, both [B, 784] */
export function filmLoss(
  { x0, t, eps }: { x0: tf.Tensor2D; t: tf.Tensor1D; eps: tf.Tensor2D },
  known: FilmSurroundings,
  weights: UNetWeights,
  schedule: NoiseSchedule,
): tf.Scalar {
  const alphaBar = alphaBarAt(schedule, t);
  const guess = filmGuess(qSample(x0, eps, alphaBar), t, known, weights);
  const weight = tf.minimum(tf.div(1, tf.sub(1, alphaBar)), MOST_WEIGHT);
  return tf.mean(tf.mul(weight, tf.squaredDifference(guess, x0)));
}
