import { StringDecoder } from "node:string_decoder";
import type { Cell } from "./cell";
import type { StreamName } from "./threads";

type Callback = (error?: Error | null) => void;

/**
 * Sends what the process writes to stdout and stderr to the cell that wrote it; without a cell it goes where it went before.
 */
export function captureStdio(cellOf: () => Cell | null): void {
  for (const name of ["stdout", "stderr"] as const) capture(name, cellOf);
}

function capture(name: StreamName, cellOf: () => Cell | null): void {
  const stream = process[name];
  const original = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  // A character may be cut between two writes of bytes.
  const decoders = new WeakMap<Cell, StringDecoder>();
  const write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback): boolean => {
    const cell = cellOf();
    if (!cell) return original(chunk, encoding, callback);
    if (typeof chunk === "string") cell.stream(name, chunk);
    else {
      let decoder = decoders.get(cell);
      if (!decoder) decoders.set(cell, (decoder = new StringDecoder("utf8")));
      cell.stream(name, decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
    }
    const done = typeof encoding === "function" ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
  stream.write = write;
}
