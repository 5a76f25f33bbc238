#!/usr/bin/env node
require("../build/scripts/genlab.js");
