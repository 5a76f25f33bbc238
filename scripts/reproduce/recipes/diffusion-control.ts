import {
  adam,
  call,
  Canvases,
  compile,
  cutOut,
  dataFile,
  ddimSample,
  denoiserLoss,
  denoiserNoise,
  denoiserWeights,
  DigitClassifier,
  edgeMaps,
  exportWeights,
  guide,
  importWeights,
  inkInside,
  intersectionOverUnion,
  layoutPlanes,
  loadMnist,
  loadWeights,
  noiseSchedule,
  randomStream,
  spreadLevels,
  tf,
  train,
  trainStep,
} from "genlab";
import type { UNetConfig } from "genlab";
import { warmUpCosineWithRest } from "../learning-rates";
import type { Recipe, Reproduced, Sitting } from "../recipe";

const CONFIG = {
  seed: 62,
  steps: 2600,
  batch: 64,
  rate: 4e-3,
  warmup: 100,
  average: 0.998,
  schedule: "cosine, 1,000 levels spread evenly over a batch",
  layoutOnly: 0.5,
  edgesOnly: 0.3,
  both: 0.1,
  optimizer: "adam, linear warm-up, cosine decay",
  stored: "float16",
};
/** Ten planes of the layout, one of edges. */
const NET: UNetConfig = { classes: 0, pictures: 11 };
const SCHEDULE = noiseSchedule("cosine");

/** Digits where they are wanted: by boxes, or by their outlines. */
export const recipe: Recipe = {
  name: "diffusion-control",
  description: "Diffusion model of canvases with one to four digits, told by boxes or outlines, for notebook 06b",
  kind: "weights",
  config: CONFIG,
  async make(sitting) {
    const stream = randomStream(CONFIG.seed);
    const data = new Canvases(loadMnist().train, stream.split("data"));
    const told = stream.split("told");
    const levels = stream.split("levels");
    const fresh = () => denoiserWeights(stream.split("weights"), NET);
    const program = compile(
      { net: fresh(), average: fresh() },
      {
        step: trainStep(
          (state, { x0, layout, edges, t }, _scalars, random) => {
            const B = x0.shape[0];
            const pictures = [...tf.split<tf.Tensor2D>(layout, 10, 1), edges];
            const noisy = { x0, t, eps: random.normal([B, 784]) };
            return { loss: denoiserLoss(noisy, { pictures }, state.net, SCHEDULE, NET) };
          },
          {
            inputs: {
              x0: ["B", 784],
              layout: ["B", 7840],
              edges: ["B", 784],
              t: { shape: ["B"], dtype: "int32" },
            },
            of: "net",
            by: adam({ lr: (t) => warmUpCosineWithRest(t, CONFIG) }),
            average: { into: "average", decay: CONFIG.average },
            shards: 2,
          },
        ),
      },
      { random: stream.split("draws") },
    );
    const options = sitting.options({ steps: CONFIG.steps, seed: CONFIG.seed, state: { program, data, told, levels } });
    await train(options, () => {
      const { images, layouts } = data.next(CONFIG.batch);
      const choice = layouts.map(() => told.number());
      const { layoutOnly, edgesOnly, both } = CONFIG;
      const layout = layoutPlanes(
        layouts.map((boxes, i) => {
          const u = choice[i]!;
          return u < layoutOnly || (u >= layoutOnly + edgesOnly && u < layoutOnly + edgesOnly + both) ? boxes : [];
        }),
      );
      const edges = tf.tidy(() => {
        const shown = choice.map((u) => [Number(u >= layoutOnly && u < layoutOnly + edgesOnly + both)]);
        return tf.mul<tf.Tensor2D>(edgeMaps(images), shown);
      });
      const t = tf.tidy(() => spreadLevels(levels.uniform([CONFIG.batch]), 1000));
      const { loss } = program.step({ x0: images, layout, edges, t });
      tf.dispose([images, layout, edges, t]);
      return { loss };
    });
    exportWeights(sitting.out, program.read("average"), "float16");
    program.dispose();
    return measure(sitting, options.steps);
  },
};

/** On canvases of test digits, of the file as written; 25 steps, guidance 2 for layouts and 1 for edges. */
function measure({ out, trial }: Sitting, steps: number): Reproduced {
  const stream = randomStream(CONFIG.seed).split("measure");
  const program = compile(
    { net: importWeights(out, denoiserWeights(stream, NET)) },
    {
      sample: call(
        (state, { noise, layout, edges }, { guidance }) => {
          const pictures = [...tf.split<tf.Tensor2D>(layout, 10, 1), edges];
          const nothing = pictures.map((picture) => tf.zerosLike(picture));
          const x = ddimSample(
            (x, t) => {
              const eps = (pictures: tf.Tensor2D[]) => denoiserNoise(x, t, { pictures }, state.net, SCHEDULE, NET);
              return guide(eps(nothing), eps(pictures), guidance);
            },
            noise,
            SCHEDULE,
            25,
          );
          return { x };
        },
        { inputs: { noise: ["B", 784], layout: ["B", 7840], edges: ["B", 784] }, scalars: { guidance: 2 } },
      ),
    },
  );
  const classifier = new DigitClassifier(loadWeights(dataFile("digit-classifier.safetensors")));
  const count = trial ? 8 : 256;
  const { images, layouts } = new Canvases(loadMnist().test, stream.split("canvases")).next(count);
  const wanted = layouts.flat().map(({ digit }) => digit);
  const noise = stream.normal([count, 784]);
  const [layout, edges] = [layoutPlanes(layouts), edgeMaps(images)];
  const byLayout = program.sample({ noise, layout, edges: tf.zerosLike(edges) }).x;
  const byEdges = program.sample({ noise, layout: tf.zerosLike(layout), edges }, { guidance: 1 }).x;
  const right = (x: tf.Tensor2D): number => classifier.accuracy(cutOut(x, layouts), wanted);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const outlines = edges.dataSync();
  const drawn = edgeMaps(byEdges).dataSync();
  const overlap = Array.from({ length: count }, (_, i) =>
    intersectionOverUnion(drawn.subarray(i * 784, (i + 1) * 784), outlines.subarray(i * 784, (i + 1) * 784)),
  );
  const metrics = {
    "layout.digit_right": { value: right(byLayout), unit: "share of boxes" },
    "layout.digit_right_real": { value: right(images), unit: "share of boxes" },
    "layout.ink_inside": { value: mean(inkInside(byLayout, layouts)), unit: "share" },
    "edges.iou": { value: mean(overlap), unit: "" },
    "edges.digit_right": { value: right(byEdges), unit: "share of boxes" },
  };
  return { metrics, steps };
}
