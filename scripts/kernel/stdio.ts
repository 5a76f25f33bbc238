import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Cell } from "./cell";
import type { StreamName } from "./threads";

type Callback = (error?: Error | null) => void;

/**
 * Replaces process.stdout and process.stderr: what is written goes to the cell that wrote it, without a cell to the file
 * descriptor. Call it before anything else looks at them: Node's own streams would make the descriptors non-blocking,
 * also for the parent that shares them, and a Python parent then loses output (BlockingIOError).
 */
export function captureStdio(cellOf: () => Cell | null): void {
  capture("stdout", 1, cellOf);
  capture("stderr", 2, cellOf);
}

function capture(name: StreamName, fd: 1 | 2, cellOf: () => Cell | null): void {
  // A character may be cut between two writes of bytes.
  const decoders = new WeakMap<Cell, StringDecoder>();
  const write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback): boolean => {
    const cell = cellOf();
    if (!cell) writeDown(fd, typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    else if (typeof chunk === "string") cell.stream(name, chunk);
    else {
      let decoder = decoders.get(cell);
      if (!decoder) decoders.set(cell, (decoder = new StringDecoder("utf8")));
      cell.stream(name, decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
    }
    const done = typeof encoding === "function" ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
  const stream = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { fd, write });
  Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true });
}

/** All of `bytes`, as far as somebody reads; a full or closed pipe loses the rest, as nobody is served by waiting. */
function writeDown(fd: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } catch (error) {
    if (!["EAGAIN", "EPIPE", "EBADF", "EIO"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
