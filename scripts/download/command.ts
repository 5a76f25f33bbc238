import fs from "node:fs";
import type { Command } from "commander";
import { CliError, ExitCode } from "../cli-error";
import type { Context } from "../context";
import { listenForCtrlC } from "../run/ctrl-c";
import { fetchFile, sha256Of } from "./fetch-file";
import { downloadPath, readManifest } from "./manifest";
import type { Download } from "./manifest";

interface Options {
  url?: string;
}

/** `genlab download`. */
export function register(program: Command, context: Context): void {
  program
    .command("download")
    .description("fetch a data set that no package holds, with checksum; lists them without a name")
    .argument("[name]", "a data set of data/downloads.json")
    .option("--url <url>", "take the same file from another place")
    .action((name: string | undefined, options: Options) => run(name, options, context));
}

async function run(name: string | undefined, { url }: Options, context: Context): Promise<void> {
  const manifest = readManifest(context.root);
  const print = (line: string): void => void context.stdout.write(`${line}\n`);
  if (name === undefined) {
    for (const each of manifest) print(`${each.name}  ${size(each.bytes)} · ${each.terms} · ${each.title}`);
    return;
  }
  const download = manifest.find((each) => each.name === name);
  if (download === undefined) {
    const names = manifest.map((each) => each.name).join(", ");
    throw new CliError(`download: no data set ${name}: there is ${names}`, ExitCode.usage);
  }
  const target = downloadPath(download, context.env);
  if (fs.existsSync(target)) {
    if ((await sha256Of(target)) === download.sha256) return print(`${target} is there already, and whole`);
    fs.rmSync(target); // changed or damaged: it would be taken for the data set
  }
  const ctrlC = listenForCtrlC();
  const progress = context.isTTY ? progressLine(download, context) : undefined;
  try {
    await fetchFile(download, target, { url, signal: ctrlC.signal, onProgress: progress });
  } finally {
    if (progress !== undefined) context.stdout.write("\r\u001b[K");
    ctrlC.dispose();
  }
  print(`${target} · ${size(download.bytes)}, checksum right`);
}

function progressLine({ name, bytes }: Download, context: Context): (done: number) => void {
  let shown = -1;
  return (done) => {
    const percent = Math.floor((100 * done) / bytes);
    if (percent === shown) return;
    shown = percent;
    context.stdout.write(`\r${name}: ${size(done)} of ${size(bytes)}, ${percent} %\u001b[K`);
  };
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
