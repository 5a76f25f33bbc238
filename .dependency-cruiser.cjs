/** Imports point one way (CONTRIBUTING.md, "The house"), never in circles. */
const NODE_ONLY = "^lib/(data|show|train/checkpoint|tensor/native)";
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "lib-knows-no-scripts", severity: "error", from: { path: "^lib/" }, to: { path: "^(scripts|test)/" } },
    {
      name: "only-bench-and-reproduce-import-lib",
      severity: "error",
      from: { path: "^scripts/", pathNot: "^scripts/(bench|reproduce)/" },
      to: { path: "^(lib/|genlab$)" },
    },
    {
      name: "nn-below-models",
      severity: "error",
      from: { path: "^lib/nn/" },
      to: { path: "^lib/(models|train|data|evaluate|show|exercise)/" },
    },
    {
      name: "tensor-at-the-bottom",
      severity: "error",
      from: { path: "^lib/tensor/" },
      to: { path: "^lib/(?!tensor/)" },
    },
    {
      name: "models-on-nn-and-tensor",
      severity: "error",
      from: { path: "^lib/models/" },
      to: { path: "^lib/(train|data|evaluate|show|exercise)/" },
    },
    {
      name: "isomorphic-core",
      comment: "tensor, nn, models and evaluate also run in a browser",
      severity: "error",
      from: { path: "^lib/(tensor|nn|models|evaluate)/", pathNot: "^lib/tensor/native" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "isomorphic-core-stays-clear-of-node-code",
      severity: "error",
      from: { path: "^lib/(tensor|nn|models|evaluate)/", pathNot: "^lib/tensor/(native|device)" },
      to: { path: NODE_ONLY },
    },
    {
      name: "one-tensorflow",
      comment: "import tf from lib/tensor/tf",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/tensor/(tf|native)" },
      to: { path: "@tensorflow/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|build)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
