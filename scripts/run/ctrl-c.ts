const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Turns the first Ctrl-C (or SIGTERM) into an abort, on which kernels are interrupted and cleaned up. A second one ends
 * the process at once; the kernels' reaper still kills their process groups.
 */
export function listenForCtrlC(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const dispose = () => SIGNALS.forEach((signal) => process.off(signal, onSignal));
  const onSignal = () => {
    dispose();
    controller.abort();
  };
  SIGNALS.forEach((signal) => process.on(signal, onSignal));
  return { signal: controller.signal, dispose };
}
