import { BREAK_HOOK } from "./threads";

const clearing = new Error("clearing the async stack before a termination");

/**
 * Lets the server thread terminate a loop that runs outside a cell's own guarded run. It evaluates the hook through the
 * inspector, in the middle of the loop, and terminates next. Node keeps a stack of async ids and aborts the process when a
 * termination (which skips `finally`) leaves it unbalanced; its handler of uncaught exceptions empties that stack.
 */
export function installBreakHook(onBreak: () => void): void {
  const hook = () => {
    fatalException(clearing);
    onBreak();
    return true;
  };
  Object.defineProperty(globalThis, Symbol.for(BREAK_HOOK), { value: hook });
}

/** Whether an uncaught exception is the hook's own. */
export function isClearing(error: unknown): boolean {
  return error === clearing;
}

function fatalException(error: Error): void {
  const node = process as unknown as { _fatalException: (error: Error, fromPromise: boolean) => boolean };
  node._fatalException(error, false);
}
