// While a function is recorded its numbers are only examples. What would freeze one of them into the graph asks here.
import { tf } from "./tf";

/** What the recorder in force does in place of the eager library. */
export interface RecorderHooks {
  /** The function being recorded, for messages. */
  readonly name: string;
  /** A loop of the graph; see repeat. */
  repeat(times: number, carry: tf.Tensor[], body: (i: tf.Scalar, carry: tf.Tensor[]) => tf.Tensor[]): tf.Tensor[];
  /** The example's numbers, to be checked and nothing else. */
  peek(tensor: tf.Tensor): Float32Array;
}

let current: RecorderHooks | undefined;
/** The program's function whose body is being run, recorded or op by op. */
let running: string | undefined;

/** The recorder in force, if any. */
export function currentRecorder(): RecorderHooks | undefined {
  return current;
}

/** Puts a recorder in force while `body` runs. */
export function whileRecording<T>(hooks: RecorderHooks, body: () => T): T {
  current = hooks;
  return lastly(body, () => (current = undefined));
}

/** @throws Error when a function is being recorded: its result would be frozen into the graph */
export function refuseWhileRecording(what: string, cure: string): void {
  if (current !== undefined) throw new Error(`${current.name}: ${what} while it is recorded: ${cure}`);
}

/** Runs a call of a program's function. @throws Error inside the body of another one, whose gradient could not pass */
export function whileRunning<T>(program: string, name: string, body: () => T): T {
  if (running !== undefined) {
    throw new Error(
      `${running}: calls ${program}.${name} inside a compiled function: call it outside, and give its result as an input`,
    );
  }
  running = name;
  const { state } = tf.engine();
  const { gradientDepth, kernelDepth, activeTape, activeScope, scopeStack } = state;
  const scopes = scopeStack.length;
  return lastly(body, (interrupted) => {
    running = undefined;
    if (!interrupted) return;
    // TensorFlow.js undoes these in `finally` blocks, which an interrupt skips.
    scopeStack.length = Math.min(scopes, scopeStack.length);
    Object.assign(state, { gradientDepth, kernelDepth, activeTape, activeScope });
  });
}

/**
 * Runs `body`, then `undo`, also when it throws. An interrupt in a notebook ends JavaScript without running any `finally`:
 * `undo` then runs before the next thing that anybody does, since `body` is synchronous. Where the cell has awaited before, the
 * microtasks that wait are dropped as well, but no timer is.
 */
export function lastly<T>(body: () => T, undo: (interrupted: boolean) => void): T {
  let open = true;
  const afterInterrupt = (): void => {
    if (!open) return;
    open = false;
    undo(true);
  };
  queueMicrotask(afterInterrupt);
  const timer = setTimeout(afterInterrupt, 0);
  try {
    return body();
  } finally {
    clearTimeout(timer);
    open = false;
    undo(false);
  }
}
