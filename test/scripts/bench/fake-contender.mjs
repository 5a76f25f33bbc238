// node fake-contender.mjs MODE: speaks the benchmark's protocol, and misbehaves as MODE says.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [mode, log] = process.argv.slice(2);
const send = (line) => process.stdout.write(`${line}\n`);

createInterface(process.stdin).on("line", (line) => {
  const ask = JSON.parse(line);
  const reply = (result) => send(JSON.stringify({ id: ask.id, ok: true, result }));
  if (log) appendFileSync(log, `${mode} ${ask.do}${ask.turns ? ` ${ask.turns}` : ""}\n`);
  if (ask.do === "load") {
    if (mode === "dies") {
      console.error("Traceback: no module named torch");
      process.exitCode = 3;
      process.stdin.destroy();
    } else if (mode === "garbage") send("Welcome to my library 1.0");
    else if (mode === "null") send("null");
    else if (mode === "stale") send(JSON.stringify({ id: ask.id - 1, ok: true, result: {} }));
    else if (mode === "refuses") send(JSON.stringify({ id: ask.id, ok: false, error: "no mlp_torch.py" }));
    else if (mode === "hangs") setTimeout(() => undefined, 60_000);
    else if (mode === "wrong") reply({ losses: [1.001, 0.9], firstMs: 1 });
    else if (mode === "nan") reply({ losses: [null], firstMs: 1 });
    else if (mode === "drifts") reply({ losses: [1, 0.5], firstMs: 1 });
    else if (mode === "silent") reply({ losses: [1.00005], firstMs: 1 });
    else reply({ losses: [1, 0.9], firstMs: 7 });
  } else if (ask.do === "run") reply({ ms: ask.turns * 2, count: ask.turns * 10 });
  else if (ask.do === "memory") reply({ peakMB: 123 });
  else reply({});
});
