import { createConnection } from "./connection";
import type { Connection } from "./connection";
import { findKernel, OWN_KERNEL } from "./kernelspec";
import { describeExit, KernelProcess } from "./process";
import type { KernelExit } from "./process";
import { reapOnExit } from "./reaper";
import { KernelSession } from "./session";
import { killStragglers, MARK } from "./stragglers";

export interface StartOptions {
  /** The kernelspec's name; default our own. */
  kernel?: string;
  /** The project's root: where our kernel's build lies. */
  root: string;
  /** The kernel's working folder: the notebook's. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  onStderr?: (text: string) => void;
  /** How long the kernel may take to answer its first request; default 60 s. */
  startTimeoutMs?: number;
  /** Gives the start up, and kills what has been started. */
  signal?: AbortSignal;
}

/** A kernel that could not be started: the message is one line; how it ended and what it wrote last are beside it. */
export class KernelStartError extends Error {
  constructor(
    message: string,
    readonly exit: KernelExit | null,
    readonly stderr: string[],
  ) {
    super(message);
    this.name = "KernelStartError";
  }
}

export const START_TIMEOUT_MS = 60_000;

/**
 * Starts a kernel and returns when it has answered and our subscription to its output is live.
 * @throws CliError when there is no such kernel; KernelStartError when it dies or does not answer in time.
 */
export async function startKernel(options: StartOptions): Promise<KernelSession> {
  const spec = findKernel(options.kernel ?? OWN_KERNEL, options);
  const connection = await createConnection(spec.name);
  let process_: KernelProcess | null = null;
  let forget = () => undefined as void;
  try {
    forget = reapOnExit(() => {
      process_?.signalGroup("SIGKILL");
      killStragglers(connection.file);
      connection.remove();
    });
    process_ = await launch(spec.argv, connection, { ...options, env: { ...options.env, ...spec.env } });
  } catch (error) {
    connection.remove();
    forget();
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new KernelStartError(`kernel "${spec.name}" cannot be started: ${spec.argv[0]}: ${reason}`, null, []);
  }
  const session = new KernelSession(spec, process_, connection, forget);
  const giveUp = () => void session.kill(0);
  options.signal?.addEventListener("abort", giveUp, { once: true });
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  try {
    if (options.signal?.aborted) giveUp();
    if (await session.synchronize(timeoutMs)) return session;
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
  const exit = process_.exit;
  if (exit !== null) await process_.exited;
  await session.kill();
  const problem =
    exit === null
      ? `did not answer within ${timeoutMs / 1000} s of its start`
      : `died at its start (${describeExit(exit)})`;
  throw new KernelStartError(`kernel "${spec.name}" ${problem}`, exit, process_.stderrTail());
}

function launch(argv: string[], connection: Connection, options: StartOptions): Promise<KernelProcess> {
  return KernelProcess.start(
    argv.map((part) => part.replaceAll("{connection_file}", connection.file)),
    {
      cwd: options.cwd,
      // Jupyter's own variable: a kernel that watches its parent ends when we are killed outright.
      env: { ...options.env, JPY_PARENT_PID: String(process.pid), [MARK]: connection.file },
      onStderr: options.onStderr,
    },
  );
}
