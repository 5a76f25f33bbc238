import { randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { isAlive } from "./is-alive";

/** The contents of a Jupyter connection file. */
export interface ConnectionInfo {
  transport: "tcp";
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  /** HMAC key; whoever reads it may run code in the kernel. */
  key: string;
  signature_scheme: "hmac-sha256";
  kernel_name: string;
}

/** A connection file of a kernel about to start: readable by its owner only, in a folder of its own. */
export interface Connection {
  info: ConnectionInfo;
  file: string;
  /** Removes file and folder; safe to call again. */
  remove(): void;
}

const IP = "127.0.0.1";
/** Below Linux's ephemeral range (32768 and up): no outgoing connection can take a port between our test and the kernel's bind. */
const PORTS = { min: 10_000, max: 32_000 };

/** The folders are named after the process that made them: what one killed outright has left can be told. */
const PREFIX = "genlab-kernel-";

/** Ports given out by this process; kernels that start in parallel must not get the same ones. */
const given = new Set<number>();

/** Picks free ports and writes the connection file (mode 0600 in a folder of mode 0700). */
export async function createConnection(kernelName: string): Promise<Connection> {
  removeStale();
  const ports: number[] = [];
  while (ports.length < 5) ports.push(await freePort());
  const info: ConnectionInfo = {
    transport: "tcp",
    ip: IP,
    shell_port: ports[0]!,
    iopub_port: ports[1]!,
    stdin_port: ports[2]!,
    control_port: ports[3]!,
    hb_port: ports[4]!,
    key: randomBytes(32).toString("hex"),
    signature_scheme: "hmac-sha256",
    kernel_name: kernelName,
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  const file = path.join(folder, "connection.json");
  const remove = () => {
    for (const port of ports) given.delete(port);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    writeFileSync(file, JSON.stringify(info, null, 2), { mode: 0o600 });
  } catch (error) {
    remove();
    throw error;
  }
  return { info, file, remove };
}

/** Removes the connection files of processes that are no more. */
function removeStale(): void {
  const folder = os.tmpdir();
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length)) : NaN;
    if (Number.isNaN(pid) || pid === process.pid || isAlive(pid)) continue;
    try {
      rmSync(path.join(folder, name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(PORTS.min, PORTS.max);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
    given.delete(port);
  }
  throw new Error(`no free TCP port between ${PORTS.min} and ${PORTS.max} on ${IP} in 200 tries`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: IP, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
