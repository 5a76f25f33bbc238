// While a function is recorded its numbers are only examples. What would freeze one of them into the graph asks here.
import type { tf } from "./tf";

/** What the recorder in force does in place of the eager library. */
export interface RecorderHooks {
  /** The function being recorded, for messages. */
  readonly name: string;
  /** A loop of the graph; see repeat. */
  repeat(times: number, carry: tf.Tensor[], body: (i: tf.Scalar, carry: tf.Tensor[]) => tf.Tensor[]): tf.Tensor[];
}

let current: RecorderHooks | undefined;

/** The recorder in force, if any. */
export function currentRecorder(): RecorderHooks | undefined {
  return current;
}

/** Puts a recorder in force while `body` runs. */
export function whileRecording<T>(hooks: RecorderHooks, body: () => T): T {
  if (current !== undefined)
    throw new Error(`${hooks.name} was called while ${current.name} is recorded: call it outside`);
  current = hooks;
  try {
    return body();
  } finally {
    current = undefined;
  }
}

/** @throws Error when a function is being recorded: its result would be frozen into the graph */
export function refuseWhileRecording(what: string, cure: string): void {
  if (current !== undefined) throw new Error(`${current.name}: ${what} while it is recorded: ${cure}`);
}
