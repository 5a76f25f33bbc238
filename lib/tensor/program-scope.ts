// Programs hold memory outside JavaScript: they are freed by dispose, by a scope, or at last by the garbage collector.
interface Closable {
  dispose(): void;
}

let scopes: Set<Closable>[] = [];

/** The innermost scope takes charge of a new program. */
export function closeWithScope(program: Closable): void {
  scopes.at(-1)?.add(program);
}

/**
 * Runs `body`, then disposes every program compiled in it, also when it throws; scopes may nest. A program that is to live
 * on is compiled outside.
 * @returns what body returns; a promise is awaited before programs are disposed
 */
export function programScope<T>(body: () => T): T {
  const mine = new Set<Closable>();
  scopes = [...scopes, mine];
  const close = (): void => {
    scopes = scopes.filter((scope) => scope !== mine);
    for (const program of mine) program.dispose();
  };
  let result: T;
  try {
    result = body();
  } catch (error) {
    close();
    throw error;
  }
  // Not instanceof: a notebook's promises are of another realm.
  const later = result as { finally?: (f: () => void) => unknown } | undefined | null;
  if (typeof later?.finally === "function") return later.finally(close) as T;
  close();
  return result;
}
