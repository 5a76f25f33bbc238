// The sentinel thread sleeps in code that vm breaks on SIGINT, and says so to its parent.
//
// A signal handler of Node runs on the main thread's event loop, which does not turn while a cell computes; a worker cannot
// have one at all. vm's `breakOnSigint` works in any thread, and the innermost guarded code of the process gets the signal:
// a cell under way on the main thread first, else this thread. A signal that finds no guard at all ends the process, and
// each one takes a guard down for some microseconds: hence many levels, for a burst of signals.
import { parentPort } from "node:worker_threads";
import vm from "node:vm";

const LEVELS = 32;
const never = new Int32Array(new SharedArrayBuffer(4));
let announced = false;
const KEY = "genlab.sentinel";
const script = new vm.Script(`globalThis[${JSON.stringify(KEY)}]()`);

function sleep(level: number): void {
  if (level === LEVELS) {
    if (!announced) parentPort?.postMessage("up");
    announced = true;
    Atomics.wait(never, 0, 0);
  }
  for (;;) {
    try {
      (globalThis as Record<string, unknown>)[KEY] = () => sleep(level + 1);
      script.runInThisContext({ breakOnSigint: true });
    } catch {
      parentPort?.postMessage("SIGINT");
    }
  }
}

sleep(0);
