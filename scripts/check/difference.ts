/** What kind of thing changed. */
export type DifferenceKind =
  /** The committed notebook cannot serve as a baseline. */
  | "baseline"
  /** A rule of the series is broken: size, figures, kernel, parameters cell, machine paths. */
  | "convention"
  /** A cell is missing, new or elsewhere. */
  | "cells"
  | "source"
  /** An output is missing, new or of another kind. */
  | "structure"
  | "text"
  | "metric"
  | "figure"
  | "picture"
  /** JSON data other than a figure. */
  | "data";

/** One thing that is not as committed. */
export interface Difference {
  /** The cell's number as people count, from 1; 0 for the notebook as a whole. */
  cell: number;
  id: string;
  /** The first line of the cell's source. */
  line: string;
  kind: DifferenceKind;
  /** Where in the cell, such as `output 2 text/plain`. */
  path: string;
  expected: string;
  got: string;
  /** One line for a person. */
  message: string;
  /** Lines that start with "-" (expected), "+" (got) or " " (the same), where several lines say more than one. */
  diff?: string[];
}

/** A difference before it is known which cell it is in. */
export type Finding = Omit<Difference, "cell" | "id" | "line">;

/** A metric as recorded by lib/show in `application/vnd.genlab.metric+json`. */
export interface Metric {
  name: string;
  value: number;
  unit: string;
  band: { min?: number; max?: number };
  profile: string;
  /** What was recorded instead of a finite number. */
  problem?: string;
}

/** One line of the table of metrics. */
export interface MetricRow {
  cell: number;
  name: string;
  unit: string;
  expected: number | null;
  got: number | null;
  band: { min?: number; max?: number };
  ok: boolean;
}

/** What a comparison found: no differences means the notebook passed. */
export interface CheckReport {
  differences: Difference[];
  metrics: MetricRow[];
}

/** How strictly the outputs of a cell are compared. */
export interface Strictness {
  /** Numbers, pictures and words; not where results are trained or come from another profile. */
  values: boolean;
  /** Lengths of data and sizes of pictures; not where results come from another profile. */
  lengths: boolean;
  /** Bands of metrics; only in the profile that made the committed outputs. */
  bands: boolean;
  /** Whether a stream of text may be absent: a shorter training prints less. */
  silence: boolean;
}
