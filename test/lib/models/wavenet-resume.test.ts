// A WaveNet as notebook 07b trains it: interrupted in the middle it is usable, and goes on exactly.
import { it } from "vitest";
import { makeSound, SOUND_CONDITION } from "../../../lib/data/sounds";
import { soundPieces, SoundWindows } from "../../../lib/data/sound-windows";
import { waveNetLoss, waveNetNats, waveNetWeights } from "../../../lib/models/wavenet";
import { adam } from "../../../lib/nn/optimizers";
import { compile } from "../../../lib/tensor/compile";
import { call, trainStep } from "../../../lib/tensor/program-functions";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";
import { expectResumesExactly } from "./resumes-exactly";
import type { Run } from "./resumes-exactly";

const dilations = [1, 2];
const sizes = { before: 4, length: 8 };
const sounds = (["a", "string"] as const).map((voice) => makeSound({ voice, pitch: 150, length: 60 }, randomStream(1)));

function run(): Run {
  const data = new SoundWindows(sounds, sizes, randomStream(2));
  const fresh = () =>
    waveNetWeights(randomStream(3), { symbols: 256, dilations, channels: 3, skips: 4, condition: SOUND_CONDITION });
  const inputs = {
    tokens: { shape: ["B", 12] as ["B", number], dtype: "int32" as const },
    condition: ["B", SOUND_CONDITION] as ["B", number],
  };
  const program = compile(
    { net: fresh(), average: fresh() },
    {
      step: trainStep((state, batch) => ({ loss: waveNetLoss(batch, state.net, dilations, sizes.length) }), {
        inputs,
        of: "net",
        by: adam({ lr: (t) => 0.01 / t }),
        clipNorm: 1,
        average: { into: "average", decay: 0.9 },
      }),
      nats: call((state, batch) => ({ nats: waveNetNats(batch, state.average, dilations, sizes.length) }), { inputs }),
    },
  );
  return {
    state: { program, data },
    step: () => {
      const batch = data.next(2);
      const { loss } = program.step(batch);
      tf.dispose([batch.tokens, batch.condition]);
      return loss;
    },
    look: () => [...program.nats(soundPieces([{ sound: sounds[0]!, at: 20 }], sizes)).nats.dataSync()],
  };
}

onEveryBackend("a WaveNet, interrupted and resumed", (backend) => {
  it("six steps are three, a checkpoint and three more, bit by bit: average and places included", () => {
    return expectResumesExactly(`wavenet ${backend}`, run);
  });
});
