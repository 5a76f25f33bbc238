/**
 * Whatever ends this process, its kernels end too: live kernels register here, and are killed with their process groups
 * when node exits, dies of an exception, or gets a signal. (Nothing can be done against SIGKILL, except that our kernel
 * watches its parent.)
 */
const live = new Set<() => void>();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Registers a synchronous clean-up; the returned function takes it back. */
export function reapOnExit(cleanUp: () => void): () => void {
  if (live.size === 0) listen();
  live.add(cleanUp);
  return () => {
    live.delete(cleanUp);
    if (live.size === 0) unlisten();
  };
}

function listen(): void {
  process.on("exit", reap);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off("exit", reap);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function reap(): void {
  for (const cleanUp of [...live]) {
    try {
      cleanUp();
    } catch {
      // The next kernel must be killed even if this one resisted.
    }
  }
  live.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Someone else listens: that one ends the kernels politely (genlab's Ctrl-C), and `exit` above remains as the net.
  if (process.listenerCount(signal) > 1) return;
  reap();
  unlisten();
  process.kill(process.pid, signal);
}
