// The visible list of steps: redrawn in place on a terminal, one line per event elsewhere.

const marks = { running: "·", done: "✓", failed: "✗", skipped: "–" };
const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/**
 * @param {{ write(text: string): unknown, columns?: number }} stream
 * @param {boolean} live whether lines can be redrawn
 */
export function reportTo(stream, live) {
  /** @type {Map<string, { title: string, state: string, began: number, seconds?: number, note: string }>} */
  const lines = new Map();
  let drawn = 0;
  let frame = 0;
  let timer;

  const text = (line) => {
    const seconds = line.seconds ?? (Date.now() - line.began) / 1000;
    const mark = line.state === "running" && live ? FRAMES[frame % FRAMES.length] : marks[line.state];
    const time = line.state === "skipped" ? "" : `${seconds.toFixed(1)} s`;
    return `${mark} ${line.title.padEnd(34)} ${time.padStart(8)}  ${line.note}`.trimEnd();
  };
  const draw = () => {
    const width = (stream.columns ?? 80) - 1;
    const rows = [...lines.values()].map((line) => `\x1b[2K${text(line).slice(0, width)}\n`);
    stream.write((drawn ? `\x1b[${drawn}A` : "") + rows.join(""));
    drawn = rows.length;
  };
  const halt = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    /** A line of its own, above the list. */
    say(message) {
      stream.write(live && drawn ? `\x1b[${drawn}A\x1b[J${message}\n` : `${message}\n`);
      if (live && drawn) {
        drawn = 0;
        draw();
      }
    },
    start(id, title) {
      const line = { title, state: "running", began: Date.now(), note: "" };
      lines.set(id, line);
      if (!live) stream.write(`  ${title} …\n`);
      else {
        draw();
        timer ??= setInterval(() => {
          frame += 1;
          draw();
        }, 100);
        timer.unref();
      }
    },
    /** What a running step is at, e.g. megabytes; shown on a terminal only. */
    note(id, note) {
      const line = lines.get(id);
      if (line) line.note = note;
    },
    finish(id, state, note = "") {
      const line = lines.get(id);
      if (!line) return;
      Object.assign(line, { state, note, seconds: (Date.now() - line.began) / 1000 });
      if (live) draw();
      else stream.write(`${text(line)}\n`);
      if ([...lines.values()].every((each) => each.state !== "running")) halt();
    },
    /** Leaves the list as it stands and adds a last message. */
    end(message) {
      halt();
      drawn = 0;
      if (message) stream.write(`${message}\n`);
    },
  };
}
