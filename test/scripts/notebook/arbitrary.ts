import fc from "fast-check";

/** A JSON text whose numbers are written in every way there is. */
const literal = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
  fc.bigInt().map(String),
  fc.constantFrom(
    "1.0",
    "-0.0",
    "-0",
    "0.0",
    "1e16",
    "1E+15",
    "1e-7",
    "0.00001",
    "1e22",
    "123456789012345678901234567890",
  ),
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "a",
        "\n",
        "\r",
        "\r\n",
        "\v",
        "\x1c",
        "\x85",
        "\u2028",
        '"',
        "\\",
        "é",
        "\u{1f600}",
        "\x00",
        "\x7f",
      ),
    )
    .map((parts) => parts.join("")),
);
const quoted = text.map((value) => JSON.stringify(value));
const key = fc.oneof(text, fc.constantFrom("9", "10", "01", "__proto__", "constructor", "a"));
const object = (keys: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.dictionary(keys, value, { maxKeys: 5 }).map(
    (map) =>
      `{${Object.entries(map)
        .map(([k, v]) => `${JSON.stringify(k)}:${v}`)
        .join(",")}}`,
  );
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    literal,
    quoted,
    fc.constantFrom("true", "false", "null"),
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    object(key, tie("tree")),
  ),
}));
const metadata = object(
  key.map((name) => `x${name}`),
  tree,
);
/** A text as one string or as lines cut anywhere. */
const multiline = fc.oneof(
  quoted,
  fc.array(quoted, { maxLength: 4 }).map((lines) => `[${lines.join(",")}]`),
);
const bundle = fc
  .record({
    plain: fc.option(multiline),
    html: fc.option(multiline),
    svg: fc.option(multiline),
    png: fc.option(multiline),
    javascript: fc.option(multiline),
    plotly: fc.option(object(key, tree)),
    json: fc.option(fc.array(quoted).map((lines) => `[${lines.join(",")}]`)),
  })
  .map(({ plain, html, svg, png, javascript, plotly, json }) => {
    const mimes: [string, string | null][] = [
      ["text/plain", plain],
      ["text/html", html],
      ["image/svg+xml", svg],
      ["image/png", png],
      ["application/javascript", javascript],
      ["application/vnd.plotly.v1+json", plotly],
      ["application/json", json],
    ];
    return `{${mimes.flatMap(([mime, value]) => (value === null ? [] : [`"${mime}":${value}`])).join(",")}}`;
  });
const count = fc.oneof(fc.constant("null"), fc.nat().map(String));
const output = fc.oneof(
  fc.tuple(quoted, multiline).map(([name, lines]) => `{"output_type":"stream","name":${name},"text":${lines}}`),
  fc.tuple(bundle, metadata).map(([data, meta]) => `{"output_type":"display_data","data":${data},"metadata":${meta}}`),
  fc
    .tuple(bundle, metadata, count)
    .map(([d, m, n]) => `{"output_type":"execute_result","data":${d},"metadata":${m},"execution_count":${n}}`),
  fc
    .tuple(quoted, quoted, fc.array(quoted, { maxLength: 3 }))
    .map(([e, v, t]) => `{"output_type":"error","ename":${e},"evalue":${v},"traceback":[${t.join(",")}]}`),
);
const cell = fc.oneof(
  fc
    .tuple(multiline, metadata, count, fc.array(output, { maxLength: 3 }))
    .map(
      ([s, m, n, o]) =>
        `"cell_type":"code","source":${s},"metadata":${m},"execution_count":${n},"outputs":[${o.join(",")}]`,
    ),
  fc
    .tuple(multiline, metadata, bundle)
    .map(([s, m, a]) => `"cell_type":"markdown","source":${s},"metadata":${m},"attachments":{"a.png":${a}}`),
  fc.tuple(multiline, metadata).map(([s, m]) => `"cell_type":"raw","source":${s},"metadata":${m}`),
);
/** A notebook file with everything the format allows: any text, any key, numbers written in every way. */
export const notebookFile = fc.tuple(fc.array(cell, { maxLength: 4 }), metadata).map(([cells, meta]) => {
  const withIds = cells.map((body, index) => `{"id":"c${index}",${body}}`);
  return `{"nbformat":4,"nbformat_minor":5,"metadata":${meta},"cells":[${withIds.join(",")}]}`;
});
