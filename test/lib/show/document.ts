// jsdom with the few types that these tests need: it ships none, and the project is compiled without DOM.
import { createRequire } from "node:module";

export interface Node {
  tagName: string;
  textContent: string;
  attributes: Iterable<{ name: string; value: string }>;
  style: { textAlign: string };
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Iterable<Node>;
  getAttribute(name: string): string | null;
}

export interface Window {
  document: Node;
  DOMParser: new () => { parseFromString(text: string, type: string): { documentElement: Node } };
  URL: { createObjectURL: () => string };
  HTMLCanvasElement: { prototype: { getContext: () => null } };
  eval(script: string): void;
}

const { JSDOM } = createRequire(import.meta.url)("jsdom") as {
  JSDOM: new (html: string, options?: { runScripts: "outside-only" }) => { window: Window };
};

/** A page of HTML; nothing in it runs but what the test itself runs there. */
export function openPage(html: string): Window {
  return new JSDOM(html, { runScripts: "outside-only" }).window;
}

/** The root element of an XML document; a `parsererror` when it is none. */
export function parseXml(text: string): Node {
  return new parser.DOMParser().parseFromString(text, "image/svg+xml").documentElement;
}

const parser = openPage("");
