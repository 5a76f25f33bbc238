import type { Figure } from "../show/figure";
import { lineFigure } from "../show/line-figure";
import { show } from "../show/show";
import type { DisplayHandle } from "../show/show";
import { currentCell } from "./cell";
import type { HistoryRow } from "./history";

/** Points of a line at most: more cannot be told apart, and a stored figure should stay small. */
const POINTS = 200;
/** The figure changes at most this often, and takes at most a twentieth of the time. */
const LIVE_MS = 1000;
const SHARE = 20;

/** The loss figure that follows a run in a notebook: loss, and every other metric whose name ends in "loss". */
export class LiveLoss {
  private handle: DisplayHandle | undefined;
  private next = 0;

  constructor(private readonly name: string) {}

  /** A figure in the running cell; undefined outside notebooks. */
  static inCell(name: string): LiveLoss | undefined {
    return currentCell() === undefined ? undefined : new LiveLoss(name);
  }

  /** Shows the history so far, when the last time is long enough ago. */
  update(history: HistoryRow[]): void {
    if (performance.now() >= this.next) this.finish(history);
  }

  /** Shows the history as it is: what is stored. */
  finish(history: HistoryRow[]): void {
    if (history.length === 0) return;
    const started = performance.now();
    const drawn = lossFigure(history, this.name);
    if (this.handle === undefined) this.handle = show(drawn);
    else this.handle.update(drawn);
    const now = performance.now();
    this.next = now + Math.max(LIVE_MS, SHARE * (now - started));
  }
}

/** Loss against step; long runs as means over equal stretches. The axes are called the same however long a run is. */
export function lossFigure(history: HistoryRow[], name: string): Figure {
  const metrics = [...new Set(history.flatMap((row) => Object.keys(row)))].filter((key) => /loss$/i.test(key));
  const stretch = Math.ceil(history.length / POINTS);
  const lines = metrics.map((metric) => {
    const [x, y]: [number[], number[]] = [[], []];
    for (let from = 0; from < history.length; from += stretch) {
      const rows = history.slice(from, from + stretch).filter((row) => row[metric] !== undefined);
      if (rows.length === 0) continue;
      const mean = (key: string): number => rows.reduce((sum, row) => sum + row[key]!, 0) / rows.length;
      x.push(mean("step"));
      y.push(Number(mean(metric).toPrecision(6)));
    }
    return { name: metric, x, y };
  });
  const title = name === "train" ? "Loss while training" : `Loss while training: ${name}`;
  return lineFigure({ title, x: "step", y: "loss", lines });
}
