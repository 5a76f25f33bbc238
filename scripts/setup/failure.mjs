/** Something could not be set up. The message is one line: what was tried and what happened, what works anyway, the cure. */
export class SetupFailure extends Error {
  /** @param {{ tried: string, works: string, fix: string }} parts */
  constructor({ tried, works, fix }) {
    super(`${tried}. ${works}. Fix: ${fix}`);
    this.name = "SetupFailure";
    this.tried = tried;
  }
}

/** Patterns in what npm, pip, a compiler or Node say, most telling first; pip ends a network error with "No matching distribution". */
const causes = [
  ["disk", /ENOSPC|No space left on device|Errno 28|EDQUOT|Disk quota exceeded|EFBIG|File too large|Errno 27/i],
  ["hash", /DO NOT MATCH THE HASHES|EINTEGRITY/i],
  [
    "network",
    /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|ENETUNREACH|ERR_SOCKET|NewConnectionError|Connection refused|name resolution|Max retries exceeded|Network is unreachable|ConnectTimeout|Read timed out|ProxyError|connection broken/i,
  ],
  ["missing", /No matching distribution|Could not find a version|ETARGET|E404|404 Not Found/i],
];

/**
 * What went wrong, told from the output of a tool: "disk", "hash", "network", "missing" or "other".
 * @param {string} output
 */
export function causeOf(output) {
  return causes.find(([, pattern]) => pattern.test(output))?.[0] ?? "other";
}

const sentences = {
  disk: "the disk is full",
  hash: "a download does not match its committed hash, so it was not used",
  network: "no network, or the package registry is out of reach",
  missing: "the package registry has no fitting package",
};

const cures = {
  disk: "free some space, then: npm run setup",
  hash: "npm run setup   (if it persists, look at the mirror in your npm or pip configuration)",
  network:
    "connect, or set your mirror (npm config set registry …, pip config set global.index-url …), then: npm run setup",
  missing: "look at the mirror in your npm or pip configuration, then: npm run setup",
};

/**
 * The failure of an outside tool as one line.
 * @param {string} tool what was run, e.g. "pip install of JupyterLab"
 * @param {string} output everything it said
 * @param {string} works what works without it
 */
export function toolFailure(tool, output, works) {
  const cause = causeOf(output);
  const said = lastLine(output);
  const sentence = sentences[cause] ?? (said ? `it said: ${said}` : "it said nothing");
  return new SetupFailure({
    tried: `${tool} failed: ${sentence}`,
    works,
    fix: cures[cause] ?? "npm run setup",
  });
}

/** The last telling line of a tool's output, shortened. */
export function lastLine(output) {
  const lines = output
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line && !/A complete log of this run|^npm (error|ERR!)$|\[notice\]/.test(line));
  const line = lines.findLast((each) => /error/i.test(each)) ?? lines.at(-1) ?? "";
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
