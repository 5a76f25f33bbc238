import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
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
