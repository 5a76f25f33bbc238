import fs from "node:fs";
import { killAll } from "./children.mjs";
import { SetupFailure, toolFailure } from "./failure.mjs";
import { takeLock } from "./lock.mjs";

/**
 * One thing that set-up makes.
 * @typedef {object} Step
 * @property {string} id
 * @property {string} title
 * @property {string[]} needs ids of steps without which it cannot be made
 * @property {string[]} [after] ids of steps that it waits for, whatever becomes of them
 * @property {boolean} [essential] whether nothing works without it
 * @property {number | ((project: any) => number)} [megabytes] disk space that it takes
 * @property {(project: any) => boolean | Promise<boolean>} ready whether it is there and current; must be quick
 * @property {(project: any, note: (text: string) => void) => Promise<string | void>} make makes it; returns a remark
 */

/**
 * Makes what is not ready: independent steps side by side, dependent ones in turn.
 * @param {any} project
 * @param {Step[]} steps
 * @param {ReturnType<import("./report.mjs").reportTo>} report
 * @returns {Promise<boolean>} whether everything is there; false when something that is not essential is missing
 * @throws {SetupFailure} when an essential step fails
 */
export async function setUp(project, steps, report) {
  const began = Date.now();
  if ((await unready(project, steps)).length === 0) {
    report.say(`Genlab is set up (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return true;
  }
  let release;
  try {
    release = await takeLock(project.lock, (holder) =>
      report.say(`Another set-up of this folder is running (process ${holder.pid}): waiting for it …`),
    );
  } catch (error) {
    throw toolFailure("Set-up: writing into build/", String(error), "Nothing was changed");
  }
  try {
    const missing = await unready(project, steps);
    fs.rmSync(project.scratch, { recursive: true, force: true });
    ensureSpace(project, missing);
    const failures = await makeAll(project, steps, report);
    fs.rmSync(project.scratch, { recursive: true, force: true });
    const left = await unready(project, steps);
    report.end(missing.length === 0 ? "" : closing(failures, left, began));
    return left.length === 0 && failures.length === 0;
  } finally {
    release();
  }
}

/** The last lines: every failure, and what is not as it should be (its source may have changed while it was made). */
function closing(failures, left, began) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const names = left.map((step) => step.title).join(", ");
  const state = names ? `Genlab is set up in part (${seconds} s), not: ${names}` : `Genlab is set up (${seconds} s)`;
  return [...failures.map((failure) => `! ${failure.message}`), state].join("\n");
}

async function unready(project, steps) {
  const missing = [];
  for (const step of steps) if (!(await step.ready(project))) missing.push(step);
  return missing;
}

function megabytesOf({ megabytes = 0 }, project) {
  return typeof megabytes === "function" ? megabytes(project) : megabytes;
}

/** Asking first beats filling the disk: npm and pip leave it full and say so in many lines. */
function ensureSpace(project, missing) {
  const wanted = missing.reduce((sum, step) => sum + megabytesOf(step, project), 0);
  const { bavail, bsize } = fs.statfsSync(project.root);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (wanted <= free) return;
  const names = missing.filter((step) => megabytesOf(step, project) > 0).map((step) => step.title);
  throw new SetupFailure({
    tried: `Set-up needs ${wanted} MB on the disk (${names.join(", ")}), ${free} MB are free`,
    works: "Nothing was changed",
    fix: `free ${wanted - free} MB, then: npm run setup`,
  });
}

async function makeAll(project, steps, report) {
  /** @type {SetupFailure[]} */
  const failures = [];
  /** @type {Map<string, Promise<boolean>>} */
  const outcomes = new Map();
  const make = async (step) => {
    await Promise.all((step.after ?? []).map((id) => outcomes.get(id)));
    const met = await Promise.all(step.needs.map((id) => outcomes.get(id)));
    if (met.includes(false)) return false;
    if (await step.ready(project)) return true;
    report.start(step.id, step.title);
    try {
      const remark = await step.make(project, (text) => report.note(step.id, text));
      report.finish(step.id, "done", remark ?? "");
      return true;
    } catch (error) {
      report.finish(step.id, "failed");
      const failure = error instanceof SetupFailure ? error : unexpected(step, error);
      if (step.essential) {
        killAll();
        throw failure;
      }
      failures.push(failure);
      return false;
    }
  };
  for (const step of steps) outcomes.set(step.id, make(step));
  await Promise.all(outcomes.values());
  return failures;
}

function unexpected(step, error) {
  if (error?.code === undefined) throw error;
  return toolFailure(step.title, String(error), "What does not need it works anyway");
}
