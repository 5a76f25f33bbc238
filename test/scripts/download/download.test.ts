import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Command } from "commander";
import { ExitCode } from "../../../scripts/cli-error";
import { realContext } from "../../../scripts/context";
import { register } from "../../../scripts/download/command";
import { fetchFile } from "../../../scripts/download/fetch-file";
import { downloadPath, readManifest } from "../../../scripts/download/manifest";
import type { Download } from "../../../scripts/download/manifest";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-download-"));
const body = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i) % 251));
const sha256 = createHash("sha256").update(body).digest("hex");

/** What the server does with the next request, and what it was asked for. */
let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
let asked: (string | undefined)[];
const server = http.createServer((request, response) => {
  asked.push(request.headers.range);
  answer(request, response);
});
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  fs.rmSync(folder, { recursive: true });
});

/** A server that knows ranges; it breaks the connection after `upTo` bytes of the file. */
const serving =
  (bytes = body, upTo = Infinity): typeof answer =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = from > 0 ? { "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { "Content-Length": bytes.length - from, ...range });
    response.write(bytes.subarray(from, upTo), () => (upTo < bytes.length ? response.destroy() : response.end()));
  };

let entry: Download;
let target: string;
const part = () => fs.existsSync(`${target}.part`) && fs.statSync(`${target}.part`).size;
const env = { XDG_CACHE_HOME: path.join(folder, "cache") };
beforeEach(() => {
  asked = [];
  answer = serving();
  entry = {
    name: "text",
    title: "A text",
    file: "text.bin",
    url: `${origin}/text`,
    bytes: body.length,
    sha256,
    terms: "none",
  };
  target = downloadPath(entry, env);
  fs.mkdirSync(path.join(folder, "data"), { recursive: true });
  fs.writeFileSync(path.join(folder, "data/downloads.json"), JSON.stringify([entry]));
});
afterEach(() => fs.rmSync(env.XDG_CACHE_HOME, { recursive: true, force: true }));

const get = (change: Partial<Download> = {}, options: { url?: string; patience?: number; signal?: AbortSignal } = {}) =>
  fetchFile({ ...entry, ...change }, target, { signal: new AbortController().signal, ...options });

async function download(...args: string[]): Promise<string> {
  let printed = "";
  const program = new Command("genlab").exitOverride().configureOutput({ writeErr: () => undefined });
  const stdout = { write: (text: string) => (printed += text) };
  register(program, { ...realContext(), cwd: folder, root: folder, env, stdout, isTTY: false });
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  await program.parseAsync(["download", ...args], { from: "user" });
  return printed;
}

describe("genlab download", () => {
  it("fetches, checks, and does so once", async () => {
    expect(await download("text")).toBe(`${target} · 100 kB, checksum right\n`);
    expect(fs.readFileSync(target).equals(body)).toBe(true);
    expect(fs.readdirSync(path.dirname(target))).toEqual(["text.bin"]);
    expect(await download("text")).toContain("is there already, and whole");
    expect(asked).toEqual([undefined]);
    fs.appendFileSync(target, "!"); // somebody changed it
    await download("text");
    expect(fs.readFileSync(target).equals(body)).toBe(true);
  });

  it("lists what there is, and names it for a wrong name", async () => {
    expect(await download()).toBe("text  100 kB · none · A text\n");
    await expect(download("texts")).rejects.toMatchObject({
      message: "download: no data set texts: there is text",
      exitCode: ExitCode.usage,
    });
  });

  it("takes the same file from another place", async () => {
    await download("text", "--url", `${origin}/mirror`);
    expect(fs.existsSync(target)).toBe(true);
  });
});

