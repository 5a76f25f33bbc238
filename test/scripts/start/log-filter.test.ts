import { expect, it } from "vitest";
import { logFilter } from "../../../scripts/start/log-filter";

it("shows warnings, errors and what a dying kernel says; keeps TensorFlow's chatter and the server's own address off", () => {
  let shown = "";
  const feed = logFilter((line) => (shown += line));
  const log = [
    "[I 2026-01-01 10:00:00.000 ServerApp] Serving notebooks",
    "    more of the same",
    "[C 2026-01-01 10:00:00.000 ServerApp]",
    "    To access the server, open this file in a browser:",
    "        http://127.0.0.1:8888/lab?token=secret",
    "[W 2026-01-01 10:00:01.000 ServerApp] something is odd",
    "    in two lines",
    "2026-01-01 10:00:02.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized",
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "[E 2026-01-01 10:00:03.000 ServerApp] it broke",
    "",
  ].join("\n");
  for (let i = 0; i < log.length; i += 7) feed(log.slice(i, i + 7)); // however the pipe cuts it
  expect(shown).toBe(
    [
      "[W 2026-01-01 10:00:01.000 ServerApp] something is odd",
      "    in two lines",
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      "[E 2026-01-01 10:00:03.000 ServerApp] it broke",
      "",
    ].join("\n"),
  );
});
