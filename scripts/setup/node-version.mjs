// Plain old syntax on purpose: a Node that is too old must be able to read this file and say so.

/**
 * Why `version` cannot run Genlab, as one line with the cure; null when it can.
 * @param {string} version such as "20.19.0"
 */
export function nodeComplaint(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return null;
  return (
    "Genlab: wanted Node 20.19 or newer (20, 22 and 24 are tested), got Node " +
    version +
    ". Nothing was changed. Install a newer one, for example: npx --yes n lts   (or nvm install 22)"
  );
}
