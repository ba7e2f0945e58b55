import { another, expect, open, rest, signIn, test } from "./house";

async function pipeline(page: import("@playwright/test").Page, name: string, cards: string[]) {
  const open = (id: string, probability: number) => ({ id, name: id, kind: "open", probability });
  const stages = [open("first", 10), open("second", 50), { id: "won", name: "Won", kind: "won", probability: 100 }, { id: "lost", name: "Lost", kind: "lost", probability: 0 }];
  const made = await rest(page, "POST", "pipelines", { name, stages, currency: "USD" });
  const deals = [];
  for (const card of cards) {
    deals.push(await rest(page, "POST", "deals", { name: card, pipeline: made.id, stage: "first", amount: { amount: "1000.00", currency: "USD" } }));
  }
  return { id: made.id as string, deals };
}

test("a card moved by the keyboard in one browser moves in another, and undo brings both back", async ({ page, browser, complaints }) => {
  await signIn(page);
  const made = await pipeline(page, `Live ${Date.now()}`, ["Moving card"]);
  const url = `/deals?layout=board&pipeline=${made.id}`;
  const other = await another(browser, "amara", complaints);
  await open(other, url);
  await open(page, url);
  const column = (p: typeof page, stage: string) => p.locator(`[data-stage='${stage}']`);
  await expect(column(other, "first").getByText("Moving card")).toBeVisible();

  const card = page.locator(`[data-card='${made.deals[0].id}']`);
  await card.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");

  await expect(column(page, "second").getByText("Moving card")).toBeVisible();
  await expect(column(other, "second").getByText("Moving card")).toBeVisible({ timeout: 2000 });
  await expect(column(other, "first").getByText("Moving card")).toHaveCount(0);
  await page.keyboard.press("z");
  await expect(column(other, "first").getByText("Moving card")).toBeVisible({ timeout: 3000 });
});

test("a card dragged by the mouse lands where it was dropped and stays there after a reload", async ({ page }) => {
  await signIn(page);
  const made = await pipeline(page, `Drag ${Date.now()}`, ["Dragged card", "Other card"]);
  await open(page, `/deals?layout=board&pipeline=${made.id}`);
  const card = page.locator(`[data-card='${made.deals[0].id}']`);
  const target = page.locator("[data-stage='second']");
  const from = (await card.boundingBox())!;
  const to = (await target.boundingBox())!;
  await page.mouse.move(from.x + 60, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + 30, { steps: 4 });
  await page.mouse.move(to.x + to.width / 2, to.y + 160, { steps: 12 });
  await page.mouse.up();
  await expect(target.getByText("Dragged card")).toBeVisible();
  await expect(page.locator(".toast")).toBeVisible();
  await page.reload();
  await expect(page.locator("[data-stage='second']").getByText("Dragged card")).toBeVisible();
});
