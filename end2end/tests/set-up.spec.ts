import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, gate, ready, test } from "./house";

// A server of its own: the set-up page is there only while nobody is.
const port = Number(process.env.RAPPORT_TEST_PORT ?? 3300) + 1;
let data = "";
let server: ChildProcess | undefined;

test.beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "rapport-set-up-"));
  server = spawn(fileURLToPath(new URL("../../script/program", import.meta.url)), ["serve", "--listen", `127.0.0.1:${port}`, "--data", data], { stdio: "ignore" });
  await expect.poll(() => fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.status, () => 0), { timeout: 60_000 }).toBe(200);
});

test.afterAll(async () => {
  // One that broke down by itself has told so already.
  if (server && server.exitCode === null && server.signalCode === null) {
    const gone = new Promise((done) => server?.once("exit", done));
    server.kill("SIGTERM");
    await gone;
  }
  rmSync(data, { recursive: true, force: true });
});

test("before the page lives the form waits and keeps what is typed", async ({ page }) => {
  const arrive = await gate(page);
  await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "commit" });
  const [company, password, currency] = [page.locator("input[name=organization]"), page.locator("input[name=password]"), page.locator("select")];
  await company.pressSequentially("Ткач і сини");
  await password.pressSequentially("a long phrase 77");
  await password.press("Enter");
  await currency.selectOption("UAH");
  await expect(page.locator("form .btn.primary")).toHaveAttribute("aria-busy", "true");
  await expect(page.locator("html[data-hydrated]")).toHaveCount(0);
  arrive();
  await ready(page);
  expect(new URL(page.url()).search).toBe("");
  await expect(company).toHaveValue("Ткач і сини");
  await expect(password).toHaveValue("a long phrase 77");
  await expect(currency).toHaveValue("UAH");
  // The page knows it too: only what is missing is complained about.
  await page.locator("form .btn.primary").click();
  await expect(page.locator("input[name=name]")).toHaveAttribute("aria-invalid", "true");
  await expect(company).not.toHaveAttribute("aria-invalid");
  await expect(password).not.toHaveAttribute("aria-invalid");
});

test("the first start asks who the owner is, and leads into the house", async ({ page }) => {
  await page.goto(`http://127.0.0.1:${port}/companies`);
  await expect(page).toHaveURL(/\/set-up/);
  await page.locator("html[data-hydrated]").waitFor();
  await page.locator("form .btn.primary").click();
  await expect(page.locator("input[name=organization]")).toHaveAttribute("aria-invalid", "true");
  await page.locator("input[name=organization]").fill("Ткач і сини");
  await page.locator("input[name=name]").fill("Марія Ткач");
  await page.locator("input[name=email]").fill("maria@tkach.example");
  await page.locator("input[type=password]").fill("short");
  await page.locator("form .btn.primary").click();
  await expect(page.locator(".err", { hasText: "At least 10" })).toBeVisible();
  await page.locator("input[type=password]").fill("a long phrase 77");
  await page.locator("form .btn.primary").click();
  await expect(page.locator(".nav .who")).toContainText("Ткач і сини");
  await expect(page.locator(".nav .me")).toContainText("Марія Ткач");
  await page.goto(`http://127.0.0.1:${port}/set-up`);
  await expect(page).not.toHaveURL(/\/set-up/);
  // No deals yet: the board says how they come, in place of stages without anything in them; with the first one it is a board.
  await page.goto(`http://127.0.0.1:${port}/deals?layout=board`);
  await ready(page);
  await expect(page.getByRole("heading", { name: "No deals yet" })).toBeVisible();
  await expect(page.locator(".board .col")).toHaveCount(0);
  await page.locator(".boardwrap").getByRole("button", { name: "New deal" }).click();
  await page.locator("dialog[open]").getByRole("textbox", { name: "Name" }).fill("Перша угода");
  await page.locator("dialog[open] footer .btn.primary").click();
  await expect(page.locator(".board .col").first()).toContainText("Перша угода");
  await expect(page.getByRole("heading", { name: "No deals yet" })).toHaveCount(0);
});
