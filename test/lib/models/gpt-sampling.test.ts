import { expect, it } from "vitest";
import { decodeStep, prefill } from "../../../lib/models/gpt";
import { drawToken, gptBeam, gptContinue } from "../../../lib/models/gpt-sampling";
import { gptPrompt } from "../../../lib/models/gpt-texts";
import { allClose } from "../../../lib/tensor/all-close";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { CONFIG, lively, nextLogits, program, slowDraw, slowText, V, VARIANTS } from "./small-gpt";

const CHOICES = [
  {},
  { temperature: 0 },
  { temperature: 0.5 },
  { topK: 1 },
  { topK: 3 },
  { topP: 0.6 },
  { temperature: 1.5, topK: 6, topP: 0.8 },
];

onEveryBackend("drawToken", () => {
  it.each(CHOICES)("is its definition: %o", (choice) => {
    tf.tidy(() => {
      const logits = randomStream(3).normal([200, V], 0, 2);
      const u = randomStream(4).uniform([200]);
      const full = { temperature: 1, topK: V, topP: 1, ...choice };
      const scalars = Object.fromEntries(Object.entries(full).map(([name, x]) => [name, tf.scalar(x)]));
      const drawn = drawToken(logits, u, scalars as never);
      expect(drawn.dtype).toBe("int32");
      const [rows, chances] = [logits.arraySync(), u.dataSync()];
      expect([...drawn.dataSync()]).toEqual(rows.map((row, b) => slowDraw(row, chances[b]!, choice)));
    });
  });

  it("takes exactly the likeliest at temperature 0, however near the next one is, and draws at the coldest above", () => {
    tf.tidy(() => {
      const near = [1, 1 + 1e-6, 0.5, 1 + 2e-6];
      const rows = Array.from({ length: 50 }, () => near);
      const u = tf.linspace(0, 0.999, 50);
      const [zero, all, one] = [0, 4, 1].map((x) => tf.scalar(x)) as [tf.Scalar, tf.Scalar, tf.Scalar];
      const cold = drawToken(tf.tensor2d(rows), u, { temperature: zero, topK: all, topP: one }).dataSync();
      expect([...cold]).toEqual(rows.map(() => 3));
      const tied = drawToken(tf.tensor2d([[2, 7, 7]]), tf.tensor1d([0.99]), {
        temperature: zero,
        topK: all,
        topP: one,
      });
      expect(tied.dataSync()[0]).toBe(1); // of equals the first
      const chilly = drawToken(tf.tensor2d(rows), u, { temperature: tf.scalar(1e-5), topK: all, topP: one }).dataSync();
      expect(new Set(chilly)).toEqual(new Set([0, 1, 3])); // e^0.1 and e^0.2 times as likely as the third
      const coldest = drawToken(tf.tensor2d(rows), u, { temperature: tf.scalar(1e-38), topK: all, topP: one });
      expect([...coldest.dataSync()]).toEqual(rows.map(() => 3));
    });
  });

  it("draws each token as often as its chance says", () => {
    tf.tidy(() => {
      const [one, N] = [[2, 0, 1, -1], 20_000];
      const logits = tf.tile(tf.tensor2d([one]), [N, 1]);
      const [temperature, topK, topP] = [1, 4, 1].map((x) => tf.scalar(x)) as [tf.Scalar, tf.Scalar, tf.Scalar];
      const drawn = drawToken(logits, randomStream(1).uniform([N]), { temperature, topK, topP }).dataSync();
      const sum = one.reduce((s, l) => s + Math.exp(l), 0);
      one.forEach((l, k) => {
        const share = drawn.filter((d) => d === k).length / N;
        expect(Math.abs(share - Math.exp(l) / sum)).toBeLessThan(4 * Math.sqrt(0.25 / N));
      });
    });
  });
});

