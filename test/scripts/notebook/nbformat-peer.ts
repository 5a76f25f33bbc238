import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const PYTHON = path.resolve(__dirname, "../../../.venv/bin/python");

/** Absent only where set-up has not run; under CI that is a failure, so nothing is skipped there. */
export const hasPeer = existsSync(PYTHON) || process.env.CI !== undefined;

const PROGRAM = `
import json, os, sys, nbformat
for line in sys.stdin:
    job = json.loads(line)
    try:
        if "file" in job:
            from jupyter_server.services.contents.filemanager import FileContentsManager  # takes seconds
            folder, name = os.path.split(job["file"])
            manager = FileContentsManager(root_dir=folder)
            if "content" in job:
                manager.save({"type": "notebook", "format": "json", "content": job["content"]}, name)
                answer = {"text": ""}
            else:
                answer = {"text": json.dumps(manager.get(name, content=True)["content"])}
            print(json.dumps(answer), flush=True)
            continue
        nb = nbformat.reads(job["text"], as_version=4)
        nbformat.validate(nb)
        answer = {"text": nbformat.writes(nb)}
        if not answer["text"].endswith("\\n"): answer["text"] += "\\n"  # as nbformat.write does
    except Exception as error:
        answer = {"error": type(error).__name__ + ": " + str(error)[:300]}
    print(json.dumps(answer), flush=True)
`;

/** Python's own nbformat in a process of its own: reads a notebook, validates it and writes it again. */
export class NbformatPeer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor() {
    this.child = spawn(PYTHON, ["-W", "ignore", "-c", PROGRAM]);
    createInterface({ input: this.child.stdout }).on("line", (line) => this.waiting.shift()?.(line));
    this.child.stderr.resume();
  }

  /** What nbformat.write makes of this file. */
  async rewrite(text: string): Promise<string> {
    return this.ask({ text });
  }

  /** What JupyterLab does when a notebook is opened and saved: the browser parses what the server sends, and sends it back. */
  async openAndSave(file: string): Promise<void> {
    const content: unknown = JSON.parse(await this.ask({ file }));
    await this.ask({ file, content });
  }

  private async ask(job: object): Promise<string> {
    const line = await new Promise<string>((resolve, reject) => {
      this.waiting.push(resolve);
      this.child.once("exit", (status) => reject(new Error(`nbformat ended with ${status}`)));
      this.child.stdin.write(JSON.stringify(job) + "\n");
    });
    this.child.removeAllListeners("exit");
    const answer = JSON.parse(line) as { text?: string; error?: string };
    if (answer.text === undefined) throw new Error(`nbformat refused the notebook: ${answer.error}`);
    return answer.text;
  }

  close(): void {
    this.child.stdin.end();
  }
}
