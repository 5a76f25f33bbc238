import { expect, it } from "vitest";
import {
  decodeStep,
  emptyCache,
  gptLogits,
  gptLoss,
  gptNats,
  gptParameters,
  gptWeights,
} from "../../../lib/models/gpt";
import type { GptCache, GptConfig, GptWeights } from "../../../lib/models/gpt";
import { adamw } from "../../../lib/nn/optimizers";
import { allClose } from "../../../lib/tensor/all-close";
import { compile } from "../../../lib/tensor/compile";
import { checkGradients } from "../../../lib/tensor/gradients";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { repeat } from "../../../lib/tensor/repeat";
import { tf } from "../../../lib/tensor/tf";
import golden from "../../golden/gpt.json" with { type: "json" };
import { onEveryBackend } from "../backends";
import { sines } from "../nn/sines";

const NAMES = ["nanogpt", "untied", "canon"] as const;
const SMALL: GptConfig = { vocab: 13, context: 8, layers: 2, heads: 2, width: 12 };
const VARIANTS: GptConfig[] = [SMALL, { ...SMALL, bias: true }, { ...SMALL, canon: 3 }];

/** A tree's tensors, in the order of its keys. */
function leaves(tree: unknown): tf.Tensor[] {
  if (tree instanceof tf.Tensor) return [tree as tf.Tensor];
  return Object.values(tree as object).flatMap(leaves);
}

/** The same tree with other tensors. */
function rebuilt<T>(tree: T, tensors: tf.Tensor[]): T {
  const rest = [...tensors];
  const build = (node: unknown): unknown => {
    if (node instanceof tf.Tensor) return rest.shift();
    if (Array.isArray(node)) return node.map(build);
    return Object.fromEntries(Object.entries(node as object).map(([key, value]) => [key, build(value)]));
  };
  return build(tree) as T;
}

function expectClose(got: tf.Tensor, wanted: number[], rtol = 1e-4, atol = 1e-5): void {
  const { ok, message } = allClose(tf.reshape(got, [-1]), wanted, { rtol, atol });
  expect(ok, message).toBe(true);
}

/** gpt.py's model: tensor number k is a sine that starts at k; gains are around 1. */
function goldenModel(name: (typeof NAMES)[number]): { config: GptConfig; weights: GptWeights } {
  const { bias, tied, canon } = golden.models[name];
  const config = { ...golden.config, bias, tied, canon };
  const weights = gptWeights(randomStream(1), config);
  const isGain = leaves(weights).map((leaf) => leaf.rank === 1 && leaf.dataSync()[0] === 1);
  const values = leaves(weights).map((leaf, i) => sines(leaf.shape, i + 1, 0.3, isGain[i] ? 1 : 0));
  return { config, weights: rebuilt(weights, values) };
}

const text = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, [rows.length, rows[0]!.length], "int32");

/** Random weights that are not small: near 0.02 attention is uniform, and a mistake in it would not show. */
function largeWeights(config: GptConfig): GptWeights {
  const weights = gptWeights(randomStream(5), config);
  const noise = randomStream(6);
  return rebuilt(
    weights,
    leaves(weights).map((leaf) => tf.add(leaf, noise.normal(leaf.shape, 0, 0.25))),
  );
}

onEveryBackend("gpt against PyTorch", () => {
  it.each(NAMES)("%s: logits, loss and gradients", (name) => {
    tf.tidy(() => {
      const { config, weights } = goldenModel(name);
      const wanted = golden.models[name];
      const [tokens, targets] = [text(golden.tokens), text(golden.targets)];
      expectClose(gptLogits(tokens, weights, config), wanted.logits);
      const loss = (...tensors: tf.Tensor[]): tf.Scalar => gptLoss(tokens, targets, rebuilt(weights, tensors), config);
      const { value, grads } = tf.valueAndGrads(loss)(leaves(weights));
      expectClose(value, [wanted.loss]);
      expect(grads.length).toBe(wanted.gradients.length);
      grads.forEach((grad, i) => {
        expectClose(tf.norm(grad), [wanted.gradients[i]!.norm]);
        const first = wanted.gradients[i]!.first;
        expectClose(tf.slice(tf.reshape(grad, [-1]), 0, first.length), first, 1e-3);
      });
    });
  });

  it.each(NAMES)("%s: four compiled steps of AdamW, decay on the matrices alone", (name) => {
    tf.tidy(() => {
      const { config, weights } = goldenModel(name);
      const [tokens, targets] = [text(golden.tokens), text(golden.targets)];
      const shape = { shape: ["B", config.context] as ["B", number], dtype: "int32" as const };
      const decays = ({ shape }: { shape: readonly number[] }): boolean => shape.length > 1;
      const program = compile(
        { gpt: weights },
        {
          step: trainStep((state, { tokens, targets }) => ({ loss: gptLoss(tokens, targets, state.gpt, config) }), {
            inputs: { tokens: shape, targets: shape },
            of: "gpt",
            by: adamw({ lr: 1e-2, beta1: 0.9, beta2: 0.95, weightDecay: 0.1, decays }),
          }),
        },
      );
      for (const wanted of golden.models[name].adamw) {
        expectClose(tf.scalar(program.step({ tokens, targets }).loss), [wanted], 1e-3);
      }
      program.dispose();
    });
  });
});

