import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, ConsoleMessage, Page } from "playwright-core";
import { NO_BROWSER, chromiumPath, launch } from "./browser";
import { startLab } from "./jupyterlab-server";
import type { LabServer } from "./jupyterlab-server";
import { JupyterWorld } from "./python-peer";

/** Twenty seconds on a quiet machine. */
const TIMEOUT_MS = 400_000;
const STEP_MS = 120_000;

/** As much of JupyterLab's application as is needed here; it is exposed to the page by a server option. */
interface Lab {
  restored: Promise<void>;
  commands: { execute(id: string): Promise<unknown> };
  shell: {
    currentWidget: { sessionContext: { ready: Promise<void>; session: { kernel: { status: string } } | null } } | null;
  };
}

const PLOT = {
  data: [{ type: "scatter", mode: "lines", x: [0, 1, 2], y: [2, 1, 3], name: "loss" }],
  layout: { title: { text: "A loss curve" }, width: 400, height: 300 },
};

const path = chromiumPath();
let world: JupyterWorld;
let lab: LabServer | undefined;
let browser: Browser | undefined;

beforeAll(async () => {
  world = new JupyterWorld();
  if (path === null) return;
  world.notebook("plot", [
    { source: "const answer: number = 41;\nconsole.log('printed', answer)" },
    { source: "answer + 1" },
    {
      source: `(globalThis as any)[Symbol.for("genlab.cell")].display({ "text/plain": "a figure", "application/vnd.plotly.v1+json": ${JSON.stringify(PLOT)} })`,
    },
  ]);
  world.notebook("endless", [
    { source: "await null;\nconsole.log('started');\nwhile (true) {}" },
    { source: "'after'" },
  ]);
  [lab, browser] = await Promise.all([startLab(world, STEP_MS), launch(path)]);
}, TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  world.remove();
});

/** Opens a notebook and waits for its kernel; collects what the page complains about. */
async function open(notebook: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser!.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message: ConsoleMessage) => {
    if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.setDefaultTimeout(STEP_MS);
  await page.goto(lab!.url(notebook));
  await page.waitForSelector(".jp-Notebook .jp-CodeCell");
  await page.waitForFunction(() => {
    const app = (globalThis as unknown as { jupyterapp?: Lab }).jupyterapp;
    return app?.shell.currentWidget?.sessionContext?.session?.kernel.status === "idle";
  });
  return { page, complaints };
}

function command(page: Page, id: string): Promise<unknown> {
  return page.evaluate((name) => {
    // Not awaited there: running a notebook ends with its last cell.
    void (globalThis as unknown as { jupyterapp: Lab }).jupyterapp.commands.execute(name);
  }, id);
}

async function idle(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const app = (globalThis as unknown as { jupyterapp: Lab }).jupyterapp;
    return app.shell.currentWidget?.sessionContext.session?.kernel.status === "idle";
  });
}

describe.runIf(path !== null)("JupyterLab in Chromium", () => {
  it("runs all cells and draws a Plotly figure, without an error in its console", { timeout: TIMEOUT_MS }, async () => {
    const { page, complaints } = await open("plot.ipynb");
    await command(page, "notebook:run-all-cells");
    const figure = page.locator(".jp-OutputArea .js-plotly-plot .main-svg").first();
    await figure.waitFor({ state: "visible" });
    await idle(page);
    const box = await figure.boundingBox();
    expect(box?.width).toBeGreaterThan(300);
    expect(await page.locator(".js-plotly-plot path.js-line").count()).toBe(1);
    expect(await page.locator(".jp-OutputArea-output").first().innerText()).toContain("printed 41");
    expect(await page.locator(".jp-OutputArea-executeResult").first().innerText()).toContain("42");
    expect(await page.locator(".jp-InputPrompt").allInnerTexts()).toEqual(["[1]:", "[2]:", "[3]:"]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("interrupts a cell that computes for ever", { timeout: TIMEOUT_MS }, async () => {
    const { page, complaints } = await open("endless.ipynb");
    await command(page, "notebook:run-all-cells");
    await page.locator(".jp-OutputArea-output", { hasText: "started" }).first().waitFor();
    await command(page, "kernelmenu:interrupt");
    await page.locator(".jp-OutputArea-output", { hasText: "Interrupted: the cell was interrupted" }).first().waitFor();
    await idle(page);
    // The cell behind it was aborted, not run.
    expect(await page.locator(".jp-OutputArea-executeResult").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

it("has a browser to test with, at least under CI", (context) => {
  if (path === null && !process.env.CI) context.skip(NO_BROWSER);
  expect(path, NO_BROWSER).not.toBeNull();
});
