// Node only. A recording as explain shows it.
import type { RecordedOp } from "./engine";
import { inputsOf, liveSteps } from "./native-recording";
import type { Step } from "./native-recording";
import type { RecordedFunction } from "./native-signature";

type Phase = RecordedOp["phase"];

/** The ops that a recorded function runs in the graph, in order; its loops' bodies with their number of turns. */
export function describeRecording({ recording, outputs, update }: RecordedFunction): RecordedOp[] {
  const shape = (id: number): readonly number[] => recording.values.get(id)?.shape ?? [];
  const describe = (steps: readonly Step[], times: number, phaseOf: (step: Step) => Phase): RecordedOp[] =>
    steps.flatMap((step) => {
      const phase = phaseOf(step);
      if (step.kind === "loop") return describe(step.body, times * step.times, () => phase);
      const op = step.kind === "draw" ? "Random" : step.op;
      const [reads, makes] = [inputsOf(step), step.outputs];
      return [{ op, inputs: reads.map(shape), outputs: makes.map(shape), times, phase, reads, makes }];
    });
  const forward = new Set(liveSteps(recording.steps, Object.values(outputs)));
  const formula = update?.formula;
  const wanted = [
    ...Object.values(outputs),
    ...(update?.grads ?? []),
    ...(formula ? [...formula.params, ...formula.nextSlots.flat()] : []),
  ];
  const withGradients = new Set(liveSteps(recording.steps, [...Object.values(outputs), ...(update?.grads ?? [])]));
  const ops = describe(liveSteps(recording.steps, wanted), 1, (step) =>
    forward.has(step) ? "forward" : withGradients.has(step) ? "backward" : "optimizer",
  );
  if (update === undefined || formula !== undefined) return ops;
  const { training, grads } = update;
  const { fused, slots } = training.rule;
  const updates = grads.map((id): RecordedOp => {
    const inputs = Array.from({ length: slots.length + 2 }, () => shape(id)); // weight, slots, gradient
    const outputs = inputs.slice(1); // weight and slots, in place
    return { op: fused!.op, inputs, outputs, times: 1, phase: "optimizer", reads: [id], makes: [] };
  });
  return [...ops, ...updates];
}
