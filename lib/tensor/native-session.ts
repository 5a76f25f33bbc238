// Node only. A graph in a TensorFlow session: loaded through a SavedModel, the one door that tfjs-node offers.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { nativeBackend } from "./native-binding";
import type { Binding, TensorMetadata } from "./native-binding";
import { savedModelMessage } from "./native-protobuf";

/** The last resort for what nobody closed: a notebook's cell that is run again drops the program it made before. */
const dropped = new FinalizationRegistry<() => void>((close) => close());

/** A session and what it holds: variables, and the graph's executors. Must be closed. */
export class Session {
  // Its own: a program may be disposed while another backend is in use.
  private readonly binding: Binding = nativeBackend().binding;
  private id: number | undefined;

  constructor(nodes: readonly Buffer[]) {
    const { binding } = this;
    let folder: string;
    try {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-graph-"));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`compile cannot write its graph (${why}): free the disk, or set TMPDIR to another`, { cause });
    }
    try {
      fs.writeFileSync(path.join(folder, "saved_model.pb"), savedModelMessage(nodes));
      const id = binding.loadSavedModel(folder, "serve");
      this.id = id;
      dropped.register(this, () => binding.deleteSavedModel(id), this);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Runs what `fetches` need. @param feeds names of placeholders, and tensors by number @returns new tensors, the caller's */
  run(feeds: readonly [string, number][], fetches: readonly string[]): TensorMetadata[] {
    if (this.id === undefined) throw new Error("the session is closed: a fault of Genlab, please report it");
    return this.binding.runSavedModel(
      this.id,
      feeds.map(([, id]) => id),
      feeds.map(([name]) => name).join(","),
      fetches.join(","),
    );
  }

  close(): void {
    if (this.id === undefined) return;
    dropped.unregister(this);
    this.binding.deleteSavedModel(this.id);
    this.id = undefined;
  }
}
