import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type TypeScript from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// A notebook cell is checked by tslab's own TypeScript 5.0.4, which resolves like Node 10 and knows no DOM. What a newer
// compiler writes into lib/dist/*.d.ts must still mean something to it: Float32Array<ArrayBuffer>, say, silently becomes any.
const root = path.resolve(__dirname, "../..");
const ts = createRequire(__filename)("@tslab/typescript-for-tslab") as typeof TypeScript;
fs.mkdirSync(path.join(root, "build"), { recursive: true });
const folder = fs.mkdtempSync(path.join(root, "build/test-declarations-")); // inside, to find @types/node and TensorFlow
const home = path.join(folder, "node_modules/genlab");

beforeAll(() => {
  // Declarations of the sources as they are now, without waiting for somebody's build.
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const options = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--composite", "false"];
  const out = [
    "--outDir",
    path.join(home, "dist"),
    "--tsBuildInfoFile",
    path.join(folder, "info"),
    "--incremental",
    "false",
  ];
  // Type errors are the type check's business: declarations come out all the same.
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", path.join(root, "lib"), ...options, ...out], {
    encoding: "utf8",
  });
  if (!fs.existsSync(path.join(home, "dist/index.d.ts"))) throw new Error(`tsc -p lib made no declarations: ${stdout}`);
  fs.copyFileSync(path.join(root, "lib/package.json"), path.join(home, "package.json"));
}, 120_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** The options that tslab gives its cells. */
const OPTIONS: TypeScript.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  moduleResolution: 2, // Node 10
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  types: ["node"],
  typeRoots: [path.join(root, "node_modules/@types")],
  esModuleInterop: true,
  skipLibCheck: true,
  noEmit: true,
};

function compile(cell: string, options: TypeScript.CompilerOptions = {}) {
  const file = path.join(folder, "cell.ts");
  fs.writeFileSync(file, cell);
  const program = ts.createProgram([file], { ...OPTIONS, ...options });
  const source = program.getSourceFile(file)!;
  const text = (message: string | TypeScript.DiagnosticMessageChain): string =>
    ts.flattenDiagnosticMessageText(message, "\n");
  const errors = ts.getPreEmitDiagnostics(program).map(({ messageText }) => text(messageText));
  const checker = program.getTypeChecker();
  const types: Record<string, string> = {};
  source.forEachChild((node) => {
    if (!ts.isVariableStatement(node)) return;
    for (const { name } of node.declarationList.declarations) {
      types[name.getText()] = checker.typeToString(checker.getTypeAtLocation(name));
    }
  });
  return { errors, types, program, checker };
}

