/** One line of a run's history: the step, counted from 0, and its metrics. */
export type HistoryRow = { step: number } & Record<string, number>;
