import { expect, it } from "vitest";
import { BouncingDigits, movedOn } from "../../../lib/data/bouncing";
import { loadMnist } from "../../../lib/data/mnist";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";

const digits = loadMnist().test.take(100);
const source = (frames: number, seed = 1): BouncingDigits =>
  new BouncingDigits(digits, { frames, stream: randomStream(seed) });

/** Column and row of a frame's middle of ink. */
function middle(frame: Float32Array): [number, number] {
  let [ink, x, y] = [0, 0, 0];
  frame.forEach((v, i) => {
    ink += (v + 1) / 2;
    x += ((v + 1) / 2) * (i % 28);
    y += ((v + 1) / 2) * Math.floor(i / 28);
  });
  return [x / ink, y / ink];
}

it("between walls every frame moves by the same whole pixels; at a wall it turns back", () => {
  const { frames, bounces } = source(8).next(40);
  const values = frames.dataSync<"float32">();
  let turned = 0;
  for (let b = 0; b < 40; b++) {
    const at = Array.from({ length: 8 }, (_, f) => middle(values.subarray((b * 8 + f) * 784, (b * 8 + f + 1) * 784)));
    for (let f = 2; f < 8; f++) {
      if (bounces[b]!.includes(f) || bounces[b]!.includes(f - 1)) {
        turned++;
        continue;
      }
      for (const k of [0, 1] as const) {
        const [before, now] = [at[f - 1]![k] - at[f - 2]![k], at[f]![k] - at[f - 1]![k]];
        expect(now).toBeCloseTo(before, 3);
        expect(Math.abs(now - Math.round(now))).toBeLessThan(1e-3);
      }
    }
  }
  expect(turned).toBeGreaterThan(10);
});

it("stays in the room: no ink is ever lost", () => {
  const values = source(12).next(10).frames.dataSync<"float32">();
  const ink = (f: number): number => values.subarray(f * 784, (f + 1) * 784).reduce((sum, v) => sum + (v + 1) / 2, 0);
  for (let b = 0; b < 10; b++) for (let f = 1; f < 12; f++) expect(ink(b * 12 + f)).toBeCloseTo(ink(b * 12), 2);
});

it("goes on where it was saved; refuses an empty set and no frames", () => {
  const films = source(3);
  const saved = films.save();
  const first = films.next(4);
  films.restore(saved);
  expect(films.next(4).bounces).toEqual(first.bounces);
  expect(() => source(0)).toThrow("wanted frames, 1 or more, got 0");
  expect(() => new BouncingDigits(digits.take(0), { frames: 3, stream: randomStream(1) })).toThrow("empty");
});

it("moved on as before is the next frame, unless a wall was hit", () => {
  const { frames, bounces } = source(3).next(60);
  const [before, now, next] = tf.split<tf.Tensor2D>(frames, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const errors = tf.max(tf.abs(tf.sub(movedOn(before, now), next)), 1).dataSync();
  const free = bounces.map((hits) => !hits.includes(2));
  expect(free.filter(Boolean).length).toBeGreaterThan(20);
  free.forEach((ok, i) => expect(errors[i]! < 1e-6, `film ${i}`).toBe(ok));
});

it("moved on: what leaves the room is gone; an empty frame stays empty", () => {
  const dot = (place?: number): tf.Tensor2D =>
    tf.tensor2d([Array.from({ length: 784 }, (_, i) => (i === place ? 1 : -1))]);
  const [right, gone] = [movedOn(dot(30), dot(32)), movedOn(dot(52), dot(55))];
  expect(right.dataSync()).toEqual(dot(34).dataSync());
  expect(gone.dataSync()).toEqual(dot().dataSync());
  expect(movedOn(dot(), dot()).dataSync()).toEqual(dot().dataSync());
});

it("twins begin alike; where no wall is hit they are the same film, after one they go apart", () => {
  const [a, b] = source(4).twins(80, 2);
  const rows = (clips: tf.Tensor2D, from: number, count: number): tf.Tensor =>
    tf.slice(clips, [0, 784 * from], [-1, 784 * count]);
  const gaps = (from: number, count: number): ArrayLike<number> =>
    tf.max(tf.abs(tf.sub(rows(a.frames, from, count), rows(b.frames, from, count))), 1).dataSync();
  expect(Math.max(...Array.from(gaps(0, 2)))).toBe(0);
  const later = Array.from(gaps(2, 2));
  const hit = a.bounces.map((hits) => hits.some((f) => f >= 2));
  later.forEach((gap, i) => hit[i] || expect(gap, `film ${i}`).toBe(0));
  const apart = later.filter((gap, i) => hit[i] && gap > 0.5).length;
  // Eight futures beside a wall, four in a corner: most pairs differ.
  expect(apart).toBeGreaterThan(hit.filter(Boolean).length / 2);
  expect(() => source(4).twins(1, 5)).toThrow("wanted known, 1 … 4 frames, got 5");
  expect(() => source(4).twins(-1, 2)).toThrow("BouncingDigits.twins: size is -1, wanted 1 or more");
  expect(() => source(4).next(-1)).toThrow("BouncingDigits.next: size is -1, wanted 1 or more");
});

it("a wall is hit exactly where the digit, moved on, would lose ink: it can be seen", () => {
  const { frames, bounces } = source(3).next(150);
  const [before, now] = tf.split<tf.Tensor2D>(frames, 3, 1) as [tf.Tensor2D, tf.Tensor2D];
  const ink = (x: tf.Tensor2D): ArrayLike<number> => tf.sum(tf.add(x, 1), 1).dataSync();
  const [had, has] = [ink(now), ink(movedOn(before, now))];
  const free = bounces
    .map((hits, i) => ({ i, hit: hits.includes(2), straight: !hits.includes(1) }))
    .filter((f) => f.straight);
  expect(free.filter(({ hit }) => hit).length).toBeGreaterThan(8);
  for (const { i, hit } of free) expect(had[i]! - has[i]! > 0.1, `film ${i}`).toBe(hit);
});

it("frames are moved on only one by one, and only whole ones", () => {
  const frames = (n: number, width = 784): tf.Tensor2D => tf.zeros([n, width]);
  expect(() => movedOn(frames(1), frames(2))).toThrow("movedOn: now is [2, 784], wanted [1, 784]");
  expect(() => movedOn(frames(4, 196), frames(4, 196))).toThrow("movedOn: before is [4, 196], wanted [B, 784]");
  expect(() => movedOn(frames(1), tf.fill([1, 784], 255))).toThrow("movedOn: now[0, 0] is 255, wanted -1 to 1");
});
