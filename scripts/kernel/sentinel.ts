// The sentinel thread sleeps in code that vm breaks on SIGINT, and says so to its parent.
//
// A signal handler of Node runs on the main thread's event loop, which does not turn while a cell computes; a worker cannot
// have one at all. vm's `breakOnSigint` works in any thread, and the innermost guarded code of the process gets the signal:
// a cell under way on the main thread first, else this thread. Two levels, so that there is no moment without a guard,
// in which SIGINT would end the process.
import { parentPort } from "node:worker_threads";
import vm from "node:vm";

const never = new Int32Array(new SharedArrayBuffer(4));

function guard(name: string, sleep: () => void): void {
  const key = `genlab.sentinel.${name}`;
  (globalThis as Record<string, unknown>)[key] = sleep;
  const script = new vm.Script(`globalThis[${JSON.stringify(key)}]()`);
  for (;;) {
    try {
      script.runInThisContext({ breakOnSigint: true });
    } catch {
      parentPort?.postMessage("SIGINT");
    }
  }
}

guard("outer", () => guard("inner", () => void Atomics.wait(never, 0, 0)));
