import type { Case } from "./case";
import { display, figure, metric, picture } from "./notebooks";

const line = (x: number[], more: object = {}) => ({ type: "scatter", name: "loss", x, y: x, ...more });
const axes = (x: string, y = "loss") => ({ xaxis: { title: { text: x } }, yaxis: { title: y } });

/** Figures, pictures and metrics. */
export const SHOWN_CASES: Case[] = [
  // Figures
  {
    what: "a figure with other numbers",
    expected: [figure([line([1, 2])], axes("step"))],
    got: [figure([line([1, 3])], axes("step"))],
  },
  {
    what: "a figure with a lost trace",
    expected: [figure([line([1]), line([1])])],
    got: [figure([line([1])])],
    differs: [["figure", /has 1 traces, expected 2/]],
  },
  {
    what: "another type of trace",
    expected: [figure([line([1])])],
    got: [figure([line([1], { type: "bar" })])],
    differs: [["figure", /type bar, expected scatter/]],
  },
  {
    what: "another name",
    expected: [figure([line([1])])],
    got: [figure([line([1], { name: "cost" })])],
    differs: [["figure", /named "cost", expected "loss"/]],
  },
  {
    what: "another axis title",
    expected: [figure([line([1])], axes("step"))],
    got: [figure([line([1])], axes("epoch"))],
    differs: [["figure", /title of xaxis is "epoch", expected "step"/]],
  },
  {
    what: "a lost axis title",
    expected: [figure([line([1])], axes("step"))],
    got: [figure([line([1])])],
    differs: [
      ["figure", /title of xaxis is ""/],
      ["figure", /yaxis/],
    ],
  },
  {
    what: "other lengths",
    expected: [figure([line([1, 2])])],
    got: [figure([line([1])])],
    differs: [
      ["figure", /has 1 values in x, expected 2 values/],
      ["figure", /in y/],
    ],
  },
  {
    what: "other lengths of a grid",
    expected: [
      figure([
        {
          type: "heatmap",
          z: [
            [1, 2],
            [3, 4],
          ],
        },
      ]),
    ],
    got: [figure([{ type: "heatmap", z: [[1, 2]] }])],
    differs: [["figure", /has 1 × 2 values in z, expected 2 × 2/]],
  },
  {
    what: "other lengths in the quick profile",
    profile: "quick",
    expected: [figure([line([1, 2])])],
    got: [figure([line([1])])],
  },
  {
    what: "data gone in the quick profile",
    profile: "quick",
    expected: [figure([line([1])])],
    got: [figure([line([1], { y: undefined })])],
    differs: [["figure", /has nothing in y/]],
  },
  {
    what: "values that are not finite",
    expected: [figure([line([1, 2])])],
    got: [figure([line([1, 2], { y: [1, null] })])],
    differs: [["figure", /1 values of y are not finite/]],
  },
  {
    what: "a trace of which nothing is left",
    tags: ["trained"],
    expected: [figure([line([1, 2], { y: [1, null] })])],
    got: [figure([line([1, 2], { y: [null, null] })])],
    differs: [["figure", /2 values of y are not finite, expected 1/]],
  },
  {
    what: "a trained trace with more gaps",
    tags: ["trained"],
    expected: [figure([line([1, 2, 3], { y: [1, 1, null] })])],
    got: [figure([line([1, 2, 3], { y: [1, null, null] })])],
  },
  {
    what: "rows of another length",
    expected: [figure([{ type: "heatmap", z: [[1, 2], [1]] }])],
    got: [
      figure([
        {
          type: "heatmap",
          z: [
            [1, 2],
            [1, 2, 3],
          ],
        },
      ]),
    ],
    differs: [["figure", /has 2 × 2 or 3 values in z, expected 2 × 2 or 1/]],
  },
  {
    what: "another kind of axis",
    expected: [figure([], { yaxis: { type: "log" } })],
    got: [figure([], { yaxis: { type: "linear" } })],
    differs: [["figure", /yaxis is linear, expected log/]],
  },
  {
    what: "an axis that becomes logarithmic",
    expected: [figure([], { xaxis: {} })],
    got: [figure([], { xaxis: { type: "log" } })],
    differs: [["figure", /xaxis is log, expected of no type/]],
  },
  {
    what: "another title of a colour bar",
    expected: [figure([{ type: "heatmap", colorbar: { title: { text: "loss" } } }])],
    got: [figure([{ type: "heatmap", colorbar: { title: { text: "cost" } } }])],
    differs: [["figure", /title of data\[0\]\.colorbar is "cost", expected "loss"/]],
  },
  {
    what: "another name on a line",
    expected: [figure([], { annotations: [{ text: "real digits 0.5" }] })],
    got: [figure([], { annotations: [{ text: "real digits 0.6" }] })],
    differs: [["figure", /note is "real digits 0.6", expected "real digits 0.5"/]],
  },
  {
    what: "a trained name on a line",
    tags: ["trained"],
    expected: [figure([], { annotations: [{ text: "best: sgd" }] })],
    got: [figure([], { annotations: [{ text: "best: adam" }] })],
  },
  {
    what: "a drawing beside a figure",
    expected: [figure([])],
    got: [display({ ...(figure([]).data as object), "image/svg+xml": "<svg><path/></svg>" })],
  },
  {
    what: "a drawing that lost a part",
    expected: [display({ "image/svg+xml": "<svg><path/><path/></svg>" })],
    got: [display({ "image/svg+xml": "<svg><path/></svg>" })],
    differs: [["picture", /other elements/]],
  },
  // Pictures
  { what: "a picture one step darker", expected: [picture(20, 20, 100)], got: [picture(20, 20, 101)] },
  {
    what: "a picture much darker",
    expected: [picture(20, 20, 100)],
    got: [picture(20, 20, 110)],
    differs: [["picture", /differs: mean 0.029/]],
  },
  {
    what: "one wrong pixel of 40,000",
    expected: [picture(200, 200, 0)],
    got: [picture(200, 200, 0, [[7, 7, 255]])],
    differs: [["picture", /differs: max 1, allowed max 0.25/]],
  },
  {
    what: "another size",
    expected: [picture(20, 20, 0)],
    got: [picture(20, 10, 0)],
    differs: [["picture", /has 20 × 10 pixels, expected 20 × 20/]],
  },
  {
    what: "no picture at all",
    expected: [picture(20, 20, 0)],
    got: [display({ "image/png": "AAAA" })],
    differs: [["picture", /cannot be read/]],
  },
  {
    what: "a picture of a kind that is compared by bytes",
    expected: [display({ "image/jpeg": "AAAA" })],
    got: [display({ "image/jpeg": "BBBB" })],
    differs: [["picture", /the image\/jpeg has other bytes/]],
  },
  {
    what: "a trained picture of the same size",
    tags: ["trained"],
    expected: [picture(9, 9, 0)],
    got: [picture(9, 9, 255)],
  },
  {
    what: "a trained picture that went black",
    tags: ["trained"],
    expected: [picture(9, 9, 0, [[3, 3, 255]])],
    got: [picture(9, 9, 0)],
    differs: [["picture", /all of one colour now/]],
  },
  {
    what: "a trained picture that shows something else",
    tags: ["trained"],
    expected: [picture(9, 9, 0, [[3, 3, 255]])],
    got: [picture(9, 9, 9, [[5, 5, 99]])],
  },
  {
    what: "a trained picture of another size",
    tags: ["trained"],
    expected: [picture(9, 9, 0)],
    got: [picture(9, 8, 0)],
    differs: [["picture", /9 × 8 pixels/]],
  },
  {
    what: "a picture of another size in the quick profile",
    profile: "quick",
    expected: [picture(9, 9, 0)],
    got: [picture(9, 8, 0)],
  },
  // Metrics
  {
    what: "a metric in its band",
    expected: [metric("fid", 20, { band: { max: 30 } })],
    got: [metric("fid", 29, { band: { max: 30 } })],
  },
  {
    what: "a metric above its band",
    expected: [metric("fid", 20, { band: { max: 30 } })],
    got: [metric("fid", 31, { band: { max: 30 } })],
    differs: [["metric", /fid is 31, outside its band ≤ 30/]],
  },
  {
    what: "a metric below its band",
    tags: ["trained"],
    expected: [metric("acc", 0.9, { band: { min: 0.8 } })],
    got: [metric("acc", 0.7, { band: { min: 0.8 } })],
    differs: [["metric", /is 0.7, outside its band ≥ 0.8/]],
  },
  {
    what: "a metric far from its band in the quick profile",
    profile: "quick",
    expected: [metric("fid", 20, { band: { max: 30 } })],
    got: [metric("fid", 400, { band: { max: 30 }, profile: "quick" })],
  },
  {
    what: "a metric that is not finite",
    profile: "quick",
    expected: [metric("fid", 20)],
    got: [metric("fid", null, { problem: "the value is NaN" })],
    differs: [["metric", /is not finite \(the value is NaN\)/]],
  },
  {
    what: "an impossible share",
    profile: "quick",
    expected: [metric("a", 0.5, { unit: "share" })],
    got: [metric("a", 1.5, { unit: "share" })],
    differs: [["metric", /impossible in "share"/]],
  },
  {
    what: "a metric that is no longer recorded",
    profile: "quick",
    expected: [metric("fid", 20), metric("nll", 1)],
    got: [metric("nll", 1)],
    differs: [["metric", /fid is no longer recorded/]],
  },
  { what: "a new metric", expected: [], got: [metric("fid", 20)], differs: [["metric", /fid is new/]] },
  {
    what: "a renamed metric",
    expected: [metric("fid", 20)],
    got: [metric("kid", 20)],
    differs: [
      ["metric", /fid is no longer/],
      ["metric", /kid is new/],
    ],
  },
  {
    what: "another unit",
    expected: [metric("nll", 1)],
    got: [metric("nll", 1, { unit: "bits" })],
    differs: [["metric", /unit from "nats" to "bits"/]],
  },
  {
    what: "a value that is zero but for rounding",
    expected: [metric("a", 1e-9, { unit: "FID" })],
    got: [metric("a", -1e-9, { unit: "FID" })],
  },
  {
    what: "a change in percent",
    expected: [metric("a", -120, { unit: "% change" })],
    got: [metric("a", -120, { unit: "% change" })],
  },
  {
    what: "a widened band",
    expected: [metric("a", 1, { band: { max: 2 } })],
    got: [metric("a", 1, { band: { max: 9 } })],
    differs: [["metric", /band from ≤ 2 to ≤ 9/]],
  },
  {
    what: "a deterministic metric without band that moved",
    expected: [metric("a", 1)],
    got: [metric("a", 1.01)],
    differs: [["metric", /went from 1 to 1.01/]],
  },
  {
    what: "a trained metric without band that moved",
    tags: ["trained"],
    expected: [metric("a", 1)],
    got: [metric("a", 1.01)],
  },
];
