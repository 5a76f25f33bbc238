import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { JupyterWorld } from "./python-peer";

const world = new JupyterWorld();
afterAll(() => world.remove());

it("jupyter-kernel-test finds our kernel conformant", { timeout: 400_000 }, async () => {
  const file = path.join(import.meta.dirname, "jupyter_kernel_test_genlab.py");
  const { code, stderr } = await world.python([file], 390_000);
  expect(code, stderr).toBe(0);
  // Two of its tests are about things that no TypeScript kernel has: a pager, and clearing output.
  expect(stderr).toMatch(/Ran 1[0-9] tests/);
  expect([...stderr.matchAll(/skipped '([^']*)'/g)].map((match) => match[1]).sort()).toEqual([
    "No code clear output",
    "No code page something",
  ]);
});