describe("fetchFile", () => {
  it("goes on where a connection broke, as often as it takes", async () => {
    answer = serving(body, 40_000);
    await expect(get()).rejects.toThrow(/40000 of 100000 bytes are kept, call again to go on/);
    expect([part(), fs.existsSync(target)]).toEqual([40_000, false]);
    answer = serving(body, 70_000);
    await expect(get()).rejects.toThrow("70000 of 100000 bytes are kept");
    answer = serving();
    await get();
    expect(asked).toEqual([undefined, "bytes=40000-", "bytes=70000-"]);
    expect(fs.readFileSync(target).equals(body)).toBe(true);
  });

  it("starts again at a server that knows no ranges, and after a part that is too long", async () => {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(`${target}.part`, body.subarray(0, 5000));
    answer = (_, response) => response.end(body);
    await get();
    expect(fs.readFileSync(target).equals(body)).toBe(true);
    fs.rmSync(target);
    fs.writeFileSync(`${target}.part`, Buffer.concat([body, body]));
    await get();
    expect(fs.readFileSync(target).equals(body)).toBe(true);
  });

  it("asks for nothing when all has arrived, and renames it", async () => {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(`${target}.part`, body);
    await get();
    expect(asked).toEqual([]);
    expect(fs.existsSync(target)).toBe(true);
  });

  it("refuses another file, of the same size or longer or shorter, and keeps nothing of it", async () => {
    answer = serving(Buffer.from(body).fill(7, 50, 60));
    await expect(get()).rejects.toThrow(
      /has the checksum \w{12}…, expected .*dropped it; call again, or give another --url/,
    );
    expect([part(), fs.existsSync(target)]).toEqual([false, false]);
    answer = serving(Buffer.concat([body, body]));
    await expect(get()).rejects.toThrow("sends more than the 100000 bytes of text: not that file");
    expect(part()).toBe(0);
    answer = serving(body.subarray(0, 500));
    await expect(get()).rejects.toThrow("ended after 500 of 100000 bytes: call again");
  });

  it.each([404, 403, 500, 503])("explains the answer %i", async (status) => {
    answer = (_, response) => void response.writeHead(status).end("no");
    await expect(get()).rejects.toThrow(new RegExp(`answers ${status} .*(--url|later)$`));
    expect(part()).toBe(false);
  });

  it("does not believe a range that it did not ask for", async () => {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(`${target}.part`, body.subarray(0, 5000));
    answer = (_, response) =>
      void response.writeHead(206, { "Content-Range": "bytes 0-9/100000" }).end(body.subarray(0, 10));
    await expect(get()).rejects.toThrow("answers 206");
    expect(part()).toBe(5000);
  });

  it("says that there is no network, in one line with what else to do", async () => {
    const closed = http.createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(get({ url: `http://127.0.0.1:${port}/x` })).rejects.toThrow(
      /^download: cannot get text from 127\.0\.0\.1:\d+ \(ECONNREFUSED\): check the network; a program that needs text also takes a file of yours, with --data$/,
    );
    await expect(get({ url: "http://no-such-host.invalid/x" })).rejects.toThrow(
      /cannot get text from no-such-host\.invalid \(/,
    );
    await expect(get({ url: "not a url" })).rejects.toThrow("cannot get text from not a url");
  });

  it("gives up on a server that falls silent, and obeys Ctrl-C; both keep what came", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "Content-Length": body.length });
      response.write(body.subarray(0, 3000));
    };
    await expect(get({}, { patience: 100 })).rejects.toThrow("sends nothing any more; 3000 of 100000 bytes are kept");
    const ctrlC = new AbortController();
    setTimeout(() => ctrlC.abort(), 100);
    await expect(get({}, { signal: ctrlC.signal })).rejects.toMatchObject({ exitCode: ExitCode.interrupted });
    expect(part()).toBe(3000);
  });
});

describe("the manifest", () => {
  it("of the project is complete, https, and names no file twice", () => {
    const entries = readManifest(realContext().root);
    expect(entries.map(({ name }) => name)).toContain("tinyshakespeare");
    expect(new Set(entries.map(({ file }) => file)).size).toBe(entries.length);
    for (const { url } of entries) expect(url).toMatch(/^https:\/\//);
  });

  it.each([
    ["no JSON", "{", "cannot be read"],
    ["no list", "{}", "is no list"],
    ["a path that leads outside", () => [{ ...entry, file: "../x" }], 'incomplete entry, "text"'],
    ["a short checksum", () => [{ ...entry, sha256: "abc" }], "incomplete entry"],
  ] as const)("with %s is refused", (_, content, message) => {
    const text = typeof content === "string" ? content : JSON.stringify(content());
    fs.writeFileSync(path.join(folder, "data/downloads.json"), text);
    expect(() => readManifest(folder)).toThrow(message);
  });
});
