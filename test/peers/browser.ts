import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

/** Where systems put their Chromium; CHROMIUM names another place. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** The system's Chromium, or null when there is none. */
export function chromiumPath(): string | null {
  return [process.env.CHROMIUM ?? "", ...PLACES].find((file) => file !== "" && existsSync(file)) ?? null;
}

/** What to do without a browser: under CI a missing one is a failure. */
export const NO_BROWSER =
  "no Chromium on this machine: install the package chromium (or set CHROMIUM) to run this test";

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // The network flags keep Chromium from asking its maker's servers; the sandbox needs a user that is not root.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
