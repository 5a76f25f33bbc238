import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import type { LoopStep, OpStep, Recording, Step } from "../../../lib/tensor/native-recording";
import { simplify } from "../../../lib/tensor/native-simplify";
import { native } from "../backends";

const root = path.resolve(__dirname, "../../..");

/** relu(x·w + b + x·v) of constant shapes, in a process of its own: what TensorFlow prints goes to file descriptor 2. */
const CODE = `
const { call, compile, randomStream, tf, useDevice } = require("genlab");
useDevice().then(() => {
  const s = randomStream(1);
  const sum = ({ w, b, v }, x) => tf.add(tf.add(tf.matMul(x, w), b), tf.matMul(x, v));
  const program = compile({ net: { w: s.normal([3, 5]), b: s.normal([5]), v: s.normal([3, 5]) } }, {
    relu: call((state, { x }) => ({ y: tf.relu(sum(state.net, tf.slice(x, 0, 2))) }), { inputs: { x: ["B", 3] } }),
    elu: call((state, { x }) => ({ y: tf.elu(sum(state.net, tf.slice(x, 0, 2))) }), { inputs: { x: ["B", 3] } }),
  });
  const x = s.normal([4, 3]);
  const wanted = sum(program.read("net"), tf.slice(x, 0, 2));
  const gap = (a, b) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
  console.log(gap(program.relu({ x }).y, tf.relu(wanted)) < 1e-5, gap(program.elu({ x }).y, tf.elu(wanted)) < 1e-5);
});`;

it.skipIf(native.backend !== "tensorflow")(
  "an activation of x·w + b + y does not make TensorFlow's optimizer give up",
  () => {
    const env = { ...process.env };
    delete env.TF_CPP_MIN_LOG_LEVEL;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", CODE], { cwd: root, encoding: "utf8", env });
    expect(stdout).toBe("true true\n");
    expect(stderr).not.toContain("empty op name");
  },
);

/** x·w + b, on its own or in a loop. x [rows, 32], w [32, 32] */
function linear(rows: number, where: "alone" | "in a loop"): string[] {
  const [x, w, b, product, sum, turn, out] = [1, 2, 3, 4, 5, 6, 7];
  const shapes: Record<number, number[]> = { [w]: [32, 32], [b]: [32], [turn]: [] };
  const values = [x, w, b, product, sum, turn, out].map((id) => {
    return [id, { shape: shapes[id] ?? [rows, 32], dtype: 1 }] as const;
  });
  const op = (name: string, inputs: number[], output: number): OpStep => {
    return { kind: "op", op: name, attrs: [], inputs, outputs: [output] };
  };
  const steps = [op("MatMul", [x, w], product), op("BiasAdd", [product, b], sum)];
  const loop: LoopStep = {
    ...{ kind: "loop", times: 3, inputs: [x], turn: turn, params: [x], body: steps },
    ...{ results: [sum], outputs: [out], block: 0, blocksPerTurn: 0 },
  };
  const all = where === "alone" ? steps : [loop];
  const recording: Recording = { steps: all, values: new Map(values), constants: new Map(), blocks: 0 };
  const names = (list: readonly Step[]): string[] =>
    list.flatMap((step) => (step.kind === "loop" ? names(step.body) : step.kind === "op" ? [step.op] : []));
  return names(simplify(recording).recording.steps);
}

it.skipIf(native.backend !== "tensorflow")(
  "small products in a loop are kept apart from their bias, others are not",
  () => {
    expect(linear(8, "in a loop")).toEqual(["MatMul", "PlaceholderWithDefault", "BiasAdd"]);
    expect(linear(512, "in a loop")).toEqual(["MatMul", "BiasAdd"]);
    expect(linear(8, "alone")).toEqual(["MatMul", "BiasAdd"]);
  },
);