onEveryBackend("gptContinue", () => {
  it.each(CHOICES)("equals the full forward pass token by token: %o", (choice) => {
    tf.tidy(() => {
      const weights = lively();
      const made = program(weights);
      const prompts = [
        [3, 1, 4],
        [1, 5, 9],
      ];
      const u = randomStream(8).uniform([2, 7]);
      const padded = tf.tensor2d(
        prompts.map((p) => [...p, ...Array<number>(9).fill(7)]),
        [2, 12],
        "int32",
      );
      const { tokens } = made.generate({ prompt: padded, u }, { length: 3, ...choice });
      expect([tokens.dtype, tokens.shape]).toEqual(["int32", [2, 7]]);
      const noise = u.arraySync();
      prompts.forEach((prompt, b) =>
        expect(tokens.arraySync()[b]).toEqual(slowText(weights, prompt, noise[b]!, choice)),
      );
      made.dispose();
    });
  });

  it.each(VARIANTS)("fills the context to its end, also from a prompt of one token or of all: %o", (config) => {
    tf.tidy(() => {
      const weights = lively(config);
      const made = program(weights, false, config);
      for (const length of [1, 2, 5, 12]) {
        const prompt = randomStream(length).integers([1, 12], 0, V);
        const u = randomStream(9).uniform([1, 13 - length]);
        const { tokens } = made.generate({ prompt, u }, { length });
        const given = [...prompt.dataSync()].slice(0, length);
        expect([...tokens.dataSync()]).toEqual(slowText(weights, given, [...u.dataSync()], {}, config));
      }
      made.dispose();
    });
  });

  it.each(VARIANTS)(
    "prefill and a step after it are the forward pass, whatever stands behind the prompt: %o",
    (config) => {
      tf.tidy(() => {
        const weights = lively(config);
        const tokens = randomStream(2).integers([2, 12], 0, V);
        const expectNext = (logits: tf.Tensor2D, texts: number[][]): void => {
          const wanted = texts.map((text) => nextLogits(weights, text, config));
          const { ok, message } = allClose(logits, tf.tensor2d(wanted), { rtol: 1e-4, atol: 1e-5 });
          expect(ok, message).toBe(true);
        };
        for (const length of [1, 2, 5, 12]) {
          const { logits, cache } = prefill(tokens, tf.scalar(length, "int32"), weights, config);
          const texts = tokens.arraySync().map((row) => row.slice(0, length));
          expectNext(logits, texts);
          if (length === 12) continue;
          const step = decodeStep(tf.tensor1d([3, 8], "int32"), tf.scalar(length, "int32"), weights, cache, config);
          expectNext(step.logits, [[...texts[0]!, 3], [...texts[1]!, 8]]); // prettier-ignore
        }
      });
    },
  );

  it("takes the weights' Canon layers, also where the config forgets them", () => {
    tf.tidy(() => {
      const [config, given] = [VARIANTS[1]!, [3, 1]];
      const weights = lively(config);
      const { prompt } = gptPrompt([given], CONFIG, 4);
      const [u, choice] = [randomStream(3).uniform([1, 4]), { temperature: 1, topK: V, topP: 1 }];
      const scalars = { ...choice, length: given.length };
      const tensors = Object.fromEntries(Object.entries(scalars).map(([name, x]) => [name, tf.scalar(x)]));
      const text = gptContinue({ prompt, u }, tensors as never, weights, CONFIG); // CONFIG says nothing of canon
      expect([...text.dataSync()]).toEqual(slowText(weights, given, [...u.dataSync()], {}, config));
      const plain = gptContinue({ prompt, u }, tensors as never, lively(), config); // and the other way round
      expect([...plain.dataSync()]).toEqual(slowText(lively(), given, [...u.dataSync()]));
    });
  });
});

onEveryBackend("gptBeam", () => {
  it.each(VARIANTS)("is beam search written out, and its probabilities are the model's: %o", (config) => {
    tf.tidy(() => {
      const weights = lively(config);
      const made = program(weights, false, config);
      const prompt = [2, 7];
      let beams = [{ text: [...prompt], logP: 0 }];
      for (let i = 0; i < 5; i++) {
        const all = beams.flatMap(({ text, logP }) => {
          const logits = nextLogits(weights, text, config);
          const top = Math.max(...logits);
          const norm = top + Math.log(logits.reduce((s, l) => s + Math.exp(l - top), 0));
          return logits.map((l, w) => ({ text: [...text, w], logP: logP + l - norm }));
        });
        beams = all.sort((a, b) => b.logP - a.logP).slice(0, 3);
      }
      const padded = tf.tensor2d([...prompt, ...Array<number>(10).fill(0)], [1, 12], "int32");
      const { tokens, logProbability } = made.beam({ prompt: padded }, { length: 2 });
      expect(tokens.arraySync()).toEqual(beams.map(({ text }) => text.slice(2)));
      beams.forEach(({ logP }, k) => expect(logProbability.dataSync()[k]).toBeCloseTo(logP, 4));
      const { tokens: greedy } = made.generate({ prompt: padded, u: tf.zeros([1, 5]) }, { length: 2, topK: 1 });
      const ofGreedy = [...greedy.dataSync()].reduce(
        ({ text, logP }, w) => {
          const logits = nextLogits(weights, text, config);
          const norm = Math.log(logits.reduce((s, l) => s + Math.exp(l), 0));
          return { text: [...text, w], logP: logP + logits[w]! - norm };
        },
        { text: [...prompt], logP: 0 },
      );
      expect(beams[0]!.logP).toBeGreaterThanOrEqual(ofGreedy.logP - 1e-6);
      made.dispose();
    });
  });
});

