// The numbers of test/golden/images.py: weights and inputs are sines, so that the files stay small.
import { expect } from "vitest";
import { allClose } from "../../../lib/tensor/all-close";
import { tf } from "../../../lib/tensor/tf";

/** A tree of tensors. */
export type Tree = tf.Tensor | Tree[] | { [name: string]: Tree };

/** What images.py found for one model. */
export interface GoldenCase {
  shapes: Record<string, number[]>;
  loss: number;
  gradients: Record<string, number[]>;
}

/** All tensors of a tree with their names: path joined by dots. */
export function named(tree: unknown, path = ""): [string, tf.Tensor][] {
  if (tree instanceof tf.Tensor) return [[path, tree as tf.Tensor]];
  return Object.entries(tree as Record<string, unknown>).flatMap(([name, branch]) =>
    named(branch, path === "" ? name : `${path}.${name}`),
  );
}

/** The same tree with other tensors. */
export function replaced<W>(tree: W, tensor: (name: string) => tf.Tensor, path = ""): W {
  if (tree instanceof tf.Tensor) return tensor(path) as W;
  const replace = (name: string, branch: unknown): unknown =>
    replaced(branch, tensor, path === "" ? name : `${path}.${name}`);
  if (Array.isArray(tree)) return tree.map((branch, i) => replace(String(i), branch)) as W;
  return Object.fromEntries(
    Object.entries(tree as Record<string, unknown>).map(([name, branch]) => [name, replace(name, branch)]),
  ) as W;
}

/** amplitude·sin(start + step·n) in a tensor of this shape. */
export function wave(shape: number[], start: number, step = 0.37, amplitude = 1): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, n) => amplitude * Math.sin(start + step * n)),
    shape,
  );
}

/** 1 where the wave is above 0.4, else 0. */
export function binaryWave(shape: [number, number], start: number): tf.Tensor2D {
  return tf.cast(tf.greater(wave(shape, start), 0.4), "float32") as tf.Tensor2D;
}

/** The golden case's weights in a tree like this one; every name must occur in both. */
export function sineWeights<W>(tree: W, { shapes }: GoldenCase): W {
  expect(
    named(tree)
      .map(([name, { shape }]) => `${name} ${shape.join()}`)
      .sort(),
  ).toEqual(
    Object.entries(shapes)
      .map(([name, shape]) => `${name} ${shape.join()}`)
      .sort(),
  );
  const names = Object.keys(shapes);
  return replaced(tree, (name) => {
    const shape = shapes[name]!;
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    return wave(shape, names.indexOf(name), 0.7, shape.length === 1 ? 0.3 : 1.2 / Math.sqrt(fanIn));
  });
}

/** Loss and gradients by every weight agree with PyTorch's. */
export function expectGolden<W>(golden: GoldenCase, weights: W, lossOf: (weights: W) => tf.Scalar): void {
  tf.tidy(() => {
    const entries = named(weights);
    const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const byName = new Map(entries.map(([name], i) => [name, tensors[i]!]));
      return lossOf(replaced(weights, (name) => byName.get(name)!));
    })(entries.map(([, tensor]) => tensor));
    const loss = allClose(value.dataSync()[0]!, golden.loss, { rtol: 2e-5 });
    expect(loss.ok, loss.message).toBe(true);
    entries.forEach(([name], i) => {
      const wanted = golden.gradients[name]!;
      const got = Array.from(grads[i]!.dataSync()).slice(0, wanted.length);
      const { ok, message } = allClose(got, wanted, { rtol: 1e-3, atol: 1e-5 });
      expect(ok, `${name}: ${message}`).toBe(true);
    });
  });
}
