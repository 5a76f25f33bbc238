import { readFileSync } from "node:fs";
import type { ConnectionInfo } from "./threads";

const FLAGS = ["--connection-file", "--config-path", "-f"];
const PORTS = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

/** The connection file named on the command line, as `--connection-file FILE` or `--config-path=FILE`. */
export function connectionFile(argv: readonly string[]): string {
  for (const [i, argument] of argv.entries()) {
    const flag = FLAGS.find((name) => argument === name || argument.startsWith(`${name}=`));
    const file = flag && (argument === flag ? argv[i + 1] : argument.slice(flag.length + 1));
    if (file) return file;
  }
  throw new Error(
    `expected --connection-file FILE, got "${argv.join(" ")}": Jupyter starts this program, not a person`,
  );
}

/** @throws Error with one line when the file cannot be read or is no connection file. */
export function readConnection(file: string): ConnectionInfo {
  let info: Partial<ConnectionInfo> & { signature_scheme?: unknown };
  try {
    info = JSON.parse(readFileSync(file, "utf8")) as typeof info;
  } catch (error) {
    throw new Error(`${file}: expected a connection file in JSON: ${(error as Error).message}`, { cause: error });
  }
  for (const port of PORTS) {
    if (!Number.isInteger(info[port])) throw new Error(`${file}: expected a port number as ${port}, got ${info[port]}`);
  }
  const scheme = info.signature_scheme;
  if (scheme !== undefined && scheme !== "" && scheme !== "hmac-sha256") {
    throw new Error(`${file}: expected the signature scheme hmac-sha256, got ${JSON.stringify(scheme)}`);
  }
  return {
    ...(info as ConnectionInfo),
    transport: info.transport ?? "tcp",
    ip: info.ip ?? "127.0.0.1",
    key: info.key ?? "",
  };
}
