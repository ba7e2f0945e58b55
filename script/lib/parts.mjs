// The browser half in parts, as wasm-split cut it: a main module, a file for each set of rooms that share something.
//   parts.mjs merge PKG BINARYEN FEATURE…   puts files together until there are few of them; in PKG/first.txt it names
//                                           those that some page begins with
//   parts.mjs small PKG BINARYEN FEATURE…   makes each of them small. What a page begins with is worth more time: -O4 before
//                                           -Os leaves it 3 % smaller when compressed (the main file, which others call
//                                           into, it does not); what -Os leaves a second one still finds
//   parts.mjs name PKG HASH                 the parts name each other with the hash of the build, so that browsers may keep
//                                           them; writes for each room that a visit can begin with two packs, each one file:
//                                           what it needs, and what opens on it and comes right after. A request instead of
//                                           forty, and a seventh less, as what is alike is compressed together
//   parts.mjs limit PKG BYTES               prints what a first visit to each room loads as WebAssembly, brotli; fails
//                                           above BYTES
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { each, run } from "./binaryen.mjs";

const [act, pkg, value, ...more] = process.argv.slice(2);
const file = (name) => join(pkg, name);
const read = (name) => readFileSync(file(name), "utf8");
const LOADER = "__wasm_split.js";
// The order of sections in a module.
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

// No page begins with these: they follow once it is drawn; hands only where there is a board, or a calendar.
const LATER = new Map([["overlays"], ["forms"], ["filters"], ["notepad", []], ["tools"], ["hands", ["board"]], ["planner", ["calendar"]], ["hours", []], ["bookable", []]]);
const follows = (later, room) => LATER.get(later)?.includes(room) ?? true;
// What a file costs by being one, in bytes before compression: its head, its request, what compresses worse alone.
const OWN_COST = 1500;

// {file: [room…]} and {room: [file…]}, from wasm-split's loader: what several rooms share is loaded before a room's own.
function loader() {
  const chunks = {};
  const rooms = {};
  let name = "";
  let own = [];
  for (const line of read(LOADER).split("\n")) {
    const chunk = /^const (__chunk_\d+) = makeLoad\(/.exec(line);
    const room = /^export const __wasm_split_load_(\w+) = wrapAsyncCb\((?:after\(soon, )?makeLoad\(/.exec(line);
    if (chunk || room) [name, own] = [(chunk ?? room)[1], []];
    const url = /new URL\("\.\/([^"?]+)/.exec(line);
    if (url) own.push(url[1]);
    const end = /, \[([\w, ]*)\]\)+;/.exec(line);
    if (!end || !name) continue;
    if (name.startsWith("__chunk_")) chunks[name] = own;
    else rooms[name] = [...(end[1] ? end[1].split(", ") : []).flatMap((c) => chunks[c] ?? []), ...own];
    name = "";
  }
  const files = {};
  for (const [room, parts] of Object.entries(rooms)) for (const part of parts) (files[part] ??= new Set()).add(room);
  return { rooms, files };
}

// A group is loaded by every room of any of its files. The two that save most become one, as long as that saves anything:
// what rooms load that need only one of the two is weighed against files that others need not ask for. Sets of rooms are bits,
// and each group remembers its best partner: else this takes longer than making the parts small.
function groups(files) {
  const names = [...new Set(Object.values(files).flatMap((rooms) => [...rooms]))];
  const bits = (rooms) => [...rooms].reduce((all, room) => all | (1 << names.indexOf(room)), 0);
  const later = bits(LATER.keys());
  const count = (set) => {
    let n = 0;
    for (; set; set &= set - 1) n++;
    return n;
  };
  const weight = (set) => count(set & ~later) + 0.3 * count(set & later);
  const gain = (a, b) => weight(a.set & b.set) * OWN_COST - weight(a.set & ~b.set) * b.size - weight(b.set & ~a.set) * a.size;
  const better = (a, b) => {
    const saved = gain(a, b);
    if (saved > a.saved) [a.saved, a.best] = [saved, b];
    if (saved > b.saved) [b.saved, b.best] = [saved, a];
  };
  let all = Object.entries(files).map(([name, rooms]) => ({ names: [name], set: bits(rooms), size: weigh(name), saved: 0 }));
  all.forEach((a, i) => all.slice(i + 1).forEach((b) => better(a, b)));
  for (;;) {
    const a = all.reduce((most, g) => (g.saved > most.saved ? g : most), all[0]);
    if (!a?.best) break;
    const b = a.best;
    const both = { names: [...a.names, ...b.names], set: a.set | b.set, size: a.size + b.size, saved: 0 };
    all = all.filter((g) => g !== a && g !== b);
    for (const left of all) {
      better(both, left);
      if (left.best !== a && left.best !== b) continue;
      [left.saved, left.best] = [0, undefined];
      for (const other of [...all, both]) if (other !== left) better(left, other);
    }
    all.push(both);
  }
  return all.map((g) => ({ ...g, rooms: new Set(names.filter((_, i) => g.set & (1 << i))) }));
}

// Its bytes without names.
function weigh(name) {
  const bytes = readFileSync(file(name));
  let sum = 0;
  for (const { id, start, end } of sections(bytes)) if (id !== 0) sum += end - start;
  return sum;
}

function number(bytes, at) {
  for (let value = 0, shift = 1; ; shift *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
  }
}

function sections(bytes) {
  const found = [];
  for (let at = 8; at < bytes.length; ) {
    const [from, id] = [at, bytes[at]];
    const [length, start] = number(bytes, at + 1);
    at = start + length;
    found.push({ id, from, start, end: at });
  }
  return found;
}

const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const string = (text) => [...leb(Buffer.byteLength(text)), ...Buffer.from(text)];
const vector = (items) => [...leb(items.length), ...items.flat()];
const section = (id, content) => [id, ...leb(content.length), ...content];

// What the parts take from the main one: memory, table, stack pointer. A module that passes them on stands for it while
// files are put together, so that the whole asks for each but once.
function stand_in(path, names) {
  const all = new Map(names.flatMap(imports));
  const counts = {};
  const taken = [...all].map(([what, type]) => [...string("__wasm_main"), ...string(what), ...type]);
  const given = [...all].map(([what, [kind]]) => [...string(what), kind, ...leb((counts[kind] = (counts[kind] ?? -1) + 1))]);
  writeFileSync(path, Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(2, vector(taken)), ...section(7, vector(given))]));
}

