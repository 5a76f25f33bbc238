// What the kernel's two threads say to each other. The main thread runs cells; the server thread owns every socket, so
// it can answer, publish and interrupt while a cell computes. Posting works in the middle of a synchronous loop.
import type { Json } from "../jupyter/wire";

export type StreamName = "stdout" | "stderr";

/** One execute_request as the main thread needs it. */
export interface ExecuteCommand {
  type: "execute";
  /** Number of the request in this kernel; outputs name it, also long after the cell ended. */
  cell: number;
  code: string;
  silent: boolean;
  storeHistory: boolean;
  userExpressions: Record<string, string>;
}

export type Question = "complete" | "inspect" | "is_complete";

export type ToMain =
  | ExecuteCommand
  | { type: "ask"; id: number; question: Question; content: Json }
  /** Signals are caught and requests can come: load the converter. */
  | { type: "load" }
  | { type: "interrupt" }
  | { type: "exit"; code: number };

export type ToServer =
  /** The converter is loaded; cells can run. */
  | { type: "ready" }
  | { type: "stream"; cell: number; name: StreamName; text: string }
  | { type: "publish"; cell: number; message: string; content: Json }
  | { type: "executed"; cell: number; reply: Json; output: string | null }
  | { type: "answer"; id: number; reply: Json }
  /** The main thread has seen an interrupt: its event loop turns. */
  | { type: "interrupt-seen" }
  /** The process is about to end: publish what is left, then set `Slot.drained`. */
  | { type: "drain" };

/** What the server thread needs to begin. */
export interface ServerData {
  connection: ConnectionInfo;
  shared: SharedArrayBuffer;
}

/** Jupyter's connection file. */
export interface ConnectionInfo {
  transport: string;
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  key: string;
}

/** Slots of the Int32Array both threads share. */
export const Slot = {
  /** One of Phase. */
  phase: 0,
  /** 1 while an interrupt waits for the compiler to finish. */
  interrupt: 1,
  /** Characters written by cells and not yet published. */
  pending: 2,
  /** 1 when everything is published and the process may end. */
  drained: 3,
} as const;
export const SLOTS = 4;

/** What the main thread is doing, which decides how an interrupt reaches it. */
export const Phase = {
  /** Waiting, or running callbacks and continuations. */
  loop: 0,
  /** In the compiler, or loading it, which must not be torn apart. */
  compiling: 1,
  /** In code that vm breaks by itself on SIGINT. */
  guarded: 2,
} as const;

/** The symbol under which the main thread offers its break hook (break-hook.ts) to the inspector. */
export const BREAK_HOOK = "genlab.kernel.break";
