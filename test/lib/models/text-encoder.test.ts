import { expect, it } from "vitest";
import { ddimSample } from "../../../lib/models/ddim";
import { ddimStep, noiseSchedule, samplingTimes } from "../../../lib/models/diffusion";
import { textEncoder, textEncoderWeights } from "../../../lib/models/text-encoder";
import { allClose } from "../../../lib/tensor/all-close";
import { checkGradients } from "../../../lib/tensor/gradients";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

const CONFIG = { words: 7, length: 4, width: 6, heads: 2 };

onEveryBackend("textEncoder", () => {
  it("a text's vector hangs on its words, their places, and nothing but itself", () => {
    tf.tidy(() => {
      const w = textEncoderWeights(randomStream(1), CONFIG);
      const of = (...rows: number[][]) => textEncoder(tf.tensor2d(rows, [rows.length, 4], "int32"), w, CONFIG);
      const two = of([1, 2, 3, 0], [4, 5, 6, 1]);
      expect(two.shape).toEqual([2, 6]);
      expect(allClose(tf.slice(two, [0, 0], [1, 6]), of([1, 2, 3, 0])).message).toMatch(/^all/);
      const differs = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
      expect(differs(of([1, 2, 3, 0]), of([1, 2, 4, 0]))).toBeGreaterThan(0.01);
      expect(differs(of([1, 2, 3, 0]), of([2, 1, 3, 0]))).toBeGreaterThan(1e-4); // order
    });
  });

  it("equals plain loops over words and heads", () => {
    tf.tidy(() => {
      const w = textEncoderWeights(randomStream(2), CONFIG);
      const tokens = [2, 5, 1, 1];
      const x = tokens.map((t, i) => w.words.arraySync()[t]!.map((v, c) => v + w.places.arraySync()[i]![c]!));
      const product = (rows: number[][], m: number[][]) =>
        rows.map((row) => m[0]!.map((_, j) => row.reduce((s, v, k) => s + v * m[k]![j]!, 0)));
      const normal = x.map((row) => {
        const mean = row.reduce((a, b) => a + b) / 6;
        const deviation = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / 6 + 1e-5);
        return row.map((v) => (v - mean) / deviation);
      });
      const qkv = product(normal, w.qkv.w.arraySync());
      const seen = qkv.map((query) =>
        [0, 1].flatMap((head) => {
          const part = (row: number[], which: number) => row.slice(6 * which + 3 * head, 6 * which + 3 * head + 3);
          const scores = qkv.map((key) =>
            Math.exp(part(query, 0).reduce((s, v, k) => s + v * part(key, 1)[k]!, 0) / Math.sqrt(3)),
          );
          const total = scores.reduce((a, b) => a + b);
          return [0, 1, 2].map((k) => qkv.reduce((s, row, i) => s + (scores[i]! / total) * part(row, 2)[k]!, 0));
        }),
      );
      const y = product(seen, w.out.w.arraySync());
      const wanted = [0, 1, 2, 3, 4, 5].map((c) => x.reduce((s, row, i) => s + (row[c]! + y[i]![c]!) / 4, 0));
      const got = textEncoder(tf.tensor2d([tokens], [1, 4], "int32"), w, CONFIG);
      expect(allClose(tf.reshape(got, [-1]), wanted, { atol: 1e-4 }).message).toMatch(/^all/);
    });
  });

  it("gradients by words and attention are those of central differences", () => {
    const w = textEncoderWeights(randomStream(3), CONFIG);
    const tokens = tf.tensor2d(
      [
        [1, 2, 3, 0],
        [4, 1, 1, 0],
      ],
      [2, 4],
      "int32",
    );
    const target = randomStream(4).normal([2, 6]);
    const loss = (words: tf.Tensor, qkv: tf.Tensor): tf.Scalar => {
      const all = { ...w, words: words as tf.Tensor2D, qkv: { ...w.qkv, w: qkv as tf.Tensor2D } };
      return tf.mean(tf.mul(textEncoder(tokens, all, CONFIG), target));
    };
    expect(checkGradients(loss, { words: w.words, qkv: w.qkv.w }).ok).toBe(true);
    expect(() => textEncoder(tf.zeros([1, 3], "int32"), w, CONFIG)).toThrow("wanted [B, 4]");
  });

  it("ddimSample makes the steps of ddimStep, the last to ᾱ = 1", () => {
    tf.tidy(() => {
      const schedule = noiseSchedule("cosine", 100);
      const noise = randomStream(5).normal([2, 9]);
      const model = (x: tf.Tensor2D, t: tf.Tensor1D): tf.Tensor2D =>
        tf.mul(x, tf.reshape(tf.div(tf.cast(t, "float32"), 120), [-1, 1]));
      const times = samplingTimes(100, 4);
      let x: tf.Tensor2D = noise;
      times.forEach((t, i) => {
        const alphaBarNext = i + 1 < times.length ? schedule.alphaBars[times[i + 1]!]! : 1;
        x = ddimStep({ x, eps: model(x, tf.fill([2], t)), alphaBar: schedule.alphaBars[t]!, alphaBarNext });
      });
      expect(allClose(ddimSample(model, noise, schedule, 4), x, { atol: 1e-5 }).message).toMatch(/^all/);
    });
  });
});
