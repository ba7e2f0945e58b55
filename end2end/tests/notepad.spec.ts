// The notepad: one key anywhere, nothing typed is lost, a note hangs on the record at hand or on nothing, pins and a search.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, PASSWORD, rest, signIn, test } from "./house";

/** Somebody of their own, so that nobody else's notes stand in the list. */
async function somebody(page: Page) {
  await signIn(page);
  const email = `pad-${Date.now()}-${Math.round(Math.random() * 1e6)}@halyard.example`;
  const user = await rest(page, "POST", "users", { name: "Pat Pad", email, role: "sales" });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  await page.context().clearCookies();
  await signIn(page, email);
}

const pad = (page: Page) => page.getByRole("dialog", { name: "Notepad" });
const field = (page: Page) => pad(page).getByRole("textbox", { name: "Write a note…" });

test("one key opens it anywhere, what is typed stays until it is saved, and a saved note can be taken back", async ({ page }) => {
  await somebody(page);
  await open(page, "/companies");
  await page.keyboard.press("p");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("First line\nand **more**");
  await page.keyboard.press("Escape");
  await expect(pad(page)).toHaveCount(0);
  // Another page, and a fresh one.
  await open(page, "/calendar");
  await page.keyboard.press("p");
  await expect(field(page)).toHaveValue("First line\nand **more**");
  await page.keyboard.press("Control+Enter");
  await expect(pad(page).getByRole("link", { name: "First line" })).toBeVisible();
  await expect(field(page)).toHaveValue("");
  await page.locator(".toast").getByRole("button", { name: /^Undo/ }).click();
  await expect(pad(page).getByRole("link", { name: "First line" })).toHaveCount(0);
  await expect(field(page), "the words come back").toHaveValue("First line\nand **more**");
});

test("a note hangs on the record at hand with one tick, and on nothing without", async ({ page }) => {
  await somebody(page);
  const company = await rest(page, "POST", "companies", { name: `Padded ${Date.now()}` });
  await open(page, `/companies/${company.id}`);
  await page.getByRole("button", { name: "Notepad" }).click();
  await pad(page).getByRole("checkbox", { name: `Attach to ${company.name}` }).check();
  await field(page).fill("They like green");
  await pad(page).getByRole("button", { name: /^Save/ }).click();
  await expect(pad(page).getByRole("link", { name: "They like green" })).toBeVisible();
  await expect(pad(page).getByRole("link", { name: company.name })).toBeVisible();
  await field(page).fill("Buy milk");
  await pad(page).getByRole("button", { name: /^Save/ }).click();
  await expect(pad(page).getByRole("link", { name: "Buy milk" })).toBeVisible();
  const notes = (await rest(page, "GET", "notes?filter=owner%20%3D%20me")).items as { body: string; company?: string }[];
  expect(notes.map((n) => [n.body, n.company]).sort()).toEqual([["Buy milk", undefined], ["They like green", company.id]]);
  // Pinned ones stand first; the search finds either.
  await pad(page).getByRole("button", { name: "Pin They like green" }).click();
  await expect(pad(page).locator("li .t")).toHaveText(["They like green", "Buy milk"]);
  await pad(page).getByRole("searchbox").fill("milk");
  await expect(pad(page).locator("li .t")).toHaveText(["Buy milk"]);
});

test("the notepad passes the accessibility rules, and fits a phone @everywhere", async ({ page }) => {
  await somebody(page);
  await rest(page, "POST", "notes", { body: "A note\nwith a second line", pinned: true });
  await open(page, "/notes");
  await page.getByRole("button", { name: "Notepad" }).click();
  await expect(pad(page).locator("li")).toHaveCount(1);
  const found = await new AxeBuilder({ page }).include(".notepad").withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});
