import type { HistoryRow } from "./history";

/** The loss figure that follows a run. */
export class LiveLoss {
  /** A figure in the running cell; undefined outside notebooks. */
  static inCell(_name: string): LiveLoss | undefined {
    return undefined;
  }

  update(_history: HistoryRow[]): void {}

  finish(_history: HistoryRow[]): void {}
}
