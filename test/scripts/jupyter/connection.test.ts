import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createConnection } from "../../../scripts/jupyter/connection";

describe("createConnection", () => {
  it("writes a file that only its owner may read, and removes it", async () => {
    const connection = await createConnection("tslab");
    expect(statSync(connection.file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(connection.file)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(connection.file, "utf8"))).toEqual(connection.info);
    expect(connection.info).toMatchObject({ transport: "tcp", ip: "127.0.0.1", signature_scheme: "hmac-sha256" });
    expect(connection.info.key).toMatch(/^[0-9a-f]{64}$/);
    connection.remove();
    connection.remove();
    expect(existsSync(path.dirname(connection.file))).toBe(false);
  });

  it("removes what a process that was killed outright has left, and nobody else's", async () => {
    const left = mkdtempSync(path.join(os.tmpdir(), "genlab-kernel-4194305-")); // above the highest process id
    const alive = mkdtempSync(path.join(os.tmpdir(), "genlab-kernel-1-"));
    const connection = await createConnection("tslab");
    expect([left, alive, connection.file].map((file) => existsSync(file))).toEqual([false, true, true]);
    rmSync(alive, { recursive: true });
    connection.remove();
  });

  it("gives no port and no key twice", async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => createConnection("tslab")));
    const ports = connections.flatMap(({ info }) => [
      info.shell_port,
      info.iopub_port,
      info.stdin_port,
      info.control_port,
      info.hb_port,
    ]);
    expect(new Set(ports).size).toBe(100);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    expect(new Set(connections.map(({ info }) => info.key)).size).toBe(20);
    connections.forEach((connection) => connection.remove());
  });
});