describe(`declarations, read by TypeScript ${ts.version}`, () => {
  it("have the types that a notebook needs", { timeout: 60_000 }, () => {
    const { errors, types } = compile(`
      import { tf, useDevice, randomStream, allClose, checkGradients, linear, adam, train, profile, loadMnist, batches, loadWeights } from "genlab";
      const device = useDevice();
      const stream = randomStream(0);
      const noise = stream.normal([64, 100]);
      const bias = stream.uniform([3]);
      const dynamic = stream.normal([64, 100].map((n) => n));
      const whole = stream.integers([], 0, 10);
      const numbers = stream.normalArray(10);
      const order = stream.permutation(10);
      const { train: digits } = loadMnist();
      const pixels = digits.pixels;
      const picture = digits.images([1, 2]);
      const feed = batches(digits, { size: 64, stream });
      const labels = feed.next().labels;
      const steps = profile({ quick: 60, standard: 4000, long: 90000 });
      const weight = tf.variable(tf.zeros([100, 3])) as tf.Variable<tf.Rank.R2>;
      const layer = linear(noise, { w: weight, b: bias });
      const optimizer = adam({ lr: 2e-4, beta1: 0.5 });
      const run = train({ steps, seed: 0 }, (i) => ({ loss: tf.scalar(i), critic: i }));
      const column = run.then(({ column }) => column("critic"));
      const close = allClose(numbers, noise).message;
      const report = checkGradients((w) => tf.sum(w), { weight });
      const weights = loadWeights("x");
      let later: tf.Tensor2D = noise;
    `);
    expect(errors).toEqual([]);
    expect(types).toMatchObject({
      device: "Promise<Device>",
      stream: "RandomStream",
      noise: "Tensor2D",
      bias: "Tensor1D",
      dynamic: "Tensor<Rank>",
      whole: "Scalar",
      numbers: "Float32Array",
      order: "Int32Array",
      pixels: "Uint8Array",
      picture: "Tensor2D",
      labels: "Int32Array",
      steps: "number",
      layer: "Tensor2D",
      optimizer: "Optimizer",
      column: "Promise<number[]>",
      close: "string",
      report: "GradientReport",
      weights: "Record<string, Tensor<Rank>>",
    });
  });

  it("infer a program's functions from how they are written", { timeout: 60_000 }, () => {
    const { errors, types } = compile(`
      import { tf, compile, trainStep, call, chain, adam, mse, linear, copyLayers, generatorLayers, generator, randomStream, repeat, train } from "genlab";
      const program = compile(
        { net: { w: tf.zeros<tf.Rank.R2>([2, 1]), b: tf.zeros<tf.Rank.R1>([1]) }, gan: generatorLayers(randomStream(0)) },
        {
          step: trainStep(
            (state, { x, y }, { smooth }, random) => {
              const inside: tf.Tensor2D = x;
              const layer: tf.Tensor1D = state.net.b;
              const noise: tf.Tensor2D = random.normal([2, 3]);
              const predicted = linear(x, state.net);
              return { loss: tf.mul<tf.Scalar>(mse(predicted, y), smooth), predicted, largest: tf.max(predicted) };
            },
            { inputs: { x: ["B", 2], y: ["B", 1] }, scalars: { smooth: 1 }, of: "net", by: adam({ lr: 1e-3 }), average: { into: "net", decay: 0.9 } },
          ),
          sample: call((state, { z, labels }) => ({ pictures: generator(z, state.gan), labels, mean: tf.mean<tf.Scalar>(z) }), {
            inputs: { z: ["B", 100], labels: { shape: ["B"], dtype: "int32" } },
          }),
          idle: call((state) => ({ b: state.net.b })),
          both: chain([["step", 3], "sample", "idle"]),
        },
        { name: "test", random: randomStream(1) },
      );
      declare const x: tf.Tensor2D;
      declare const labels: tf.Tensor1D;
      const stepped = program.step({ x, y: x }, { smooth: 0.5, lr: 0.1 });
      const loss = stepped.loss;
      const largest = stepped.largest;
      const predicted = stepped.predicted;
      const sampled = program.sample({ z: x, labels });
      const pictures = sampled.pictures;
      const mean = sampled.mean;
      const b = program.idle().b;
      const all = program.both({ step: { x: tf.zeros([3, 4, 2]), y: tf.zeros([3, 4, 1]) }, sample: { z: x, labels } }, { step: { lr: 1 } });
      const losses = all.step.map((one) => one.loss);
      const picture = all.sample.pictures;
      const w = program.read("net").w;
      const saved = program.save();
      const [turned] = repeat(3, [x], (i, now) => [tf.add(now, 1)]);
      program.write({ net: program.read("net") });
      const run = train({ steps: 1, checkpoint: { file: "x", state: { program } } }, () => program.step({ x, y: x }));
    `);
    expect(errors).toEqual([]);
    expect(types).toMatchObject({
      loss: "number",
      largest: "number",
      predicted: "Tensor2D",
      pictures: "Tensor2D",
      mean: "number",
      b: "Tensor<Rank.R1>",
      losses: "number[]",
      picture: "Tensor2D",
      w: "Tensor<Rank.R2>",
      saved: "SavedProgram",
    });
  });

  it("compile the guide's examples as cells", { timeout: 60_000 }, () => {
    const guide = fs.readFileSync(path.join(root, "docs/compile.md"), "utf8");
    const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
    expect(blocks.length).toBeGreaterThan(2);
    // Cells may await at top level; a file may not.
    for (const block of blocks) expect(compile(block.replace("await useDevice", "void useDevice")).errors).toEqual([]);
  });

  it("catch mistakes in the use of a program", { timeout: 60_000 }, () => {
    const { errors } = compile(`
      import { tf, compile, trainStep, call, chain, sgd } from "genlab";
      const program = compile(
        { net: { w: tf.zeros<tf.Rank.R2>([2, 1]) } },
        {
          step: trainStep((state, { x }) => ({ loss: tf.sum(tf.matMul(x, state.net.w)) }), {
            inputs: { x: ["B", 2] }, of: "net", by: sgd({ lr: 1 }),
          }),
          twice: chain([["step", 2]]),
        },
      );
      declare const x: tf.Tensor2D;
      program.step();
      program.step({ y: x });
      program.step({ x }, { rate: 1 });
      program.step({ x }).los;
      program.read("nets");
      program.twice({ stop: { x } });
      compile({ net: x }, { step: trainStep((state) => ({ loss: tf.sum(state.net) }), { of: "nett", by: sgd({ lr: 1 }) }) });
    `);
    expect(errors.map((message) => message.split("\n")[0])).toEqual([
      expect.stringContaining("Expected 1-2 arguments, but got 0"),
      expect.stringContaining("'{ y: tf.Tensor2D; }' is not assignable"),
      expect.stringContaining("'{ rate: number; }' is not assignable"),
      expect.stringContaining("'los' does not exist"),
      expect.stringContaining("'\"nets\"' is not assignable to parameter of type '\"net\"'"),
      expect.stringContaining("'{ stop: { x: tf.Tensor2D; }; }' is not assignable"),
      expect.stringContaining("'\"nett\"' is not assignable to type"),
    ]);
  });

  it("catch a wrong metric name, a wrong shape, a wrong option", { timeout: 60_000 }, () => {
    const { errors } = compile(`
      import { tf, linear, randomStream, train } from "genlab";
      train({ steps: 1 }, () => ({ loss: 1 })).then(({ column }) => column("critic"));
      linear(randomStream(0).normal([3]), { w: tf.zeros([3, 2]) });
      train({ step: 1 }, () => ({ loss: 1 }));
    `);
    expect(errors.map((message) => message.split("\n")[0])).toEqual([
      expect.stringContaining(`'"critic"' is not assignable to parameter of type '"loss"'`),
      expect.stringContaining("'Tensor1D' is not assignable to parameter of type 'Tensor2D'"),
      expect.stringContaining("'{ step: number; }' is not assignable to parameter of type 'TrainOptions'"),
    ]);
  });

  it("contain no typed array with a type argument, which TypeScript 5.0 cannot read", () => {
    const files = (fs.readdirSync(home, { recursive: true }) as string[]).filter((name) => name.endsWith(".d.ts"));
    expect(files.length).toBeGreaterThan(20);
    const bad = files.filter((name) =>
      /\b(Float|Int|Uint|BigInt|BigUint)\w*Array<|ArrayBufferLike/.test(fs.readFileSync(path.join(home, name), "utf8")),
    );
    expect(bad).toEqual([]);
  });

  it("export nothing that is any", { timeout: 60_000 }, () => {
    const { program, checker } = compile(`import * as genlab from "genlab"; genlab;`);
    const index = program.getSourceFile(path.join(home, "dist/index.d.ts"))!;
    const names = checker.getExportsOfModule(checker.getSymbolAtLocation(index)!).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const value = (target.flags & ts.SymbolFlags.Value) !== 0;
      const type = value ? checker.getTypeOfSymbolAtLocation(target, index) : checker.getDeclaredTypeOfSymbol(target);
      const calls = type.getCallSignatures().map((signature) => checker.typeToString(signature.getReturnType()));
      return [symbol.name, [checker.typeToString(type), ...calls]] as const;
    });
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter(([, types]) => types.includes("any"))).toEqual([]);
  });
});
