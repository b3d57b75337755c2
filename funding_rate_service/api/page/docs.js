// The API's description, read from openapi.json: what may be asked, and what comes back.

import { el } from "./view.js";

document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
const token = sessionStorage.getItem("token");
const answer = await fetch("openapi.json", { headers: token ? { authorization: `Bearer ${token}` } : {} });
const told = await answer.json();

const kind = (schema = {}) => {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(kind).join(" | ");
  if (schema.enum) return schema.enum.join(" | ");
  return schema.type === "array" ? `${kind(schema.items)}[]` : (schema.format ?? schema.type ?? "any");
};

const table = (titles, lines) =>
  el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", {}, el("span", {}, title))))),
    el("tbody", {}, ...lines.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))))),
  );

const route = (path, operation) => {
  const result = operation.responses["200"].content ?? {};
  const schema = Object.values(result)[0]?.schema;
  const lines = (operation.parameters ?? []).map((p) => [
    p.name,
    kind(p.schema),
    p.required ? "required" : String(p.schema.default ?? ""),
    p.description ?? p.schema.description ?? "",
  ]);
  const parts = [el("h2", {}, `GET ${path}`), el("p", {}, operation.description ?? operation.summary)];
  if (lines.length) parts.push(table(["parameter", "kind", "default", ""], lines));
  parts.push(el("p", { className: "note" }, `answers ${schema ? kind(schema) : Object.keys(result).join(" or ")}`));
  if (!path.includes("{")) parts.push(el("p", {}, el("a", { href: path.slice(1) }, "try it")));
  return el("section", {}, ...parts);
};

const model = ([name, schema]) =>
  el(
    "section",
    { id: name },
    el("h2", {}, name),
    el("p", { className: "note" }, schema.description ?? ""),
    table(["field", "kind", ""], Object.entries(schema.properties ?? {}).map(([field, each]) => [field, kind(each), each.description ?? ""])),
  );

document.getElementById("about").textContent = answer.ok ? told.info.description : told.error;
if (answer.ok) {
  document.getElementById("routes").replaceChildren(
    ...Object.entries(told.paths).map(([path, operations]) => route(path, operations.get)),
    ...Object.entries(told.components.schemas).filter(([, schema]) => schema.properties).map(model),
  );
}
