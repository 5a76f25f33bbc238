/** The longest piece of a file's own content in a message. */
const LONGEST = 80;
/** What JSON leaves as it is, but a terminal obeys or hides: more control characters, and those that turn the direction of writing. */
const OBEYED = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * A value out of a file nobody vouches for, for a message: one line of at most 80 characters, nothing raw that a terminal obeys,
 * and at any depth of nesting without running out of stack (JSON.stringify does).
 */
export function shown(value: unknown): string {
  return cut(outline(value, 2));
}

/** A name from such a file: as shown, without the quotes. */
export function shownName(name: string): string {
  return cut(outline(name, 0).slice(1, -1));
}

function outline(value: unknown, depth: number): string {
  // More than is shown need not be escaped; one more tells that it is cut.
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST + 1)).replace(OBEYED, escape);
  if (Array.isArray(value)) {
    if (depth === 0) return "[…]";
    const parts = value.slice(0, LONGEST).map((each) => outline(each, depth - 1));
    return `[${parts.join(",")}]`;
  }
  return typeof value === "object" && value !== null ? "{…}" : String(value);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
