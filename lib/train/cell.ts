/** The running cell's door to the kernel; absent on a stock kernel and outside notebooks. */
export interface Cell {
  /** Aborted by an interrupt. */
  signal: AbortSignal;
  display(
    bundle: Record<string, unknown>,
    options?: { id?: string; update?: boolean; metadata?: Record<string, unknown> },
  ): void;
  progress(event: ProgressEvent): void;
}

/** What the live progress line says; `done` stores `text` as the output's last word. */
export interface ProgressEvent {
  name?: string;
  step: number;
  steps: number;
  text: string;
  seconds?: number;
  etaSeconds?: number;
  done?: boolean;
}

/** The cell that is running now; undefined outside our kernel. */
export function currentCell(): Cell | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("genlab.cell")] as Cell | undefined;
}
