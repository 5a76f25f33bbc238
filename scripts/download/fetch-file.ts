import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { CliError, ExitCode } from "../cli-error";
import type { Download } from "./manifest";

export interface FetchOptions {
  /** Another place that has the same file. */
  url?: string;
  signal: AbortSignal;
  /** Called as bytes arrive. */
  onProgress?: (done: number) => void;
  /** Milliseconds without a byte after which the connection counts as dead; a minute without it. */
  patience?: number;
}

/**
 * Fetches a file into `target`. What has arrived stays in `target`.part, and the next call asks only for the rest. Size and
 * checksum are compared before the file gets its name.
 * @throws CliError in one line: no network, an answer other than the file, a connection that broke, a wrong checksum
 */
export async function fetchFile(download: Download, target: string, options: FetchOptions): Promise<void> {
  const url = options.url ?? download.url;
  const part = `${target}.part`;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  let have = fs.existsSync(part) ? fs.statSync(part).size : 0;
  if (have > download.bytes) {
    fs.rmSync(part); // no beginning of this file
    have = 0;
  }
  if (have < download.bytes) await fetchRest(download, url, part, have, options);
  const sum = await sha256Of(part);
  if (sum !== download.sha256) {
    fs.rmSync(part);
    throw new CliError(
      `download: ${download.name} from ${url} has the checksum ${sum.slice(0, 12)}…, expected ${download.sha256.slice(0, 12)}…: dropped it; call again, or give another --url`,
    );
  }
  fs.renameSync(part, target);
}

async function fetchRest(
  { name, bytes }: Download,
  url: string,
  part: string,
  have: number,
  { signal, onProgress, patience = 60_000 }: FetchOptions,
): Promise<void> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), patience);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), patience);
  };
  let done = have;
  try {
    const headers: Record<string, string> = have > 0 ? { Range: `bytes=${have}-` } : {};
    // Compressed, a part would be a part of something else.
    const response = await fetch(url, {
      headers: { ...headers, "Accept-Encoding": "identity" },
      signal: AbortSignal.any([signal, stalled.signal]),
    });
    const continues = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${have}-`);
    if (!response.ok || (response.status === 206 && !continues)) {
      const cure =
        response.status >= 500 ? "call again later" : "the address may have changed; give another with --url";
      throw new CliError(`download: ${url} answers ${response.status} ${response.statusText}: ${cure}`);
    }
    if (!continues) done = 0; // the server sends all of it again
    const file = fs.openSync(part, continues ? "a" : "w");
    try {
      for await (const chunk of response.body ?? []) {
        alive();
        done += (chunk as Uint8Array).length;
        if (done > bytes) {
          fs.ftruncateSync(file, 0);
          throw new CliError(
            `download: ${url} sends more than the ${bytes} bytes of ${name}: not that file; check --url`,
          );
        }
        fs.writeSync(file, chunk as Uint8Array);
        onProgress?.(done);
      }
    } finally {
      fs.closeSync(file);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw explained(error, { name, url, done, bytes, interrupted: signal.aborted, stalled: stalled.signal.aborted });
  } finally {
    clearTimeout(timer);
  }
  if (done < bytes) {
    throw new CliError(`download: ${url} ended after ${done} of ${bytes} bytes: call again, it goes on from there`);
  }
}

function explained(
  error: unknown,
  at: { name: string; url: string; done: number; bytes: number; interrupted: boolean; stalled: boolean },
): CliError {
  const { name, url, done, bytes } = at;
  const kept = done > 0 ? `; ${done} of ${bytes} bytes are kept, call again to go on` : "";
  if (at.interrupted) return new CliError(`download: interrupted${kept}`, ExitCode.interrupted);
  const host = URL.canParse(url) ? new URL(url).host : url;
  if (at.stalled)
    return new CliError(`download: ${host} sends nothing any more${kept}: call again, or check the network`);
  const inner = (error instanceof Error ? error.cause : undefined) as { code?: string; message?: string } | undefined;
  const cause = inner?.code ?? inner?.message ?? (error instanceof Error ? error.message : String(error));
  const cure = `check the network; a program that needs ${name} also takes a file of yours, with --data`;
  return new CliError(`download: cannot get ${name} from ${host} (${cause})${kept}: ${cure}`);
}

/** A file's SHA-256, hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of fs.createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
