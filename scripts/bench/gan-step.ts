import {
  adam,
  batches,
  criticLayers,
  criticStep,
  generatorLayers,
  generatorStep,
  loadMnist,
  randomStream,
  useDevice,
} from "genlab";
import { median, timed } from "./workload";
import type { Workload } from "./workload";

const BATCH = 64;

/** What notebook 08 repeats thousands of times: the critic's step with gradient penalty, and the generator's, op by op. */
export const ganStep: Workload = async () => {
  const { backend } = await useDevice();
  const root = randomStream(8);
  const noise = root.split("noise");
  const alphas = root.split("alpha");
  const critic = criticLayers(root.split("critic"));
  const generator = generatorLayers(root.split("generator"));
  const ofCritic = adam({ lr: 2e-4, beta1: 0.5 });
  const ofGenerator = adam({ lr: 2e-4, beta1: 0.5 });
  const digits = batches(loadMnist().train, { size: BATCH, stream: root.split("order") });
  const stepOfCritic = (): void => {
    const { images: real } = digits.next();
    const z = noise.normal([BATCH, 100]);
    const alpha = alphas.uniform([real.shape[0], 1]);
    if (real.shape[0] === BATCH)
      criticStep({ critic, generator, real, z, alpha, optimizer: ofCritic, constraint: { penalty: 10 } });
    for (const tensor of [real, z, alpha]) tensor.dispose();
  };
  const stepOfGenerator = (): void => {
    const z = noise.normal([BATCH, 100]);
    generatorStep({ critic, generator, z, optimizer: ofGenerator });
    z.dispose();
  };
  const times = backend === "cpu" ? 3 : 30;
  const what = (step: string): string => `${step}, batch ${BATCH}, with its noise and batch, on ${backend}`;
  const ofTheCritic = median(await timed(times, 3, stepOfCritic));
  const ofTheGenerator = median(await timed(times, 3, stepOfGenerator));
  return [
    { name: "WGAN critic", value: ofTheCritic, unit: "ms/step", what: what("gradient penalty and Adam") },
    { name: "WGAN generator", value: ofTheGenerator, unit: "ms/step", what: what("loss and Adam") },
  ];
};
