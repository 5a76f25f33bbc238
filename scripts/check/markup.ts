const ENTITIES = new Map([
  ["nbsp", " "],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["amp", "&"],
]);

/** What a reader sees of HTML or SVG: its text, one table row or block per line, cells apart by " | ". */
export function visibleText(markup: string): string {
  return markup
    .replace(/<!--[^]*?-->/g, "")
    .replace(/<(style|script|defs|metadata)\b[^]*?<\/\1\s*>/gi, "")
    .replace(/\s+/g, " ")
    .replace(/<\/t[dh]\s*>/gi, " | ")
    .replace(/<(?:br|\/tr|\/p|\/div|\/li|\/h\d|\/pre|\/text|\/caption)\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES.get(name.toLowerCase()) ?? whole;
      const code = Number.parseInt(decimal ?? hex ?? "", decimal === undefined ? 16 : 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** Names of columns that hold times or speeds: "time (s)", "speed (steps/s)", "seconds". */
const TIMED =
  /^(?:time|seconds|minutes|milliseconds|elapsed|duration|ETA)$| \((?:s|sec|seconds|ms|µs|ns|[^()/]* ?\/ ?s)\)$|^time \((?:min|h)\)$/;

/** Replaces the numbers of an HTML table's columns, and of its rows, that are named as times: no two runs agree there. */
export function maskTimes(markup: string): string {
  const columns = new Set<number>();
  let first = true;
  return markup.replace(/<table\b|<tr\b[^]*?(?=<t(?:r|able)\b|<\/table\b|$)/gi, (row) => {
    if (!/^<tr/i.test(row)) {
      columns.clear();
      first = true;
      return row;
    }
    let column = -1;
    let whole = false;
    const masked = row.replace(
      /(<(t[dh])\b[^>]*>)([^]*?)(<\/\2\s*>)/gi,
      (cell, open: string, _tag, text: string, close: string) => {
        column += 1;
        if ((first || column === 0) && TIMED.test(visibleText(text).trim())) {
          if (first) columns.add(column);
          else whole = true;
          return cell;
        }
        return !first && (whole || columns.has(column)) ? `${open}&lt;time&gt;${close}` : cell;
      },
    );
    first = false;
    return masked;
  });
}

/** How often each element occurs, such as "circle 3, path 1", in order of names. */
export function elementCounts(markup: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ""] of markup.replace(/<!--[^]*?-->/g, "").matchAll(/<([a-zA-Z][\w:-]*)/g)) {
    counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}