// [name, the bytes of its type] of each import.
function imports(name) {
  const bytes = readFileSync(file(name));
  const text = (at) => {
    const [length, start] = number(bytes, at);
    return [bytes.toString("utf8", start, start + length), start + length];
  };
  const found = [];
  const { start } = sections(bytes).find(({ id }) => id === 2) ?? {};
  if (!start) return found;
  let [count, here] = number(bytes, start);
  while (count--) {
    const [module, second] = text(here);
    const [what, type] = text(second);
    const kind = bytes[type];
    if (module !== "__wasm_split" || ![1, 2, 3].includes(kind)) {
      throw new Error(`${name} asks for more than script/lib/parts.mjs knows: ${module}.${what}`);
    }
    here = type + (kind === 2 ? 1 : 2); // a table's and a global's type have a byte before the rest
    if (kind === 3) here += 1;
    else {
      const flags = bytes[here];
      here = number(bytes, here + 1)[1];
      if (flags & 1) here = number(bytes, here)[1];
    }
    found.push([what, [...bytes.subarray(type, here)]]);
  }
  return found;
}

// The files of these names as one.
async function merged(names, out) {
  const stands = file(`stand_in_${out}`);
  stand_in(stands, names);
  const inputs = names.flatMap((name, k) => [file(name), `p${k}`]);
  await run(join(value, "wasm-merge"), [...more, stands, "__wasm_split", ...inputs, "-o", file(out)]);
  for (const name of [...names.map(file), stands]) rmSync(name);
}

async function merge() {
  const { files } = loader();
  const all = groups(files);
  const groups_of = (room) => all.flatMap((g, i) => (g.rooms.has(room) ? [i] : []));
  const rooms = Object.keys(loader().rooms);
  const loads = [];
  const waiting = [];
  for (const [i, group] of all.entries()) {
    const out = `part_${i}.wasm`;
    if (group.names.length === 1) renameSync(file(group.names[0]), file(out));
    else {
      waiting.push([group.names, out]);
    }
    loads.push(`/* ${[...group.rooms].join(", ")} */\nconst __chunk_${i} = makeLoad(fetcher(new URL("./${out}", import.meta.url)), []);`);
  }
  await each(waiting, ([names, out]) => merged(names, out));
  const old = read(LOADER);
  const head = old.slice(0, old.search(/^(\/\* .*\n)?const __chunk_/m));
  const more_names = head.replace("Object.assign(sharedImports.__wasm_split,", "sharedImports.__wasm_main = Object.assign(sharedImports.__wasm_split,");
  if (head === more_names) throw new Error(`${LOADER} looks different from what script/lib/parts.mjs knows`);
  // A pack: see below. The page has asked for it.
  const fetcher = `async function unpack(asked) {
    const response = await asked;
    if (!response?.ok) return new Map();
    const bytes = new Uint8Array(await response.arrayBuffer());
    let at = bytes.indexOf(10) + 1;
    const names = JSON.parse(new TextDecoder().decode(bytes.subarray(0, at)));
    const files = names.map(() => [Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)]);
    for (let section = 0; section < ${ORDER.length}; section++) {
        for (const file of files) {
            let end = at + 1;
            if (bytes[at]) {
                let length = 0;
                for (let shift = 0, byte = 128; byte > 127; shift += 7) length |= ((byte = bytes[end++]) & 127) << shift;
                end += length;
                file.push(bytes.subarray(at, end));
            }
            at = end;
        }
    }
    return new Map(names.map((name, i) => {
        const whole = new Uint8Array(files[i].reduce((sum, part) => sum + part.length, 0));
        let to = 0;
        for (const part of files[i]) {
            whole.set(part, to);
            to += part.length;
        }
        return [name, whole];
    }));
}
let first;
const pack = () => (first ??= unpack(globalThis.rapport_pack).catch(() => new Map()));
let second;
const soon = () => (second ??= (async () => {
    const files = await pack();
    const address = (await globalThis.rapport_pack)?.url;
    if (!address) return;
    for (const [name, bytes] of await unpack(fetch(address.replace(".pack?", ".soon.pack?")))) files.set(name, bytes);
})().catch(() => {}));
const after = (first, load) => async () => (await first(), load());
const fetcher = (url) => () => {
    const name = url.pathname.split("/").pop();
    const src = pack().then((files) => {
        const bytes = files.get(name);
        files.delete(name);
        return bytes ?? fetch(url);
    });
    src.catch(() => {});
    return async (imports) => {
        const what = await src;
        return what instanceof Response ? WebAssembly.instantiateStreaming(what, imports) : WebAssembly.instantiate(what, imports);
    };
};`;
  const exported = rooms.map((room) => {
    const load = `makeLoad(() => async () => ({}), [${groups_of(room).map((i) => `__chunk_${i}`).join(", ")}])`;
    return `export const __wasm_split_load_${room} = wrapAsyncCb(${LATER.has(room) ? `after(soon, ${load})` : load});`;
  });
  writeFileSync(file(LOADER), [more_names, fetcher, ...loads, ...exported, ""].join("\n"));
  const first = all.flatMap((group, i) => ([...group.rooms].some((room) => !LATER.has(room)) ? [`part_${i}.wasm\n`] : []));
  writeFileSync(file("first.txt"), first.join(""));
  console.log(`  ${Object.keys(files).length} files became ${all.length}`);
}

