import { createRequire } from "node:module";
import { statSync } from "node:fs";
import { killAll } from "./children.mjs";
import { chosenDevice } from "./device.mjs";
import { SetupFailure, toolFailure } from "./failure.mjs";
import { peersStep } from "./peers.mjs";
import { projectAt, rootFolder } from "./project.mjs";
import { reportTo } from "./report.mjs";
import { setUp } from "./set-up.mjs";
import { steps } from "./steps.mjs";

/**
 * `[--cpu|--gpu] [command args…]`: sets up what is missing, then runs the built command line with the rest.
 * @param {string[]} args
 */
export async function runCommandLine(args) {
  const device = args.includes("--gpu") ? "gpu" : args.includes("--cpu") ? "cpu" : undefined;
  const rest = args.filter((arg) => arg !== "--gpu" && arg !== "--cpu");
  const project = projectAt(rootFolder(), process.env);
  const report = reportTo(process.stderr, process.stderr.isTTY === true && process.env.TERM !== "dumb");

  const stop = (signal) => {
    killAll();
    report.end(`Set-up stopped (${signal}). Run the same command again: it goes on from here.`);
    process.exit(signal === "SIGTERM" ? 143 : 130);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, stop);
  try {
    project.device = await chosenDevice(project, device);
    // PyTorch and JAX take more than a gigabyte: only for those who ask for the comparison.
    const peers = rest[0] === "bench" && rest.includes("--peers");
    const complete = await setUp(project, peers ? [...steps, peersStep] : steps, report);
    if (rest.length === 0 && !complete) process.exitCode = 4;
  } catch (error) {
    killAll();
    const known = error instanceof SetupFailure;
    if (!known && error?.code === undefined) throw error;
    report.end(known ? error.message : toolFailure("Set-up", String(error), "What is there works anyway").message);
    process.exit(4);
  }
  for (const signal of signals) process.off(signal, stop);
  if (rest.length === 0) return;
  process.argv = [process.argv[0], project.commandLine, ...rest];
  statSync(project.commandLine);
  createRequire(project.commandLine)(project.commandLine);
}
