import { expect, it } from "vitest";
import { allMoves, errorOfNearestMove, filmGuess, filmLoss, filmNoise, filmWeights } from "../../../lib/models/film";
import { alphaBarAt, noiseSchedule, predictX0 } from "../../../lib/models/diffusion";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";

const schedule = noiseSchedule("cosine");
const dots = (...places: number[]): tf.Tensor2D =>
  tf.tensor2d(places.map((place) => Array.from({ length: 784 }, (_, i) => (i === place ? 1 : -1))));
const around = (B: number): tf.Tensor2D => tf.clipByValue(randomStream(1).normal([B, 4 * 784]), -1, 1);
const labels = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");

it("all moves: 25 pictures, what leaves is gone", () => {
  const moves = allMoves(dots(28 * 5 + 5, 27));
  expect(moves).toHaveLength(25);
  const ink = (row: number): number[] => moves.map((move) => Array.from(tf.slice(move, row, 1).dataSync()).indexOf(1));
  const wanted = [-2, -1, 0, 1, 2].flatMap((dy) => [-2, -1, 0, 1, 2].map((dx) => 28 * (5 - dy) + 5 - dx));
  expect(ink(0).sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b));
  // From the upper right corner, 9 of 25 moves stay inside.
  expect(ink(1).filter((place) => place >= 0)).toHaveLength(9);
});

it("the error of the nearest move is 0 for a frame moved, and not for another frame", () => {
  const before = dots(300, 300, 300);
  const x = dots(300 + 28 - 2, 300 + 3, 300);
  const count = tf.memory().numTensors;
  const errors = errorOfNearestMove(x, before).dataSync();
  expect(tf.memory().numTensors).toBe(count + 1); // 25 moves of many films are a lot of memory
  expect(errors[0]).toBe(0);
  expect(errors[1]).toBeCloseTo((2 * 4) / 784, 5);
  expect(errors[2]).toBe(0);
});

it("fresh weights believe in all candidates alike; ε̂ is what that x̂₀ implies", () => {
  const known = { around: around(3), ahead: labels(3, 0, 2) };
  const [x, t] = [randomStream(2).normal([3, 784]), labels(10, 400, 900)];
  const weights = filmWeights(randomStream(3));
  const [, now, on] = tf.split<tf.Tensor2D>(known.around, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const mean = tf.mean(tf.stack([on, ...allMoves(now)]), 0);
  const guess = filmGuess(x, t, known, weights);
  expect(tf.max(tf.abs(tf.sub(guess, mean))).dataSync()[0]).toBeLessThan(1e-5);
  const back = predictX0(x, filmNoise(x, t, known, weights, schedule), alphaBarAt(schedule, t), false);
  expect(tf.max(tf.abs(tf.sub(back, guess))).dataSync()[0]).toBeLessThan(1e-2);
});

it("the loss weighs low noise by at most 10", () => {
  const known = { around: around(2), ahead: labels(3, 3) };
  const weights = filmWeights(randomStream(3));
  const [x0, eps, t] = [dots(300, 400), randomStream(4).normal([2, 784]), labels(0, 999)];
  const alphaBar = alphaBarAt(schedule, t);
  const x = tf.add<tf.Tensor2D>(tf.mul(x0, tf.sqrt(alphaBar)), tf.mul(eps, tf.sqrt(tf.sub(1, alphaBar))));
  const squares = tf.mean(tf.squaredDifference(filmGuess(x, t, known, weights), x0), 1).dataSync();
  const wanted = (10 * squares[0]! + squares[1]!) / 2;
  expect(filmLoss({ x0, t, eps }, known, weights, schedule).dataSync()[0]! / wanted).toBeCloseTo(1, 3);
});

it("refuses frames of another size, and pairs that do not match", () => {
  const [one, two] = [tf.zeros<tf.Rank.R2>([1, 784]), tf.zeros<tf.Rank.R2>([2, 784])];
  const small = tf.zeros<tf.Rank.R2>([4, 196]);
  expect(() => allMoves(small)).toThrow("allMoves: frames is [4, 196], wanted [B, 784]");
  expect(() => allMoves(tf.fill([1, 784], 255))).toThrow("allMoves: frames[0, 0] is 255, wanted -1 to 1");
  expect(() => errorOfNearestMove(two, one)).toThrow("errorOfNearestMove: x is [2, 784], wanted [1, 784]");
  const known = { around: around(1), ahead: labels(3) };
  expect(() => filmGuess(tf.zeros([1, 196]), labels(1), known, filmWeights(randomStream(1)))).toThrow(
    "filmGuess: x is [1, 196], wanted [1, 784]",
  );
});

it("refuses frames that are not four", () => {
  const known = { around: tf.zeros<tf.Rank.R2>([1, 784]), ahead: labels(3) };
  expect(() => filmGuess(tf.zeros([1, 784]), labels(1), known, filmWeights(randomStream(1)))).toThrow(
    "filmGuess: around is [1, 784], wanted [B, 3136]: four frames side by side",
  );
});
