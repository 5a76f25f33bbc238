/**
 * `node main.js genlab|eager`: our own contender of the benchmark, one process for each workload. It answers JSON lines on
 * stdin with JSON lines on stdout (../protocol.ts) and ends with its stdin.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Requests } from "../protocol";
import { GenlabContender } from "./genlab-contender";

type Ask = { [K in keyof Requests]: { id: number; do: K } & Requests[K]["ask"] }[keyof Requests];

// What a library prints must not stand among the answers.
process.stdout.write = process.stderr.write.bind(process.stderr);

const contender = new GenlabContender({ eager: process.argv[2] === "eager" });

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.do) {
    case "hello":
      return contender.hello();
    case "load":
      return contender.load(ask);
    case "export":
      return contender.export(ask);
    case "run":
      return contender.run(ask.turns);
    case "memory":
      return contender.memory();
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const ask = JSON.parse(line) as Ask;
    let reply: object;
    try {
      reply = { id: ask.id, ok: true, result: await answer(ask) };
    } catch (error) {
      const [first] = (error instanceof Error ? error.message : String(error)).split("\n");
      if (error instanceof Error) console.error(error.stack);
      reply = { id: ask.id, ok: false, error: first };
    }
    const bytes = Buffer.from(`${JSON.stringify(reply)}\n`);
    for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
  }
}

void main();
