// css.mjs TOOLS IN OUT: one style sheet out of style/main.css and all that it imports, minified for current browsers.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

const [tools, input, output] = process.argv.slice(2);
const { bundle } = createRequire(resolve(tools, "package.json"))("lightningcss");

const version = (major, minor = 0) => (major << 16) | (minor << 8);
// The oldest ones that know light-dark(), nesting and :has(): nothing is rewritten, only minified.
const targets = { chrome: version(125), firefox: version(128), safari: version(17, 5), ios_saf: version(17, 5) };

try {
  const { code, warnings } = bundle({ filename: resolve(input), minify: true, targets });
  for (const { message, loc } of warnings) console.warn(`  ${loc?.filename ?? input}:${loc?.line ?? "?"}: ${message}`);
  writeFileSync(output, code);
} catch (error) {
  const where = error.fileName ? `${error.fileName}:${error.loc?.line}:${error.loc?.column}: ` : "";
  console.error(`${where}${error.message}`);
  process.exit(1);
}
