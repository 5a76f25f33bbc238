/** MIME type of a notebook's own progress, beside its text. */
export const PROGRESS_MIME = "application/vnd.genlab.progress+json";

/** What a notebook says about its own progress; lib/train sends it, the kernel passes it on, the runner shows it. */
export interface ProgressEvent {
  name?: string;
  step: number;
  steps: number;
  text: string;
  seconds?: number;
  etaSeconds?: number;
  done?: boolean;
}
