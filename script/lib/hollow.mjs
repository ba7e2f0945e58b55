// hollow.mjs FROM TO: empties functions that the browser half never calls but that tables of views name, so that the
// linker keeps them: leptos' way to hydrate while parts are still loading (`rooms` loads them before), its list of all routes
// (the server asks for it) and wasm-streams' doors for streams made in Rust (there are none). Works on a module with names and relocations, before it is cut.
// A call would trap, so nothing wrong could be drawn; the tests in end2end/ walk through every room.
import { readFileSync, writeFileSync } from "node:fs";

const NEVER_CALLED = [
  // Both manglings of rustc: v0, and the older one.
  /^_R\w*?6tachys4view8any_view\w{0,6}7IntoAny8into_any13hydrate_async/,
  /^_ZN\w*6tachys4view8any_view\w*8into_any13hydrate_async/,
  /^_R\w*?13leptos_router8matching6nested16any_nested_route\w{0,6}18IntoAnyNestedRoute21into_any_nested_route15generate_routes/,
  /^_ZN\w*16any_nested_route\w*21into_any_nested_route\w*15generate_routes/,
  /^intounderlying(source|sink|bytesource)_[a-z]+/,
];

const [from, to] = process.argv.slice(2);
const bytes = readFileSync(from);

function leb(at) {
  let value = 0;
  let shift = 1;
  for (;;) {
    const byte = bytes[at++];
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
    shift *= 128;
  }
}
const leb5 = (n) => Buffer.from([(n & 127) | 128, ((n >>> 7) & 127) | 128, ((n >>> 14) & 127) | 128, ((n >>> 21) & 127) | 128, n >>> 28]);
const text = (at) => {
  const [length, start] = leb(at);
  return [bytes.toString("utf8", start, start + length), start + length];
};

// Sections: what they are, where their content starts and ends.
const sections = [];
for (let at = 8; at < bytes.length; ) {
  const head = at;
  const id = bytes[at];
  const [length, start] = leb(at + 1);
  const [name, content] = id === 0 ? text(start) : [`${id}`, start];
  sections.push({ name, head, start, content, end: start + length });
  at = start + length;
}
const section = (name) => {
  const found = sections.find((s) => s.name === name);
  if (!found) throw new Error(`hollow.mjs: ${from} has no section ${name}: it was linked without --emit-relocs or stripped`);
  return found;
};

let imported = 0;
{
  let [count, at] = leb(section("2").content);
  while (count--) {
    at = text(text(at)[1])[1];
    const kind = bytes[at++];
    if (kind === 0) [, at] = leb((imported++, at));
    else if (kind === 3) at += 2;
    else if (kind === 4) at = leb(at + 1)[1];
    else {
      if (kind === 1) at++;
      const flags = bytes[at++];
      at = leb(at)[1];
      if (flags & 1) at = leb(at)[1];
    }
  }
}

const hollow = new Set();
for (let { content: at, end } = section("name"); at < end; ) {
  const kind = bytes[at];
  const [length, start] = leb(at + 1);
  if (kind === 1) {
    let [count, here] = leb(start);
    while (count--) {
      let index;
      let name;
      [index, here] = leb(here);
      [name, here] = text(here);
      if (NEVER_CALLED.some((pattern) => pattern.test(name))) hollow.add(index);
    }
  }
  at = start + length;
}

// A body of the same length that traps: no local variables, unreachable, nothing, end.
const code = section("10");
const gone = [];
let saved = 0;
{
  let [count, at] = leb(code.content);
  for (let index = imported; count--; index++) {
    const [length, start] = leb(at);
    if (hollow.has(index) && length >= 3) {
      bytes.fill(0x01, start, start + length);
      bytes[start] = 0;
      bytes[start + 1] = 0;
      bytes[start + length - 1] = 0x0b;
      gone.push([start - code.content, start + length - code.content]);
      saved += length;
    }
    at = start + length;
  }
}

// Relocations within them would keep alive what they called.
const relocations = section("reloc.CODE");
const WITH_ADDEND = new Set([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25]);
const kept = [];
let left = 0;
{
  let [, at] = leb(relocations.content);
  const target = bytes.subarray(relocations.content, at);
  let count;
  [count, at] = leb(at);
  let hole = 0;
  while (count--) {
    const entry = at;
    const type = bytes[at];
    const [offset, next] = leb(at + 1);
    at = leb(next)[1];
    if (WITH_ADDEND.has(type)) at = leb(at)[1];
    while (hole < gone.length && gone[hole][1] <= offset) hole++;
    if (hole < gone.length && offset >= gone[hole][0]) continue;
    kept.push(bytes.subarray(entry, at));
    left++;
  }
  kept.unshift(target, leb5(left));
}
const name = bytes.subarray(relocations.start, relocations.content);
const content = Buffer.concat([name, ...kept]);
writeFileSync(to, Buffer.concat([bytes.subarray(0, relocations.head), Buffer.from([0]), leb5(content.length), content, bytes.subarray(relocations.end)]));
console.log(`  ${gone.length} functions emptied, ${saved} bytes`);
if (gone.length === 0) throw new Error("hollow.mjs: none of the functions it knows is there: have they other names now?");
