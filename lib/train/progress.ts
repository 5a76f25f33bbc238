import { currentCell } from "./cell";

/** A plain line outside notebooks, at most this often. */
const PLAIN_MS = 10_000;
/** The live line changes at most this often. */
const LIVE_MS = 200;

/** One progress line: live in a notebook, a plain line now and then elsewhere. */
export class ProgressLine {
  private readonly started = performance.now();
  private readonly cell = currentCell();
  private lastShown: number;

  constructor(private readonly options: { name: string; steps: number; from: number; log: (line: string) => void }) {
    this.lastShown = this.cell === undefined ? this.started : -Infinity;
  }

  /** Seconds since the line was made. */
  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** `step` steps are finished; shows them when the last showing is long enough ago. */
  update(step: number, metrics: Record<string, number>): void {
    const now = performance.now();
    if (now - this.lastShown < (this.cell === undefined ? PLAIN_MS : LIVE_MS)) return;
    this.lastShown = now;
    const { name, steps, from } = this.options;
    const rate = (step - from) / this.seconds;
    const etaSeconds = (steps - step) / rate;
    const text = [
      `step ${count(step)} / ${count(steps)}`,
      ...describeMetrics(metrics),
      `${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} steps/s`,
      `ETA ${clock(etaSeconds)}`,
    ].join(" · ");
    if (this.cell === undefined) this.options.log(`${name}: ${text}`);
    else this.cell.progress({ name, step, steps, text, seconds: this.seconds, etaSeconds });
  }

  /** Ends the line with the words that are stored. */
  finish(step: number, text: string): void {
    const { name, steps } = this.options;
    this.cell?.progress({ name, step, steps, text, seconds: this.seconds, etaSeconds: 0, done: true });
    if (this.cell === undefined && this.seconds * 1000 >= PLAIN_MS) this.options.log(`${name}: ${text}`);
  }
}

/** "loss 0.1234", "critic −3.21", … */
export function describeMetrics(metrics: Record<string, number>): string[] {
  return Object.entries(metrics).map(([key, value]) => `${key} ${significant(value)}`);
}

/** 12,345 */
export function count(n: number): string {
  return n.toLocaleString("en");
}

/** 75 → "1:15", 3723 → "1:02:03" */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function significant(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(3);
  return Number(value.toPrecision(4)).toString();
}
