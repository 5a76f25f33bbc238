/** The text of a Plotly title written either way, without tags. */
export function titleOf(title: unknown): string {
  const text = typeof title === "string" ? title : (title as { text?: unknown } | undefined)?.text;
  return typeof text === "string" ? text.replace(/<br>/g, " ").replace(/<[^>]*>/g, "") : "";
}
