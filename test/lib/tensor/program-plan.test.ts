import { expect, it } from "vitest";
import { sgd } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, chain, trainStep } from "../../../lib/tensor/program-functions";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("mistakes in a declaration", () => {
  const [w, loss] = [() => tf.zeros([2]), (s: never) => ({ loss: tf.sum((s as { w: tf.Tensor }).w) })];
  const by = sgd({ lr: 1 });
  it.each<[string, () => unknown, string]>([
    ["an int32 state", () => compile({ k: tf.scalar(1, "int32") }, {}), "compile: k is int32: the state is float32"],
    ["a state that is no tensor", () => compile({ net: { w: 1 } }, {}), "net.w is number: wanted a tensor"],
    ["two tensors at one path", () => compile({ a: { "b.c": w(), b: { c: w() } } }, {}), "two tensors at a.b.c"],
    ["a reserved name", () => compile({ w: w() }, { read: call(loss) } as never), 'cannot be called "read"'],
    ["a bare function", () => compile({ w: w() }, { f: loss } as never), "compile: f is function: wanted trainStep(…)"],
    [
      "an unknown part",
      () => compile({ w: w() }, { f: trainStep(loss, { of: "v", by }) }),
      'no tensors under "v": it has w',
    ],
    ["no part", () => compile({ w: w() }, { f: trainStep(loss, { of: [], by }) }), "f: `of` is empty"],
    [
      "no optimizer",
      () => compile({ w: w() }, { f: trainStep(loss, { of: "w" } as never) }),
      "f: `by` is no optimizer",
    ],
    [
      "clipNorm 0",
      () => compile({ w: w() }, { f: trainStep(loss, { of: "w", by, clipNorm: 0 }) }),
      "wanted clipNorm > 0, got 0",
    ],
    [
      "a decay of 1",
      () => compile({ w: w(), a: w() }, { f: trainStep(loss, { of: "w", by, average: { into: "a", decay: 1 } }) }),
      "wanted 0 ≤ average.decay < 1",
    ],
    [
      "averages of another shape",
      () =>
        compile(
          { w: w(), a: tf.zeros([3]) },
          { f: trainStep(loss, { of: "w", by, average: { into: "a", decay: 0.9 } }) },
        ),
      "average.into has other tensors",
    ],
    [
      "averages into itself",
      () => compile({ w: w() }, { f: trainStep(loss, { of: "w", by, average: { into: "w", decay: 0.9 } }) }),
      "average.into is trained itself",
    ],
    [
      "lr as a scalar",
      () => compile({ w: w() }, { f: trainStep(loss, { of: "w", by, scalars: { lr: 1 } }) }),
      '"lr" is the optimizer\'s',
    ],
    [
      "an unknown member",
      () => compile({ w: w() }, { f: call(loss), c: chain(["g"]) } as never),
      'c: no function "g": a chain is made of f',
    ],
    ["a member twice", () => compile({ w: w() }, { f: call(loss), c: chain(["f", "f"]) } as never), '"f" stands twice'],
    [
      "a member 0 times",
      () => compile({ w: w() }, { f: call(loss), c: chain([["f", 0]]) } as never),
      "a whole number ≥ 1, got 0",
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
