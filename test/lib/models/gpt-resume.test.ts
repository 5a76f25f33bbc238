// A GPT as notebook 03 trains it: interrupted in the middle it is usable, and goes on exactly.
import { it } from "vitest";
import { windows } from "../../../lib/data/windows";
import { gptLoss, gptNats, gptWeights } from "../../../lib/models/gpt";
import { adamw } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { expectResumesExactly } from "./resumes-exactly";
import type { Run } from "./resumes-exactly";

const CONFIG = { vocab: 7, context: 6, layers: 1, heads: 2, width: 8 };
const text = Int32Array.from({ length: 60 }, (_, i) => (i * i) % 7);

function run(): Run {
  const data = windows(text, { batch: 2, length: 6, stream: randomStream(2) });
  const passages = { shape: ["B", 6] as ["B", number], dtype: "int32" as const };
  const inputs = { tokens: passages, targets: passages };
  const fresh = () => gptWeights(randomStream(1), CONFIG);
  const program = compile(
    { gpt: fresh(), average: fresh() },
    {
      step: trainStep(
        (state, { tokens, targets }, _scalars, random) => ({
          loss: gptLoss(tokens, targets, state.gpt, CONFIG, { rate: 0.2, random }),
        }),
        {
          inputs,
          of: "gpt",
          by: adamw({ lr: (t) => 0.01 / t, decays: ({ shape }) => shape.length > 1 }),
          average: { into: "average", decay: 0.9 },
        },
      ),
      nats: call(({ average }, { tokens, targets }) => ({ nats: gptNats(tokens, targets, average, CONFIG) }), {
        inputs,
      }),
    },
    { random: randomStream(3) },
  );
  return {
    state: { program, data },
    step: () => {
      const batch = data.next();
      const { loss } = program.step(batch);
      tf.dispose([batch.tokens, batch.targets]);
      return loss;
    },
    look: () => {
      const batch = windows(text, { batch: 2, length: 6, stream: randomStream(9) }).next();
      return [...program.nats(batch).nats.dataSync()];
    },
  };
}

onEveryBackend("a GPT, interrupted and resumed", (backend) => {
  it("six steps are three, a checkpoint and three more, bit by bit: dropout, average and places included", () => {
    return expectResumesExactly(`gpt ${backend}`, run);
  });
});
