const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** One Ctrl-C may arrive twice: from the terminal and, forwarded, from npm. */
const SAME_KEY_PRESS_MS = 1_000;

/**
 * Turns the first Ctrl-C (or SIGTERM) into an abort, on which kernels are interrupted and cleaned up. A second one, a
 * second later, ends the process at once; the kernels' reaper still kills their process groups.
 */
export function listenForCtrlC(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let pressedAt = 0;
  const dispose = () => SIGNALS.forEach((signal) => process.off(signal, onSignal));
  const onSignal = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      pressedAt = performance.now();
      controller.abort();
    } else if (performance.now() - pressedAt > SAME_KEY_PRESS_MS) {
      dispose();
      process.kill(process.pid, signal);
    }
  };
  SIGNALS.forEach((signal) => process.on(signal, onSignal));
  return { signal: controller.signal, dispose };
}
