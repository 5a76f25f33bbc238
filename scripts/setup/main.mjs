// The entry of every npm script: sets up what is missing, then runs `genlab <command>`. A fresh clone has no
// node_modules, so everything in this folder is plain JavaScript over Node's own modules.
import { nodeComplaint } from "./node-version.mjs";

const complaint = nodeComplaint(process.versions.node);
if (complaint) {
  console.error(complaint);
  process.exit(4);
}
const { runCommandLine } = await import("./command-line.mjs");
await runCommandLine(process.argv.slice(2));