onEveryBackend("gpt on paper", () => {
  it("counts its parameters as nanoGPT does", () => {
    const nano: GptConfig = { vocab: 65, context: 64, layers: 4, heads: 4, width: 128 };
    expect(gptParameters(nano) - 64 * 128).toBe(795_904); // nanoGPT prints "0.80M", positions not counted
    const gpt2 = { vocab: 50257, context: 1024, layers: 12, heads: 12, width: 768, bias: true };
    expect(gptParameters(gpt2)).toBe(124_439_808); // Hugging Face's count of GPT-2 small
    for (const variant of VARIANTS) {
      for (const tied of [false, true]) {
        const config = { ...variant, tied };
        const weights = gptWeights(randomStream(1), config);
        expect(leaves(weights).reduce((sum, leaf) => sum + leaf.size, 0)).toBe(gptParameters(config));
        tf.dispose(leaves(weights));
      }
    }
    NAMES.forEach((name) =>
      expect(gptParameters({ ...golden.config, ...golden.models[name] })).toBe(golden.models[name].parameters),
    );
  });

  it("drops numbers in training alone, and changes nothing where the rate is 0", () => {
    tf.tidy(() => {
      const weights = largeWeights(SMALL);
      const [tokens, targets] = [text([[1, 2, 3, 4]]), text([[2, 3, 4, 5]])];
      const loss = (rate?: number, seed = 1) =>
        gptLoss(tokens, targets, weights, SMALL, rate === undefined ? undefined : { rate, random: randomStream(seed) });
      const plain = loss().dataSync()[0]!;
      expect(loss(0).dataSync()[0]).toBe(plain);
      expect(tf.mean(gptNats(tokens, targets, weights, SMALL)).dataSync()[0]).toBeCloseTo(plain, 5);
      const [first, second] = [1, 2].map((seed) => loss(0.3, seed).dataSync()[0]!);
      expect(first).not.toBe(plain);
      expect(second).not.toBe(first);
      expect(loss(0.3, 1).dataSync()[0]).toBe(first);
      const many = Array.from({ length: 60 }, (_, seed) => loss(0.02, seed).dataSync()[0]!);
      expect(many.reduce((s, x) => s + x, 0) / 60).toBeGreaterThan(0.8 * plain);
      expect(many.reduce((s, x) => s + x, 0) / 60).toBeLessThan(1.2 * plain);
    });
  });

  it("starts at ln V, whatever its depth", () => {
    tf.tidy(() => {
      for (const layers of [1, 8]) {
        const config = { vocab: 65, context: 16, layers, heads: 2, width: 32 };
        const stream = randomStream(layers);
        const [tokens, targets] = [stream.integers([8, 16], 0, 65), stream.integers([8, 16], 0, 65)];
        const loss = gptLoss(tokens, targets, gptWeights(stream, config), config).dataSync()[0]!;
        expect(Math.abs(loss - Math.log(65))).toBeLessThan(0.05);
      }
    });
  });

  it("initialises as GPT-2: 0.02, and 0.02/√(2L) where a branch joins the stream", () => {
    tf.tidy(() => {
      const { tokens, blocks, norm } = gptWeights(randomStream(1), { ...SMALL, width: 96, layers: 8, vocab: 100 });
      const std = (t: tf.Tensor): number => Math.sqrt(tf.moments(t).variance.dataSync()[0]!);
      for (const [t, wanted] of [
        [tokens, 0.02],
        [blocks[0]!.qkv.w, 0.02],
        [blocks[7]!.up.w, 0.02],
        [blocks[3]!.out.w, 0.005],
        [blocks[3]!.down.w, 0.005],
      ] as const) {
        expect(std(t) / wanted).toBeCloseTo(1, 1);
      }
      expect([...norm.gain.dataSync()].every((x) => x === 1)).toBe(true);
    });
  });

  it.each([SMALL, { ...SMALL, canon: 3 }])("has gradients that agree with differences: %o", (config) => {
    const weights = largeWeights(config);
    const stream = randomStream(8);
    const [tokens, targets] = [stream.integers([2, 5], 0, 13), stream.integers([2, 5], 0, 13)];
    const report = checkGradients(
      (...tensors) => gptLoss(tokens, targets, rebuilt(weights, tensors), config),
      leaves(weights),
      { maxElements: 8, tolerance: 2e-2 },
    );
    expect(report.ok, String(report)).toBe(true);
    tf.dispose([...leaves(weights), tokens, targets]);
  });

  it.each(VARIANTS)("a later token changes nothing before it, and something from there on: %o", (config) => {
    tf.tidy(() => {
      const weights = largeWeights(config);
      const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
      const logits = gptLogits(text([tokens]), weights, config).arraySync()[0]!;
      tokens.forEach((_, t) => {
        const other = gptLogits(text([tokens.with(t, 7)]), weights, config).arraySync()[0]!;
        const moved = other.map((row, i) => Math.max(...row.map((x, v) => Math.abs(x - logits[i]![v]!))));
        expect(
          moved.slice(0, t).every((x) => x < 1e-6),
          `token ${t}: ${moved.join(" ")}`,
        ).toBe(true);
        expect(moved[t]).toBeGreaterThan(1e-3);
        expect(moved.slice(t).every((x) => x > 1e-6)).toBe(true);
      });
    });
  });

  it.each(VARIANTS)("decoding with a cache equals the full forward pass: %o", (config) => {
    tf.tidy(() => {
      const weights = largeWeights(config);
      const tokens = randomStream(9).integers([3, 8], 0, 13);
      const full = gptLogits(tokens, weights, config);
      let cache = emptyCache(3, config);
      for (let t = 0; t < 8; t++) {
        const token = tf.reshape<tf.Rank.R1>(tf.slice(tokens, [0, t], [3, 1]), [3]);
        const step = decodeStep(token, tf.scalar(t, "int32"), weights, cache, config);
        const wanted = tf.reshape(tf.slice(full, [0, t, 0], [3, 1, 13]), [-1]).dataSync();
        expectClose(step.logits, [...wanted]);
        cache = step.cache;
      }
      expect(cache[0]!.keys.shape).toEqual([3, 2, 8, 6]);
      expect(cache[1]!.recentC?.shape).toEqual(config.canon ? [3, 2, 12] : undefined);
    });
  });

  it("its Canon layers change nothing at the start, and one text sees nothing of another", () => {
    tf.tidy(() => {
      const canonical = { ...SMALL, canon: 4 };
      const tokens = text([[1, 2, 3, 4]]);
      const [plain, fresh] = [SMALL, canonical].map((config) =>
        gptLogits(tokens, gptWeights(randomStream(1), config), config).dataSync(),
      );
      expect(fresh).toEqual(plain);
      const weights = largeWeights(canonical);
      const both = gptLogits(text([[5, 6, 7], [1, 2, 3]]), weights, canonical); // prettier-ignore
      const alone = gptLogits(text([[1, 2, 3]]), weights, canonical);
      expectClose(tf.slice(both, [1, 0, 0], [1, 3, 13]), [...alone.dataSync()]);
    });
  });

  it("decodes greedily in one call, as the full forward pass would symbol by symbol", () => {
    tf.tidy(() => {
      const weights = largeWeights(SMALL);
      const program = compile(
        { gpt: weights },
        {
          greedy: call(
            (state, { first }) => {
              const empty = emptyCache(2, SMALL).flatMap(({ keys, values }) => [keys, values]);
              const [, written] = repeat(
                8,
                [first as tf.Tensor, tf.zeros([2, 8]), ...empty],
                (i, token, text, ...kept) => {
                  const cache = [0, 1].map((l) => ({ keys: kept[2 * l], values: kept[2 * l + 1] }) as GptCache);
                  const next = decodeStep(token as tf.Tensor1D, i, state.gpt, cache, SMALL);
                  const symbol = tf.cast(tf.argMax(next.logits, 1), "int32");
                  const here = tf.cast(tf.oneHot(tf.reshape(i, [1]), 8), "float32"); // [1, 8]
                  const column = tf.reshape(tf.cast(symbol, "float32"), [2, 1]);
                  const both = next.cache.flatMap(({ keys, values }) => [keys, values]);
                  return [symbol, tf.add(text, tf.mul(column, here)), ...both];
                },
              );
              return { written };
            },
            { inputs: { first: { shape: [2], dtype: "int32" } } },
          ),
        },
      );
      const starts = [3, 8];
      const written = program.greedy({ first: tf.tensor1d(starts, "int32") }).written.arraySync() as number[][];
      program.dispose();
      starts.forEach((start, b) => {
        const so = [start];
        while (so.length < 9) {
          const logits = gptLogits(text([so]), weights, SMALL);
          so.push(tf.argMax(logits, -1).dataSync()[so.length - 1]!);
        }
        expect(written[b]).toEqual(so.slice(1));
      });
    });
  });

  it("learns to repeat a text, and takes shorter texts than its context", () => {
    tf.tidy(() => {
      const variables = leaves(gptWeights(randomStream(2), SMALL)).map((leaf) => tf.variable(leaf));
      const model = rebuilt(gptWeights(randomStream(2), SMALL), variables);
      const song = [1, 2, 3, 1, 4, 1];
      const [tokens, targets] = [text([song.slice(0, -1)]), text([song.slice(1)])];
      const optimizer = adamw({ lr: 1e-2, weightDecay: 0 });
      let loss = Infinity;
      for (let i = 0; i < 60; i++) {
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(() => gptLoss(tokens, targets, model, SMALL), variables);
          optimizer.step(
            variables,
            variables.map((v) => grads[v.name] ?? tf.zerosLike(v)),
          );
          loss = value.dataSync()[0]!;
        });
      }
      expect(loss).toBeLessThan(0.1);
      expect([...tf.argMax(gptLogits(tokens, model, SMALL), -1).dataSync()]).toEqual(song.slice(1));
    });
  });

  it("refuses what does not fit, in one line", () => {
    tf.tidy(() => {
      const weights = gptWeights(randomStream(1), SMALL);
      const nine = tf.zeros<tf.Rank.R2>([1, 9], "int32");
      expect(() => gptLogits(nine, weights, SMALL)).toThrow("gptLogits: 9 tokens, the context is 8: give the last 8");
      const [two, three] = [tf.zeros<tf.Rank.R2>([1, 2], "int32"), tf.zeros<tf.Rank.R2>([1, 3], "int32")];
      for (const [who, of] of Object.entries({ gptLoss, gptNats })) {
        expect(() => of(two, three, weights, SMALL)).toThrow(`${who}: tokens are [1, 2], targets [1, 3]`);
        const wanted = `${who}: targets are float32, wanted int32: tf.cast(targets, "int32")`;
        expect(() => of(two, tf.tensor2d([[1.7, NaN]]), weights, SMALL)).toThrow(wanted);
        expect(() => of(nine, nine, weights, SMALL)).toThrow(`${who}: 9 tokens, the context is 8: give the last 8`);
      }
      expect(() => gptWeights(randomStream(1), { ...SMALL, heads: 5 })).toThrow("width 12 is no multiple of 5 heads");
      expect(() => gptWeights(randomStream(1), { ...SMALL, layers: 0 })).toThrow("layers is 0, wanted a whole number");
      const neighbourly = gptWeights(randomStream(1), { ...SMALL, canon: 3 });
      const [token, first] = [tf.tensor1d([1], "int32"), tf.scalar(0, "int32")];
      expect(() => decodeStep(token, first, neighbourly, emptyCache(1, SMALL), SMALL)).toThrow(
        "decodeStep: the weights have Canon layers, the cache has none: give the config their `canon`",
      );
      expect(() => decodeStep(token, first, weights, emptyCache(1, { ...SMALL, canon: 3 }), SMALL)).toThrow(
        "decodeStep: the cache has Canon layers, the weights have none: leave `canon` out of the config",
      );
      for (const rate of [1, -0.1, NaN]) {
        const dropout = { rate, random: randomStream(1) };
        expect(() => gptLoss(two, two, weights, SMALL, dropout)).toThrow(
          `dropout: the rate is ${rate}, wanted 0 or more`,
        );
      }
      for (const canon of [1, -2, 2.5]) {
        expect(() => gptWeights(randomStream(1), { ...SMALL, canon })).toThrow(`canon is ${canon}, wanted 0 (none)`);
      }
    });
  });
});