onEveryBackend("gptBeam and gptContinue", () => {
  it("refuse sizes that have no meaning", () => {
    tf.tidy(() => {
      const weights = lively();
      const prompt = tf.zeros<tf.Rank.R2>([1, 12], "int32");
      const beam = (beams: number, count: number) => () =>
        gptBeam(prompt, tf.scalar(1), weights, CONFIG, { beams, count });
      expect(beam(0, 3)).toThrow("gptBeam: beams is 0, wanted 1 or more, a whole number");
      expect(beam(2.5, 3)).toThrow("beams is 2.5");
      expect(beam(2, 0)).toThrow("count is 0");
      expect(beam(2, 13)).toThrow("gptBeam: count 13 is longer than the context, 12");
      expect(beam(12, 1)).toThrow("gptBeam: 12 beams, but there are only 11 pieces of 1 token");
      const { tokens, logProbability } = beam(30, 2)(); // more than V, less than V²
      const pieces = tokens.arraySync().map((piece) => piece.join());
      expect(new Set(pieces).size).toBe(30);
      expect(Math.min(...logProbability.dataSync())).toBeGreaterThan(-100);
      const choice = { temperature: tf.scalar(1), topK: tf.scalar(V), topP: tf.scalar(1) };
      const go = (B: number, n: number) => () =>
        gptContinue({ prompt, u: tf.zeros([B, n]) }, { length: tf.scalar(1), ...choice }, weights, CONFIG);
      expect(go(2, 3)).toThrow("gptContinue: u is [2, 3], wanted [1, n]: a row for each prompt");
      expect(go(1, 0)).toThrow("count is 0");
      expect(go(1, 13)).toThrow("gptContinue: count 13 is longer than the context, 12");
    });
  });
});

onEveryBackend("gptContinue and gptBeam with weights that hold NaN", () => {
  it("refuse to choose, compiled in the first call", () => {
    tf.tidy(() => {
      const whole = lively();
      const bias = tf.fill<tf.Rank.R1>([CONFIG.width], NaN);
      const weights = { ...whole, norm: { ...whole.norm, bias } };
      const prompt = tf.zeros<tf.Rank.R2>([1, 12], "int32");
      const choice = { temperature: tf.scalar(1), topK: tf.scalar(V), topP: tf.scalar(1) };
      const message = (who: string) => `${who}: logits[0, 0] is NaN, wanted a finite number: the weights have diverged`;
      const given = { prompt, u: tf.zeros<tf.Rank.R2>([1, 3]) };
      const go = () => gptContinue(given, { length: tf.scalar(1), ...choice }, weights, CONFIG);
      expect(go).toThrow(message("gptContinue"));
      const beam = () => gptBeam(prompt, tf.scalar(1), weights, CONFIG, { beams: 2, count: 3 });
      expect(beam).toThrow(message("gptBeam"));
      const made = program(weights);
      expect(() => made.generate(given, { length: 1 })).toThrow(message("gptContinue"));
      expect(() => made.beam({ prompt }, { length: 1 })).toThrow(message("gptBeam"));
      made.dispose();
    });
  });
});

onEveryBackend("A compiled gptContinue and gptBeam", () => {
  it("look at the first call's numbers", () => {
    const fill = (id: number) => tf.fill<tf.Rank.R2>([1, 12], id, "int32");
    const cases: [number, number, number, string, object?][] = [
      [11, 1, 0.5, "gptContinue: prompt[0, 0] is 11, wanted a whole number from 0 to 10"],
      [-1, 1, 0.5, "gptContinue: prompt[0, 0] is -1"],
      [0, 0, 0.5, "gptContinue: length is 0, wanted a whole number from 1 to 10"],
      [0, 11, 0.5, "length is 11"],
      [0, 1.5, 0.5, "length is 1.5"],
      [0, 1, NaN, "gptContinue: u[0, 0] is NaN, wanted 0 to 1"],
      [0, 1, 0.5, "gptContinue: temperature is -1, wanted 0 or more", { temperature: -1 }],
      [0, 1, 0.5, "temperature is NaN", { temperature: NaN }],
      [0, 1, 0.5, "gptContinue: topK is 0, wanted 1 or more", { topK: 0 }],
      [0, 1, 0.5, "topK is NaN", { topK: NaN }],
      [0, 1, 0.5, "gptContinue: topP is 0, wanted more than 0", { topP: 0 }],
      [0, 1, 0.5, "topP is NaN", { topP: NaN }],
    ];
    for (const [id, length, noise, message, choice] of cases) {
      tf.tidy(() => {
        const made = program(lively());
        const u = tf.fill<tf.Rank.R2>([1, 3], noise);
        expect(() => made.generate({ prompt: fill(id), u }, { length, ...choice })).toThrow(message);
        made.dispose();
      });
    }
    tf.tidy(() => {
      const made = program(lively());
      expect(() => made.beam({ prompt: fill(0) }, { length: 9 })).toThrow(
        "gptBeam: length is 9, wanted a whole number",
      );
      expect(() => made.beam({ prompt: fill(12) }, { length: 8 })).toThrow("gptBeam: prompt[0, 0] is 12");
      made.dispose();
    });
  });
});
