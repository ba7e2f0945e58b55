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

/** A pipeline of its own, so that nobody else's deals count: open ones with cents, and one that was won. */
async function pipeline(page: Page) {
  const stage = (id: string, kind: string, probability: number) => ({ id, name: id, kind, probability });
  const stages = [stage("first", "open", 10), stage("second", "open", 50), stage("won", "won", 100), stage("lost", "lost", 0)];
  const made = await rest(page, "POST", "pipelines", { name: `Figures ${Date.now()}`, stages, currency: "USD" });
  const add = async (name: string, stage: string, amount: string): Promise<Deal> =>
    rest(page, "POST", "deals", { name, pipeline: made.id, stage, amount: { amount, currency: "USD" } });
  const win = (deal: Deal) => rest(page, "POST", `deals/${deal.id}/move`, { stage: "won", version: deal.version });
  await add("One", "first", "1000.25");
  await add("Two", "second", "2000.50");
  await win(await add("Three", "second", "500.00"));
  return { url: `/dashboard?pipeline=${made.id}`, filter: `status = open and pipeline = ${made.id}` };
}

test("a deal that a colleague wins is counted here at once", async ({ page, browser, complaints }) => {
  await signIn(page);
  const { url } = await pipeline(page);
  await open(page, url);
  await expect(tile(page, "Won").locator(".v")).toHaveText("$500");
  const other = await another(browser, "amara", complaints);
  const two = (await deals(other, `name = Two and pipeline = ${new URL(page.url()).searchParams.get("pipeline")}`))[0]!;
  await rest(other, "POST", `deals/${two.id}/move`, { stage: "won", version: two.version });
  await expect(tile(page, "Won").locator(".v")).toHaveText("$2,501", { timeout: 5_000 });
  await expect(tile(page, "Open pipeline").locator(".v")).toHaveText("$1,000");
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
  await expect(page.locator(".listfoot .count")).toHaveText(`${count} ${count === 1 ? "record" : "records"}`);
  const rows = await deals(page, new URL(page.url()).searchParams.get("filter")!);
  expect([rows.length, sum(rows)]).toEqual([count, total]);
});

test("any two days are a period, in the address and in the links behind the numbers", async ({ page }) => {
  await signIn(page);
  const { url } = await pipeline(page);
  await open(page, url);
  await page.getByRole("button", { name: /^Period/ }).click();
  const days = page.locator(".pop:popover-open form.days");
  await days.getByRole("button", { name: "Apply" }).click();
  await expect(days.getByLabel("First day")).toHaveAccessibleDescription(/This is no date/);
  await days.getByLabel("First day").fill("2031-05-02");
  await days.getByLabel("Last day").fill("2031-05-01");
  await days.getByRole("button", { name: "Apply" }).click();
  await expect(days.getByLabel("Last day")).toHaveAccessibleDescription(/before the first/);
  await days.getByLabel("First day").fill("2026-01-02");
  await days.getByLabel("Last day").fill("2031-05-01");
  await days.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/period=2026-01-02\.\.2031-05-01/);
  await expect(page.getByRole("button", { name: /^Period/ })).toContainText("2 Jan 2026 – 1 May 2031");
  await expect(tile(page, "Won").locator(".v")).toHaveText("$500");
  await expect(tile(page, "Won").locator("a.v")).toHaveAttribute("href", /closed_at/);
  await tile(page, "Won").locator("a.v").click();
  await expect(page).toHaveURL(/closed_at%20%3E%3D%202026-01-02%20and%20closed_at%20%3C%202031-05-02/);
  await expect(page.locator(".listfoot [data-sum=amount] b")).toHaveText("$500.00");
  // Days that cannot be say so, and the bar is there to choose others.
  await open(page, "/dashboard?period=2026-02-30..2026-03-01");
  await expect(page.getByRole("alert")).toContainText("like 2026-01-15..2026-03-31");
  await expect(page.getByRole("button", { name: /^Period/ })).toBeVisible();
});

test("a period in the address that is none says so, instead of showing all time", async ({ page }) => {
  await signIn(page);
  for (const room of ["/dashboard", "/dashboard/time"]) {
    await open(page, `${room}?period=bogus`);
    await expect(page.getByRole("alert")).toContainText("“bogus” is no period");
    await expect(tile(page, "Won")).toHaveCount(0);
    await expect(page.getByRole("button", { name: /^Period/ })).toBeVisible();
  }
});

test("a figure and the sum of the list that it leads to agree to the cent, and stay so", async ({ page, browser, complaints }) => {
  await signIn(page);
  const { url, filter } = await pipeline(page);
  await open(page, url);
  await expect(tile(page, "Open pipeline").locator(".v")).toHaveText("$3,001");
  await tile(page, "Open pipeline").locator("a.v").click();
  const foot = page.locator(".listfoot");
  await expect(foot.locator(".count")).toHaveText("2 records");
  await expect(foot.locator("[data-sum=amount] b")).toHaveText("$3,000.75");
  await expect(foot).toContainText("$1,100.28 weighted");
  // Live, and each currency for itself.
  const other = await another(browser, "amara", complaints);
  const stage = new URL(url, page.url()).searchParams.get("pipeline");
  await rest(other, "POST", "deals", { name: "Four", pipeline: stage, stage: "first", amount: { amount: "7.50", currency: "EUR" } });
  await expect(foot.locator("[data-sum=amount] b")).toHaveText("€7.50 · $3,000.75", { timeout: 5_000 });
  await expect(foot.locator(".count")).toHaveText("3 records");
  const sums = (await rest(page, "GET", `deals?limit=1&sums=true&filter=${encodeURIComponent(filter)}`)).sums;
  expect(sums.amount).toEqual([{ amount: "7.50", currency: "EUR" }, { amount: "3000.75", currency: "USD" }]);
  // Narrowed further, it adds up what is left.
  await page.getByRole("searchbox", { name: /^Search in/ }).fill("Two");
  await expect(foot.locator("[data-sum=amount] b")).toHaveText("$2,000.50");
});

test("every chart is a table too, and every tile a file", async ({ page }) => {
  await signIn(page);
  const { url, filter } = await pipeline(page);
  await open(page, url);
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
  const open_deals = await deals(page, filter);
  const amounts = lines.slice(1).map((line) => Number(/(\d+\.\d\d)/.exec(line)?.[1] ?? 0));
  expect(amounts.reduce((a, b) => a + b, 0)).toBeCloseTo(sum(open_deals), 2);
});

test("a filter that leaves nothing says so and how to go on", async ({ page }) => {
  await signIn(page);
  await open(page, "/dashboard?period=1999&owner=00000000-0000-7000-8000-000000000000");
  await page.getByRole("main").getByRole("link", { name: "Clear filters" }).last().click();
  await expect(tile(page, "Won").locator(".v")).toBeVisible();
});
