// licences.mjs < cargo metadata: every dependency's licence against deny.toml. Prints what is not allowed.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const rules = readFileSync("deny.toml", "utf8").replace(/^\s*#.*$/gm, "");
const strings = (text) => [...text.matchAll(/"([^"]+)"/g)].map((match) => match[1]);
const list = (name) => rules.match(new RegExp(`^${name} = \\[([\\s\\S]*?)^\\]`, "m"))?.[1] ?? "";
const allowed = new Set(strings(list("allow")));
const exceptions = new Map(
  [...list("exceptions").matchAll(/crate = "([^"]+)", allow = \[([^\]]*)\]/g)].map(([, crate, licences]) => [crate, new Set(strings(licences))]),
);

// A crate that names a file instead of an expression: what the file's first lines say.
function fromFile(manifest, file) {
  if (!file) return null;
  const opening = readFileSync(join(dirname(manifest), file), "utf8").slice(0, 200);
  return opening.includes("Business Source License 1.1") ? "BUSL-1.1" : null;
}

// An SPDX expression: OR, AND, WITH, brackets; a slash is the old way to write OR.
function satisfied(expression, accepts) {
  const tokens = expression.replaceAll("/", " OR ").match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = () => {
    let value = both();
    while (tokens[at] === "OR") {
      at += 1;
      value = both() || value;
    }
    return value;
  };
  const both = () => {
    let value = one();
    while (tokens[at] === "AND") {
      at += 1;
      value = one() && value;
    }
    return value;
  };
  const one = () => {
    if (tokens[at] === "(") {
      at += 1;
      const value = either();
      at += 1;
      return value;
    }
    const licence = tokens[at++];
    if (tokens[at] !== "WITH") return accepts(licence);
    at += 1;
    const exception = tokens[at++];
    return accepts(licence) || accepts(`${licence} WITH ${exception}`);
  };
  return either() && at === tokens.length;
}

const { packages, resolve } = JSON.parse(readFileSync(0, "utf8"));
const used = new Set(resolve.nodes.map((node) => node.id));
let checked = 0;
let bad = 0;
for (const { id, name, version, license, license_file: file, manifest_path: manifest, source } of packages) {
  if (!source || !used.has(id)) continue;
  checked += 1;
  const accepts = (licence) => allowed.has(licence) || exceptions.get(name)?.has(licence);
  const expression = license ?? fromFile(manifest, file);
  if (!expression || !satisfied(expression, accepts)) {
    bad += 1;
    console.error(`  ✗ ${name} ${version}: ${expression ?? `no SPDX expression (file ${file ?? "missing"})`}`);
  }
}
console.log(`  licences: ${checked} dependencies, ${bad} not allowed`);
process.exit(bad === 0 ? 0 : 1);
