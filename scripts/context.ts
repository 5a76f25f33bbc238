import path from "node:path";

/** The effects that commands use, passed in so that tests are silent and exact. */
export interface Context {
  /** The folder that relative paths on the command line start from. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  /** Whether stdout is a terminal that redraws lines. */
  isTTY: boolean;
  /** The project's root: where package.json, notebooks/ and data/ lie. */
  root: string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The real thing; `root` is found from the built file build/scripts/context.js and from the source alike. */
export function realContext(): Context {
  const twoUp = path.resolve(__dirname, "..");
  return {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    isTTY: process.stdout.isTTY === true,
    root: path.basename(twoUp) === "build" ? path.dirname(twoUp) : twoUp,
    now: Date.now,
  };
}
