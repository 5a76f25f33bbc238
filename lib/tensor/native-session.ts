// Node only. A graph in a TensorFlow session: loaded through a SavedModel, the one door that tfjs-node offers.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { nativeBackend } from "./native-binding";
import type { TensorMetadata } from "./native-binding";
import { savedModelMessage } from "./native-protobuf";

/** A session and what it holds: variables, and the graph's executors. Must be closed. */
export class Session {
  private id: number | undefined;

  constructor(nodes: readonly Buffer[]) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-graph-"));
    try {
      fs.writeFileSync(path.join(folder, "saved_model.pb"), savedModelMessage(nodes));
      this.id = nativeBackend().binding.loadSavedModel(folder, "serve");
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Runs what `fetches` need. @param feeds names of placeholders, and tensors by number @returns new tensors, the caller's */
  run(feeds: readonly [string, number][], fetches: readonly string[]): TensorMetadata[] {
    if (this.id === undefined) throw new Error("the session is closed: a fault of Genlab, please report it");
    const { binding } = nativeBackend();
    return binding.runSavedModel(
      this.id,
      feeds.map(([, id]) => id),
      feeds.map(([name]) => name).join(","),
      fetches.join(","),
    );
  }

  close(): void {
    if (this.id !== undefined) nativeBackend().binding.deleteSavedModel(this.id);
    this.id = undefined;
  }
}
