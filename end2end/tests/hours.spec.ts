// The time report: the question lies in the address, and every figure leads to exactly the rows behind it.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, PASSWORD, ready, rest, signIn, test } from "./house";

/** Somebody of their own with hours in May 2025. */
async function somebody(page: Page, role = "sales") {
  await signIn(page);
  const email = `hours-${Date.now()}-${Math.round(Math.random() * 1e6)}@halyard.example`;
  const user = await rest(page, "POST", "users", { name: `Hanna ${Date.now()}`, email, role });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  await page.context().clearCookies();
  await signIn(page, email);
  const company = await rest(page, "POST", "companies", { name: `Hourly ${Date.now()}` });
  const event = (day: string, from: string, to: string, more: object) =>
    rest(page, "POST", "events", { title: `On ${day}`, start: `2025-05-${day}T${from}:00Z`, end: `2025-05-${day}T${to}:00Z`, zone: "UTC", ...more });
  await event("06", "09:00", "10:30", { kind: "visit", company: company.id });
  await event("05", "08:00", "08:45", { rrule: "FREQ=WEEKLY;COUNT=3" });
  await rest(page, "POST", "calls", { name: "Asked", at: "2025-05-08T10:00:00Z", minutes: 12, company: company.id });
  return { user, company };
}

const minutes = (text: string) => Number(/(\d+) h/.exec(text)?.[1] ?? 0) * 60 + Number(/(\d+) min/.exec(text)?.[1] ?? 0);

test("every figure leads to its rows, and their sum is the figure", async ({ page }) => {
  const { company } = await somebody(page);
  await open(page, "/dashboard");
  await page.getByRole("link", { name: "Time", exact: true }).click();
  await expect(page).toHaveURL(/\/dashboard\/time/);
  await open(page, "/dashboard/time?period=2025-05");
  const figures = page.locator(".tile", { has: page.getByRole("heading", { name: "Figures" }) });
  await expect(figures.locator("tfoot")).toContainText("3 h 57 min");
  await page.getByRole("button", { name: "Activity", exact: true }).click();
  await expect(page).toHaveURL(/period=2025-05&by=kind/);
  await expect(figures.locator("tbody tr")).toHaveCount(3);
  await page.getByRole("button", { name: "Company", exact: true }).click();
  await expect(figures.locator("tbody tr")).toHaveCount(2);
  let all = 0;
  for (const row of await figures.locator("tbody tr").all()) {
    const figure = minutes((await row.locator("td").last().textContent())!);
    await row.locator("td").last().getByRole("link").click();
    const rows = page.locator("#rows");
    await expect(rows.locator("tfoot td")).toHaveText((await row.locator("td").last().textContent())!);
    const cells = await rows.locator("tbody tr td:last-child").allTextContents();
    expect(cells.map(minutes).reduce((a, b) => a + b, 0)).toBe(figure);
    all += figure;
  }
  expect(all).toBe(237);
  await figures.getByRole("link", { name: company.name }).click();
  await expect(page.locator("#rows tbody tr")).toHaveCount(2);
  // The address brings it all back.
  await page.reload();
  await ready(page);
  await expect(page.locator("#rows tbody tr")).toHaveCount(2);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the figures as CSV" }).click();
  expect((await download).suggestedFilename()).toBe("hours.csv");
});

test("others' hours are not there for a salesperson, and private ones have no name for the house", async ({ page }) => {
  const { user } = await somebody(page);
  await rest(page, "POST", "events", { title: "Doctor", start: "2025-05-20T09:00:00Z", end: "2025-05-20T10:00:00Z", private: true });
  await open(page, "/dashboard/time?period=2025-05");
  await expect(page.getByRole("button", { name: /^Person/ })).toHaveCount(1);
  await expect(page.locator(".filters .sum")).toContainText("4 h 57 min");
  await page.context().clearCookies();
  await signIn(page);
  await open(page, `/dashboard/time?period=2025-05&person=${user.id}&rows=all`);
  await expect(page.locator(".filters .sum")).toContainText("4 h 57 min");
  await expect(page.locator("#rows")).toContainText("Private");
  await expect(page.locator("#rows")).not.toContainText("Doctor");
});

test("the time report passes the accessibility rules with rows, at both widths @everywhere", async ({ page }) => {
  await somebody(page);
  await open(page, "/dashboard/time?period=2025-05&rows=all");
  await expect(page.locator("#rows tbody tr")).toHaveCount(5);
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});
