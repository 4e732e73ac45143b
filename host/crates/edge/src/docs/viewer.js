"use strict";
// Shows every operation of openapi.json, by tag, with what goes in and comes out.

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Replaces references by what they name, a few levels deep: enough to read, and no endless circle. */
function resolve(spec, node, depth = 0) {
  if (node === null || typeof node !== "object" || depth > 12) return node;
  if (Array.isArray(node)) return node.map((item) => resolve(spec, item, depth + 1));
  if (typeof node.$ref === "string") {
    const target = node.$ref.slice(2).split("/").reduce((at, key) => at?.[key], spec);
    return resolve(spec, target, depth + 3);
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(spec, value, depth + 1)]));
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function operation(spec, path, method, described) {
  const { parameters, requestBody, responses } = described;
  const summary = element("summary", "", element("b", method), element("code", path), element("span", described.summary));
  const shown = resolve(spec, { parameters, body: requestBody?.content, responses });
  return element("details", "", summary, element("pre", JSON.stringify(shown, null, 2)));
}

async function show() {
  const answer = await fetch("/v1/openapi.json");
  const spec = await answer.json();
  const tags = new Map();
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const tag = item[method].tags?.[0] ?? "other";
      tags.set(tag, [...(tags.get(tag) ?? []), operation(spec, path, method, item[method])]);
    }
  }
  const sections = [...tags].sort().map(([tag, operations]) => element("section", "", element("h2", tag), ...operations));
  document.getElementById("operations").replaceChildren(...sections);
}

show();
