// compress.mjs DIR: writes .br and .gz beside every file worth it, so that the server never compresses these.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, extname } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_IT = new Set([".js", ".mjs", ".css", ".wasm", ".svg", ".json", ".webmanifest", ".txt", ".html", ".xml", ".pack"]);

function* files(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

for (const path of files(process.argv[2])) {
  if (!WORTH_IT.has(extname(path)) || path.endsWith("hash.txt")) continue;
  const raw = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: statSync(path).size,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(raw, { params }));
  writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }));
}
