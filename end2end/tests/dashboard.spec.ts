// The dashboard: live, filtered by its address, and every figure leads to exactly its deals.
import type { Page } from "@playwright/test";
import { another, expect, open, rest, signIn, test } from "./house";

type Money = { amount: string; currency: string };
type Deal = { id: string; version: number; amount?: Money };

const tile = (page: Page, name: string) => page.locator(".tile", { has: page.getByRole("heading", { name, exact: true }) });
const number = (text: string | null) => Number((text ?? "").replace(/[^\d]/g, ""));

/** All deals of a filter, by the API. */
async function deals(page: Page, filter: string): Promise<Deal[]> {
  const all: Deal[] = [];
  for (let cursor = ""; ; ) {
    const answer = await rest(page, "GET", `deals?limit=200&filter=${encodeURIComponent(filter)}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    all.push(...answer.items);
    if (!answer.next) return all;
    cursor = answer.next;
  }
}

const sum = (all: Deal[]) => all.reduce((total, deal) => total + Number(deal.amount?.amount ?? 0), 0);

test("a deal that a colleague wins is counted here at once", async ({ page, browser, complaints }) => {
  await signIn(page);
  await open(page, "/dashboard");
  const won = tile(page, "Won");
  const before = number(await won.locator(".v").textContent());
  const other = await another(browser, "amara", complaints);
  const made = await rest(other, "POST", "deals", { name: `Counted ${Date.now()}`, amount: { amount: "12345.00", currency: "USD" } });
  await rest(other, "POST", `deals/${made.id}/move`, { stage: "won", version: made.version });
  await expect.poll(async () => number(await won.locator(".v").textContent()), { timeout: 5_000 }).toBeGreaterThanOrEqual(before + 12_345);
});

test("the filter bar lies in the address, and figures lead to exactly their deals", async ({ page }) => {
  await signIn(page);
  await open(page, "/dashboard");
  await page.getByRole("button", { name: /^Period/ }).click();
  await page.getByRole("button", { name: "last quarter", exact: true }).click();
  await expect(page).toHaveURL(/period=last-quarter/);
  await page.getByRole("button", { name: /^Owner/ }).click();
  await page.locator(".pop:popover-open .item", { hasText: "Vicki" }).click();
  await expect(page).toHaveURL(/period=last-quarter&owner=/);
  await page.reload();
  await expect(page.getByRole("button", { name: /^Owner/ })).toContainText("Vicki");

  const won = tile(page, "Won");
  const [total, count] = [number(await won.locator(".v").textContent()), number(await won.locator(".d").textContent())];
  await won.locator("a.v").click();
  await expect(page).toHaveURL(/\/deals\?/);
  await expect(page.locator(".filters .sum")).toHaveText(`${count} ${count === 1 ? "record" : "records"}`);
  const rows = await deals(page, new URL(page.url()).searchParams.get("filter")!);
  expect([rows.length, sum(rows)]).toEqual([count, total]);
});

test("every chart is a table too, and every tile a file", async ({ page }) => {
  await signIn(page);
  await open(page, "/dashboard");
  for (const name of ["Pipeline by stage", "Won and lost by month", "Forecast by month"]) {
    const one = tile(page, name);
    await one.getByRole("button", { name: "Table", exact: true }).click();
    await expect(one.locator("table tbody tr").first()).toBeVisible();
  }
  const stages = tile(page, "Pipeline by stage");
  const waiting = page.waitForEvent("download");
  await stages.getByRole("button", { name: /CSV/ }).click();
  const saved = await (await waiting).createReadStream();
  let text = "";
  for await (const part of saved) text += part;
  const lines = text.replace("\ufeff", "").trim().split("\r\n");
  const rows = await stages.locator("table tbody tr").count();
  expect(lines.length).toBe(rows + 1);
  // The file holds the cents that the picture leaves out.
  const open_deals = await deals(page, "status = open");
  const amounts = lines.slice(1).map((line) => Number(/(\d+\.\d\d)/.exec(line)?.[1] ?? 0));
  expect(amounts.reduce((a, b) => a + b, 0)).toBeCloseTo(sum(open_deals), 2);
});

test("a filter that leaves nothing says so and how to go on", async ({ page }) => {
  await signIn(page);
  await open(page, "/dashboard?period=1999&owner=00000000-0000-7000-8000-000000000000");
  await page.getByRole("main").getByRole("link", { name: "Clear filters" }).last().click();
  await expect(tile(page, "Won").locator(".v")).toBeVisible();
});