// The largest first, so that all cores are busy to the end.
async function small() {
  const first = new Set(read("first.txt").split("\n"));
  const all = readdirSync(pkg).filter((name) => name.endsWith(".wasm"));
  all.sort((a, b) => statSync(file(b)).size - statSync(file(a)).size);
  await each(all, async (name) => {
    const how = [...(first.has(name) ? ["-O4"] : []), "-Os", "-Os"];
    await run(join(value, "wasm-opt"), [...how, ...more, file(name), "-o", file(`${name}.opt`)]);
    renameSync(file(`${name}.opt`), file(name));
  });
  rmSync(file("first.txt"));
}

// A line of JSON with the names; then the sections of one sort of all files, one behind the other, and so for each sort: alike
// beside alike is a seventieth less when compressed. A file without such a section has a zero there; those of other tools
// (what they are called, who made them) are left out.
function pack(name, parts) {
  const all = parts.map((part) => {
    const bytes = readFileSync(file(part));
    return new Map(sections(bytes).map(({ id, from, end }) => [id, bytes.subarray(from, end)]));
  });
  for (const of of all) for (const id of of.keys()) if (id && !ORDER.includes(id)) throw new Error(`section ${id} is new to script/lib/parts.mjs`);
  const body = ORDER.flatMap((id) => all.map((of) => of.get(id) ?? Buffer.of(0)));
  writeFileSync(file(name), Buffer.concat([Buffer.from(`${JSON.stringify(parts)}\n`), ...body]));
}

const replace = (name, from, to) => {
  const before = read(name);
  const after = before.replaceAll(from, to);
  if (before === after) throw new Error(`${name} looks different from what script/lib/parts.mjs knows: ${from}`);
  writeFileSync(file(name), after);
};

if (act === "merge") await merge();
else if (act === "small") await small();
else if (act === "name") {
  const { rooms } = loader();
  writeFileSync(file("parts.json"), JSON.stringify(rooms));
  for (const [room, parts] of Object.entries(rooms)) {
    if (LATER.has(room)) continue;
    const later = [...LATER.keys()].filter((later) => follows(later, room));
    const soon = new Set(later.flatMap((later) => rooms[later] ?? []).filter((part) => !parts.includes(part)));
    pack(`${room}.pack`, parts);
    pack(`${room}.soon.pack`, [...soon]);
  }
  replace(LOADER, /"(\.\/[^"?]+\.(?:js|wasm))"/g, `"$1?v=${value}"`);
  // Its imports only: the names under which the module asks for them stay.
  replace("rapport.js", /(from\s+)(["'])(\.\/__wasm_split\.js)\2/g, `$1$2$3?v=${value}$2`);
} else if (act === "limit") {
  const size = (name) => statSync(file(`${name}.br`)).size;
  const main = size("rapport_bg.wasm");
  const limit = Number(value);
  let largest = 0;
  for (const [room, parts] of Object.entries(JSON.parse(read("parts.json")))) {
    if (LATER.has(room)) continue;
    const own = size(`${room}.pack`);
    largest = Math.max(largest, main + own);
    const what = `${String(own).padStart(7)} in ${String(parts.length).padStart(2)} parts`;
    console.log(`  ${room.padEnd(10)} ${what}, ${main + own} at a first visit; ${size(`${room}.soon.pack`)} once it is drawn`);
  }
  console.log(`  first visit: at most ${largest} of ${limit} bytes of WebAssembly (brotli); ${main} of them in all rooms`);
  if (!(main > 0 && largest <= limit)) process.exit(1);
} else throw new Error(`parts.mjs: ${act}?`);
