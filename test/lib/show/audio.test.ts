import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { audio } from "../../../lib/show/audio";
import { DISPLAY } from "../../../lib/show/mime";
import { chromiumPath, launch, NO_BROWSER } from "../../peers/browser";

const tone = (seconds: number): Float32Array =>
  Float32Array.from({ length: seconds * 8000 }, (_, t) => 0.5 * Math.sin((2 * Math.PI * 440 * t) / 8000));

describe("players", () => {
  it("carry the sound, its name and words for those who cannot hear it", () => {
    const players = audio([{ name: "a < b", samples: tone(0.5) }], { rate: 8000, caption: "Two tones" });
    const bundle = players[DISPLAY]();
    expect(Object.keys(bundle)).toEqual(["text/html", "text/plain"]);
    expect(bundle["text/plain"]).toBe("Sound: Two tones: a < b (0.50 s); open the notebook in JupyterLab to hear it");
    const html = bundle["text/html"] as string;
    expect(html).toContain("<figcaption>a &lt; b</figcaption>");
    expect(html).toContain("Two tones");
    expect(html.length).toBeLessThan(4000 * 1.4 + 700);
    expect(html).not.toContain("<script");
    expect(html).toMatch(/<audio [^>]*src="data:audio\/wav;base64,/);
  });

  it("begin and end softly, so that nothing clicks", () => {
    const loud = new Float32Array(400).fill(0.9);
    const html = audio([{ name: "x", samples: loud }], { rate: 8000, form: "16 bit" }).toHtml();
    const bytes = Buffer.from(/base64,([^"]+)/.exec(html)![1]!, "base64");
    const at = (i: number): number => bytes.readInt16LE(44 + 2 * i) / 32_767;
    expect(at(0)).toBeLessThan(0.05);
    expect(at(399)).toBeLessThan(0.05);
    expect(at(200)).toBeCloseTo(0.9, 3);
  });

  it("say what is no sound", () => {
    expect(() => audio([], { rate: 8000 })).toThrow("no sounds: give at least one");
    expect(() => audio([{ name: "a", samples: new Float32Array(0) }], { rate: 8000 })).toThrow("a has no samples");
    expect(() => audio([{ name: "a", samples: Float32Array.of(0, NaN) }], { rate: 8000 })).toThrow(
      "sample 1 of a is NaN",
    );
    expect(() => audio([{ name: "a", samples: tone(0.1) }], { rate: 0.5 })).toThrow("0.5 samples a second");
  });
});

/**
 * In the page: leaves of players what JupyterLab's sanitizer lets through of a notebook that nobody has trusted yet, by its list of
 * attributes (@jupyterlab/apputils, sanitizer.ts): a source without its src, an audio element with its own.
 */
const SANITIZE = `(() => {
  const kept = { AUDIO: ["autoplay", "controls", "loop", "mediagroup", "muted", "preload", "src"], SOURCE: ["type"] };
  for (const element of document.querySelectorAll("audio, source")) {
    for (const name of element.getAttributeNames()) {
      if (!kept[element.tagName].includes(name)) element.removeAttribute(name);
    }
  }
})()`;

/** In the page: what its player says of the sound, and what the samples are after decoding. */
const HEAR = `(async () => {
  const element = document.querySelector("audio");
  await new Promise((resolve, reject) => {
    element.addEventListener("loadedmetadata", resolve);
    element.addEventListener("error", () => reject(new Error(element.error.message)));
    element.load();
  });
  const bytes = await (await fetch(element.src)).arrayBuffer();
  const context = new OfflineAudioContext(1, 8000, 8000);
  const samples = (await context.decodeAudioData(bytes)).getChannelData(0);
  const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
  return { duration: element.duration, loudness: Math.sqrt(power) };
})()`;

const executable = chromiumPath();

describe.skipIf(executable === null && !process.env.CI)(`in Chromium${executable ? "" : ` (${NO_BROWSER})`}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    if (executable === null) throw new Error(NO_BROWSER);
    browser = await launch(executable);
  });
  afterAll(() => browser?.close());

  it.each(["mu-law", "16 bit"] as const)(
    "%s plays in a notebook that is not trusted: its length and its loudness are right",
    async (form) => {
      const page = await browser.newPage();
      await page.setContent(audio([{ name: "a", samples: tone(0.5) }], { rate: 8000, form }).toHtml());
      await page.evaluate(SANITIZE);
      const heard = await page.evaluate<{ duration: number; loudness: number }>(HEAR);
      expect(heard.duration).toBeCloseTo(0.5, 2);
      expect(heard.loudness).toBeCloseTo(0.5 / Math.SQRT2, 1);
      await page.close();
    },
  );
});
