import type { Json } from "../jupyter/wire";

interface Entry {
  line: number;
  input: string;
  output: string | null;
}

/** The session number reported: the kernel keeps the history of its own life only. */
const SESSION = 1;

/** Inputs and results of this session, as history_request asks for them. */
export class History {
  private readonly entries: Entry[] = [];

  add(line: number, input: string, output: string | null): void {
    this.entries.push({ line, input, output });
  }

  /** The content of history_reply. */
  reply(request: Json): Json {
    const chosen = this.choose(request);
    const withOutput = request.output === true;
    return {
      status: "ok",
      history: chosen.map(({ line, input, output }) => [SESSION, line, withOutput ? [input, output] : input]),
    };
  }

  private choose(request: Json): Entry[] {
    const n = typeof request.n === "number" && request.n >= 0 ? request.n : Infinity;
    switch (request.hist_access_type) {
      case "range": {
        // Session 0 is the current one, and so is 1; negative ones are earlier sessions, which are not kept.
        if (typeof request.session === "number" && request.session !== 0 && request.session !== SESSION) return [];
        const start = typeof request.start === "number" ? request.start : 0;
        const stop = typeof request.stop === "number" ? request.stop : Infinity;
        return this.entries.filter(({ line }) => line >= start && line < stop);
      }
      case "search": {
        const pattern = glob(typeof request.pattern === "string" ? request.pattern : "*");
        let found = this.entries.filter(({ input }) => pattern.test(input));
        if (request.unique === true) {
          found = found.filter(({ input }, i) => found.findLastIndex((other) => other.input === input) === i);
        }
        return last(found, n);
      }
      default:
        return last(this.entries, n);
    }
  }
}

function last(entries: Entry[], n: number): Entry[] {
  return entries.slice(Math.max(0, entries.length - n));
}

/** A pattern with * and ?, anchored at both ends. */
function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
}
