import type { ICodeCell, INotebookContent, IOutput } from "@jupyterlab/nbformat";
import { PROGRESS_MIME } from "../jupyter/progress";
import type { ProgressEvent } from "../jupyter/progress";
import type { Message } from "../jupyter/wire";

/** How much one cell may write. */
export interface OutputLimits {
  bytes: number;
  /** Messages that add an output; updates of a display in place do not count. */
  messages: number;
}

export const DEFAULT_LIMITS: OutputLimits = { bytes: 64 * 2 ** 20, messages: 200_000 };

interface Bundle {
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  transient?: { display_id?: unknown } | null;
}

interface CellState {
  cell: ICodeCell;
  /** clear_output(wait=True) came; the next output clears. */
  clearNext: boolean;
  bytes: number;
  messages: number;
  full: boolean;
}

/** Builds the outputs of a notebook's cells from iopub messages, as nbclient and JupyterLab do. */
export class OutputCollector {
  private readonly cells = new Map<number, CellState>();
  private readonly displays = new Map<string, { index: number; output: IOutput }[]>();

  constructor(
    private readonly notebook: INotebookContent,
    private readonly limits: OutputLimits,
    private readonly events: {
      onProgress?: (index: number, event: ProgressEvent) => void;
      /** Called once for a cell that writes more than it may; what follows is dropped. */
      onOverflow?: (index: number, what: string) => void;
    } = {},
  ) {}

  /** Empties a code cell before it runs. */
  begin(index: number): void {
    const cell = this.notebook.cells[index] as ICodeCell;
    cell.outputs = [];
    cell.execution_count = null;
    this.cells.set(index, { cell, clearNext: false, bytes: 0, messages: 0, full: false });
  }

  /** Takes a message that cell `index` has caused. */
  receive(index: number, message: Message): void {
    const state = this.cells.get(index);
    if (!state) return;
    const content = message.content;
    const type = message.header.msg_type;
    if (typeof content.execution_count === "number") state.cell.execution_count = content.execution_count;
    switch (type) {
      case "stream":
        return this.stream(state, index, String(content.name), String(content.text));
      case "display_data":
      case "execute_result":
        return this.display(state, index, type, content);
      case "update_display_data":
        return this.update(index, content);
      case "error":
        return this.add(state, index, {
          output_type: "error",
          ename: text(content.ename),
          evalue: text(content.evalue),
          traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
        });
      case "clear_output":
        if (content.wait === true) state.clearNext = true;
        else this.clear(state, index);
        return;
      default:
        return; // status, execute_input, comm messages: nothing to store
    }
  }

  /** Brings the outputs into the form that is stored: overwritten text and unfinished progress lines dropped. */
  finish(): void {
    for (const { cell } of this.cells.values()) {
      cell.outputs = cell.outputs.filter((output) => !isProgress(output));
      for (const output of cell.outputs) {
        if (output.output_type === "stream") output.text = overwrite(output.text as string);
      }
    }
  }

  private stream(state: CellState, index: number, name: string, text: string): void {
    const last = state.clearNext ? undefined : state.cell.outputs.at(-1);
    if (last?.output_type !== "stream" || last.name !== name) {
      return this.add(state, index, { output_type: "stream", name, text }, text.length);
    }
    if (this.admit(state, index, text.length)) last.text = (last.text as string) + text;
  }

  private display(state: CellState, index: number, type: "display_data" | "execute_result", bundle: Bundle): void {
    const id = displayId(bundle);
    if (id !== null) this.replace(id, bundle);
    const output = {
      output_type: type,
      data: bundle.data ?? {},
      metadata: bundle.metadata ?? {},
      ...(type === "execute_result" ? { execution_count: state.cell.execution_count } : {}),
    } as IOutput;
    this.add(state, index, output);
    if (id !== null && !state.full) {
      const places = this.displays.get(id) ?? [];
      places.push({ index, output });
      this.displays.set(id, places);
    }
    this.noteProgress(index, bundle);
  }

  private update(index: number, bundle: Bundle): void {
    const id = displayId(bundle);
    if (id !== null) this.replace(id, bundle);
    this.noteProgress(index, bundle);
  }

  /** A display id names its outputs in every cell: all of them show the newest data. */
  private replace(id: string, bundle: Bundle): void {
    for (const { output } of this.displays.get(id) ?? []) {
      output.data = (bundle.data ?? {}) as IOutput["data"];
      output.metadata = (bundle.metadata ?? {}) as IOutput["metadata"];
    }
  }

  private noteProgress(index: number, bundle: Bundle): void {
    const event = bundle.data?.[PROGRESS_MIME];
    if (typeof event === "object" && event !== null) this.events.onProgress?.(index, event as ProgressEvent);
  }

  private add(state: CellState, index: number, output: IOutput, size = JSON.stringify(output).length): void {
    if (state.clearNext) this.clear(state, index);
    // A cell that writes too much still shows why it failed.
    if (this.admit(state, index, size) || output.output_type === "error") state.cell.outputs.push(output);
  }

  private admit(state: CellState, index: number, size: number): boolean {
    if (state.full) return false;
    state.bytes += size;
    state.messages++;
    const tooMuch =
      state.bytes > this.limits.bytes
        ? `more than ${megabytes(this.limits.bytes)} of output`
        : state.messages > this.limits.messages
          ? `more than ${this.limits.messages.toLocaleString("en")} output messages`
          : null;
    if (tooMuch === null) return true;
    state.full = true;
    this.events.onOverflow?.(index, tooMuch);
    return false;
  }

  private clear(state: CellState, index: number): void {
    state.cell.outputs = [];
    state.clearNext = false;
    state.bytes = 0;
    for (const [id, places] of this.displays) {
      const kept = places.filter((place) => place.index !== index);
      if (kept.length < places.length) this.displays.set(id, kept);
    }
  }
}

function displayId(bundle: Bundle): string | null {
  const id = bundle.transient?.display_id;
  return typeof id === "string" ? id : null;
}

function isProgress(output: IOutput): boolean {
  return output.output_type === "display_data" && PROGRESS_MIME in ((output.data ?? {}) as Record<string, unknown>);
}

/** What a terminal would show of a text with carriage returns and backspaces. */
export function overwrite(text: string): string {
  const erased = text.includes("\b") ? eraseBackspaced(text) : text;
  if (!erased.includes("\r")) return erased;
  return erased
    .split("\n")
    .map((line) => {
      const end = line.endsWith("\r") ? line.length - 1 : line.length;
      return end === 0 ? line : line.slice(line.lastIndexOf("\r", end - 1) + 1);
    })
    .join("\n");
}

/** A backspace takes back the character before it, but no line break. */
function eraseBackspaced(text: string): string {
  const kept: string[] = [];
  for (const character of text) {
    if (character === "\b" && kept.length > 0 && kept.at(-1) !== "\n") kept.pop();
    else kept.push(character);
  }
  return kept.join("");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : (JSON.stringify(value) ?? "");
}

function megabytes(bytes: number): string {
  return bytes >= 2 ** 20 ? `${+(bytes / 2 ** 20).toFixed(1)} MiB` : `${bytes.toLocaleString("en")} bytes`;
}
