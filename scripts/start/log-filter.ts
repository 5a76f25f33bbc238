/** Lines of TensorFlow's native library, and of Jupyter about itself, that say nothing to a reader. */
const NOISE = [
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] /, // TensorFlow: date, severity, file
  /^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ /, // absl
  /^WARNING: All log messages before absl::InitializeLog/,
  /oneDNN custom operations|cpu_feature_guard|rebuild TensorFlow with the appropriate compiler flags/,
  /To access the server|Or copy and paste|file:\/\/|^\s+https?:\/\/(127\.0\.0\.1|localhost)/,
  /Running as root is not recommended|ServerApp\.token config is deprecated/,
];

/**
 * Splits a stream into lines and passes on those worth a look on the terminal: warnings and errors of the server, and
 * whatever a kernel's process says before it dies. Information lines and their continuation stay in the log file.
 * @param write gets whole lines with their end
 */
export function logFilter(write: (line: string) => void): (chunk: string) => void {
  let rest = "";
  let quiet = false; // inside a message that is not shown
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const severity = /^\[([DIWEC]) /.exec(line)?.[1];
      if (severity) quiet = severity === "D" || severity === "I" || severity === "C";
      else if (!/^\s/.test(line)) quiet = false;
      if (!quiet && line.trim() !== "" && !NOISE.some((pattern) => pattern.test(line))) write(`${line}\n`);
    }
  };
}
