// Two servers on one SurrealDB server, and a browser at each: what one does, the other sees. `script/setup test` builds the
// database's program.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, listen, PASSWORD, ready, test } from "./house";

const port = Number(process.env.RAPPORT_TEST_PORT ?? 3300) + 2;
const cache = process.env.RAPPORT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "rapport");
const at = (server: 1 | 2) => `http://127.0.0.1:${port + server}`;
const data: string[] = [];
const running: ChildProcess[] = [];

async function start(program: string, args: string[], ready: string) {
  const child = spawn(program, args, { stdio: "ignore" });
  running.push(child);
  await expect.poll(() => fetch(ready).then((r) => r.status, () => 0), { timeout: 90_000 }).toBe(200);
}

test.beforeAll(async () => {
  test.setTimeout(200_000);
  const database = ["start", "--no-banner", "--log", "error", "--unauthenticated", "--bind", `127.0.0.1:${port}`, "memory"];
  await start(join(cache, "tools/bin/rapport-surrealdb"), database, `http://127.0.0.1:${port}/ready`);
  const program = fileURLToPath(new URL("../../script/program", import.meta.url));
  for (const server of [1, 2] as const) {
    const own = mkdtempSync(join(tmpdir(), "rapport-server-"));
    data.push(own);
    const url = ["--database", `ws://127.0.0.1:${port}`, "--data", own];
    await start(program, ["serve", ...(server === 1 ? ["--demo"] : []), "--listen", `127.0.0.1:${port + server}`, ...url], `${at(server)}/readyz`);
  }
});

test.afterAll(async () => {
  for (const child of running.reverse()) {
    // One that broke down by itself has told so already.
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await gone;
  }
  for (const own of data) rmSync(own, { recursive: true, force: true });
});

async function board(page: Page, server: 1 | 2, who: string) {
  const headers = { "content-type": "application/json", origin: at(server) };
  const credentials = { email: `${who}@halyard.example`, password: PASSWORD };
  const answer = await page.request.post(`${at(server)}/api/app/auth/sign_in`, { data: JSON.stringify({ credentials, keep: false }), headers });
  expect(answer.status()).toBe(200);
  await page.goto(`${at(server)}/deals?layout=board`);
  await ready(page);
}

test("a card moved at one server moves at the other, and so does its undo", async ({ page, browser, complaints }) => {
  test.setTimeout(120_000);
  const other = await (await browser.newContext()).newPage();
  listen(other, complaints);
  await board(page, 1, "olena");
  await board(other, 2, "amara");
  const columns = page.locator(".board .col[data-stage]");
  const [from, to] = [await columns.nth(0).getAttribute("data-stage"), await columns.nth(1).getAttribute("data-stage")];
  const card = page.locator(`[data-stage='${from}'] [data-card]`).first();
  const id = await card.getAttribute("data-card");
  const there = (stage: string | null) => other.locator(`[data-stage='${stage}'] [data-card='${id}']`);
  await expect(there(from)).toBeVisible();
  // Not waited for: that changes arrive already. What is moved before the other page's line is up is told there too.
  await card.focus();
  for (const key of ["Space", "ArrowRight", "Space"]) await page.keyboard.press(key);
  // How fast is measured where nothing else is at work; here two servers and their database share the machine with other tests.
  await expect(there(to)).toBeVisible({ timeout: 10_000 });
  await expect(there(from)).toHaveCount(0);
  await page.keyboard.press("z");
  await expect(there(from)).toBeVisible({ timeout: 10_000 });
});
