#!/usr/bin/env node
const fs = require("node:fs");
const path = require("node:path");

const built = path.join(__dirname, "../build/scripts/genlab.js");
if (fs.existsSync(built)) require(built);
else {
  console.error(`genlab: wanted the built command line ${built}, found none. Make it: npm run setup`);
  process.exitCode = 4;
}
