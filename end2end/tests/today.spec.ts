// My day: one list with a reason for each line, done and put off from the keyboard, several together, taken back, live.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { another, expect, open, PASSWORD, rest, signIn, test } from "./house";

/** Somebody of their own, so that nobody else's tasks stand in the list. */
async function somebody(page: Page, locale = "en") {
  await signIn(page);
  const email = `day-${Date.now()}-${Math.round(Math.random() * 1e6)}@halyard.example`;
  const user = await rest(page, "POST", "users", { name: "Dana Day", email, role: "sales", locale, time_zone: "Europe/Kyiv" });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  await page.context().clearCookies();
  await signIn(page, email);
  return { id: user.id as string, email };
}

const DAY = 86_400_000;
const at = (days: number) => new Date(Date.now() + days * DAY).toISOString();
const line = (page: Page, name: string) => page.locator(".dayrow", { hasText: name });

async function tasks(page: Page, ...days: number[]) {
  const made = [];
  for (const n of days) made.push(await rest(page, "POST", "tasks", { name: `Task of ${n}`, due_at: at(n) }));
  return made;
}

test("what is late, due and without a next step stands in groups, each with its reason", async ({ page }) => {
  await somebody(page);
  await open(page, "/today");
  await expect(page.getByRole("heading", { name: "Nothing is waiting for you" })).toBeVisible();
  await tasks(page, -3, 2);
  await rest(page, "POST", "deals", { name: "Forgotten deal", amount: { amount: "4000.00", currency: "USD" } });
  // It comes by itself.
  await expect(page.locator(".in-overdue .dayrow")).toContainText("3 days late");
  await expect(page.locator(".in-soon .dayrow")).toContainText("due in 2 days");
  await expect(page.locator(".in-today .dayrow")).toContainText("no next step");
  await expect(page.locator(".in-today .dayrow")).toContainText("$4,000");
  // The next step of the deal is planned from its line, and the line gives way to it.
  await page.getByRole("button", { name: "Plan the next step of Forgotten deal" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input").first().fill("Ring them");
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await expect(page.locator(".dayrow", { hasText: "no next step" })).toHaveCount(0);
});

test("several are done together by keyboard alone, and come back together", async ({ page }) => {
  await somebody(page);
  await tasks(page, -3, -2, -1);
  await open(page, "/today");
  await page.keyboard.press("j");
  await expect(line(page, "Task of -3").getByRole("link").first()).toBeFocused();
  const selected = (n: number) => page.getByRole("status").filter({ hasText: `${n} selected` });
  await page.keyboard.press("x");
  await expect(selected(1)).toHaveCount(1);
  await page.keyboard.press("j");
  await expect(line(page, "Task of -2").getByRole("link").first()).toBeFocused();
  await page.keyboard.press("x");
  await expect(selected(2)).toHaveCount(1);
  await page.keyboard.press("d");
  await expect(page.locator(".dayrow")).toHaveCount(1);
  await expect(line(page, "Task of -1").getByRole("link").first()).toBeFocused();
  await expect(page.locator(".toast")).toContainText("2 tasks done");
  await page.keyboard.press("z");
  await expect(page.locator(".dayrow")).toHaveCount(3);
  // One is put off, and Enter opens the next.
  await line(page, "Task of -3").getByRole("link").first().focus();
  await page.keyboard.press("s");
  await expect(page.locator(".in-soon .dayrow")).toContainText("Task of -3");
  await expect(page.locator(".in-soon .dayrow")).toContainText("due tomorrow");
  await line(page, "Task of -2").getByRole("link").first().focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tasks\//);
});

test("what is done elsewhere goes from the list by itself", async ({ page, browser, complaints }) => {
  const { email } = await somebody(page);
  const [task] = await tasks(page, -1);
  await open(page, "/today");
  await expect(page.locator(".dayrow")).toHaveCount(1);
  const other = await another(browser, email, complaints);
  await rest(other, "PATCH", `tasks/${task.id}`, { done: true }, { "if-match": `"${task.version}"` });
  await expect(page.locator(".dayrow")).toHaveCount(0, { timeout: 5_000 });
});

test("my day passes the accessibility rules with lines in it, at both widths @everywhere", async ({ page }) => {
  await somebody(page);
  await tasks(page, -3, 0.01, 2);
  await rest(page, "POST", "deals", { name: "A deal with a rather long name that has to give way somewhere", amount: { amount: "4000.00", currency: "USD" } });
  await open(page, "/today");
  await page.locator(".dayrow input.box").first().check();
  await expect(page.locator(".selbar")).toBeVisible();
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});

test("tasks without a due day stand last, and are put off, done and brought back like the others", async ({ page }) => {
  await somebody(page);
  await tasks(page, 2);
  await rest(page, "POST", "tasks", { name: "Tidy the shelf" });
  await rest(page, "POST", "tasks", { name: "Read the book" });
  await open(page, "/today");
  const last = page.locator(".days section").last();
  await expect(last.getByRole("heading", { name: "No due date" })).toBeVisible();
  await expect(last.locator(".dayrow")).toHaveCount(2);
  await line(page, "Tidy the shelf").hover();
  await page.getByRole("button", { name: "More with Tidy the shelf" }).click();
  await page.getByRole("menuitem", { name: "Put off till tomorrow" }).click();
  await expect(page.locator(".in-soon .dayrow", { hasText: "Tidy the shelf" })).toContainText("due tomorrow");
  await line(page, "Read the book").hover();
  await line(page, "Read the book").locator(".acts button").first().click();
  await expect(line(page, "Read the book")).toHaveCount(0);
  // The line goes at once, the word that it is done comes with the answer.
  await expect(page.locator(".toast")).toHaveCount(2);
  await page.locator(".toasts").getByRole("button", { name: "Undo" }).last().click();
  await expect(page.locator(".in-undated .dayrow")).toContainText("Read the book");
});
