import type { Page } from "@playwright/test";
import { another, expect, open, rest, signIn, test } from "./house";

type Deal = { id: string; version: number };

/** A pipeline of its own with these cards in its first column; the second one may ask for fields. */
async function pipeline(page: Page, name: string, cards: string[], needs: string[] = []) {
  const stage = (id: string, probability: number, required_fields: string[] = []) => ({ id, name: id, kind: "open", probability, required_fields });
  const ends = [
    { id: "won", name: "Won", kind: "won", probability: 100 },
    { id: "lost", name: "Lost", kind: "lost", probability: 0, required_fields: ["lost_reason"] },
  ];
  const stages = [stage("first", 10), stage("second", 50, needs), stage("third", 80), ...ends];
  const made = await rest(page, "POST", "pipelines", { name: `${name} ${Date.now()}`, stages, currency: "USD" });
  const deals: Deal[] = [];
  for (const card of cards) {
    deals.push(await rest(page, "POST", "deals", { name: card, pipeline: made.id, stage: "first", amount: { amount: "1000.00", currency: "USD" } }));
  }
  return { url: `/deals?layout=board&pipeline=${made.id}`, deals };
}

const column = (page: Page, stage: string) => page.locator(`[data-stage='${stage}']`);
const cardOf = (page: Page, deal?: Deal) => page.locator(`.board [data-card='${deal?.id}']`);
const spoken = (page: Page) => page.locator("[role=status][aria-live=assertive]");

async function drag(page: Page, deal: Deal | undefined, stage: string) {
  const from = (await cardOf(page, deal).boundingBox())!;
  const to = (await column(page, stage).boundingBox())!;
  await page.mouse.move(from.x + 60, from.y + 20);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + 30, { steps: 4 });
  await page.mouse.move(to.x + to.width / 2, to.y + 160, { steps: 12 });
  await page.mouse.up();
}

test("a card moved by the keyboard in one browser moves in another, and undo brings both back", async ({ page, browser, complaints }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Live", ["Moving card"]);
  const other = await another(browser, "amara", complaints);
  await open(other, url);
  await open(page, url);
  await expect(column(other, "first").getByText("Moving card")).toBeVisible();

  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("Space");
  await expect(spoken(page)).toContainText("Moving card lifted");
  await page.keyboard.press("ArrowRight");
  await expect(spoken(page)).toContainText("Position 1 of 1 in second");
  await page.keyboard.press("Space");

  await expect(column(page, "second").getByText("Moving card")).toBeVisible();
  await expect(cardOf(page, deals[0])).toBeFocused();
  await expect(column(other, "second").getByText("Moving card")).toBeVisible({ timeout: 2000 });
  await expect(column(other, "first").getByText("Moving card")).toHaveCount(0);
  await page.keyboard.press("z");
  await expect(column(other, "first").getByText("Moving card")).toBeVisible({ timeout: 3000 });
});

test("a card stays in the hand and keeps the focus while the whole board is read again", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Reread", ["Held card", "Other card"]);
  await open(page, url);
  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("Space");
  await expect(spoken(page)).toContainText("Held card lifted");
  const id = new URL(url, "http://here").searchParams.get("pipeline");
  const { version, stages } = await rest(page, "GET", `pipelines/${id}`);
  const renamed = stages.map((s: { id: string; name: string }) => (s.id === "second" ? { ...s, name: "Second thoughts" } : s));
  await rest(page, "PATCH", `pipelines/${id}`, { stages: renamed }, { "if-match": `"${version}"` });
  await expect(column(page, "second")).toContainText("Second thoughts");
  await page.keyboard.press("ArrowRight");
  await expect(spoken(page)).toContainText("Position 1 of 1 in Second thoughts");
  await page.keyboard.press("Space");
  await expect(column(page, "second").getByText("Held card")).toBeVisible();
  await expect(cardOf(page, deals[0])).toBeFocused();
});

test("a card that somebody deletes leaves the hand, and the keyboard stays on the board", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Taken", ["Taken card", "Next card"]);
  await open(page, url);
  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("Space");
  await expect(spoken(page)).toContainText("Taken card lifted");
  const { version } = await rest(page, "GET", `deals/${deals[0]?.id}`);
  await rest(page, "DELETE", `deals/${deals[0]?.id}`, undefined, { "if-match": `"${version}"` });
  await expect(spoken(page)).toContainText("no longer here");
  await expect(cardOf(page, deals[1])).toBeFocused();
  await page.keyboard.press("Space");
  await expect(spoken(page)).toContainText("Next card lifted");
});

test("a card dragged by the mouse lands where it was dropped and stays there after a reload", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Drag", ["Dragged card", "Other card"]);
  await open(page, url);
  await drag(page, deals[0], "second");
  await expect(column(page, "second").getByText("Dragged card")).toBeVisible();
  await expect(page.locator(".toast")).toBeVisible();
  await page.reload();
  await expect(column(page, "second").getByText("Dragged card")).toBeVisible();
});

test("a selection is dragged, assigned and deleted as one, and Undo brings it back", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Several", ["One", "Two", "Three"]);
  await open(page, url);
  for (const deal of deals.slice(1)) await cardOf(page, deal).click({ modifiers: ["Control"] });
  await expect(page.locator(".selbar")).toContainText("2 selected · $2,000");
  await drag(page, deals[1], "third");
  await expect(column(page, "third").locator("[data-card]")).toHaveCount(2);
  await expect(column(page, "third").locator(".fig")).toContainText("$2,000");
  await expect(page.locator(".toast", { hasText: "2 deals moved to third" })).toBeVisible();

  await page.locator(".selbar").getByRole("button", { name: "Assign owner" }).click();
  await page.getByRole("combobox", { name: "New owner" }).fill("Vicki");
  await page.getByRole("option", { name: /Vicki/ }).click();
  await expect(page.locator(".toast", { hasText: "2 deals assigned to Vicki" })).toBeVisible();
  await expect(cardOf(page, deals[1]).locator(".av")).toHaveText("VL");

  await page.locator(".selbar").getByRole("button", { name: "Delete" }).click();
  await expect(column(page, "third").locator("[data-card]")).toHaveCount(0);
  await page.locator(".toast", { hasText: "2 deals deleted" }).getByRole("button", { name: /Undo/ }).click();
  await expect(column(page, "third").locator("[data-card]")).toHaveCount(2);

  await cardOf(page, deals[0]).click({ modifiers: ["Control"] });
  await expect(page.locator(".selbar")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator(".selbar")).toHaveCount(0);
});

test("by keyboard alone: a stage asks for what it needs, lost asks for the reason", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Asked", ["Asking"], ["expected_close"]);
  await open(page, url);
  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("m");
  const dialog = page.locator("dialog[open]");
  await expect(dialog.locator("[data-number='2']")).toBeFocused();
  await page.keyboard.press("2");
  await expect(dialog).toContainText("What “second” needs");
  await expect(dialog.locator("input[type=date]")).toBeFocused();

  // Escape: not moved after all, and the card has the focus again.
  await page.keyboard.press("Escape");
  await expect(column(page, "first").getByText("Asking")).toBeVisible();
  await expect(cardOf(page, deals[0])).toBeFocused();

  await page.keyboard.press("m");
  await expect(dialog.locator("[data-number='2']")).toBeFocused();
  await page.keyboard.press("2");
  await expect(dialog.locator("input[type=date]")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog.locator(".err")).toContainText("needed");
  await dialog.locator("input[type=date]").fill("2027-03-19");
  await page.keyboard.press("Enter");
  await expect(column(page, "second").getByText("Asking")).toBeVisible();
  await expect(cardOf(page, deals[0])).toBeFocused();
  // The board shows it before the server has it.
  await expect.poll(async () => (await rest(page, "GET", `deals/${deals[0]?.id}`)).expected_close).toBe("2027-03-19");

  await page.keyboard.press("m");
  await dialog.getByRole("button", { name: "Lost" }).press("Enter");
  await expect(dialog).toContainText("Why was it lost?");
  await page.keyboard.press("Enter");
  await expect(dialog.locator(".err").first()).toContainText("needed");
  await dialog.getByRole("button", { name: "Price" }).press("Enter");
  await dialog.getByRole("button", { name: "Mark as lost" }).press("Enter");
  await expect(column(page, "lost")).toContainText("1 · $1,000");
  await expect.poll(async () => (await rest(page, "GET", `deals/${deals[0]?.id}`)).lost_reason).toBe("Price");
  await page.keyboard.press("z");
  await expect(column(page, "second").getByText("Asking")).toBeVisible();
});

test("what somebody fills in while a stage asks for it is a choice, and nothing is written over", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Filled", ["Filling"], ["expected_close"]);
  await open(page, url);
  const now = () => rest(page, "GET", `deals/${deals[0]?.id}`);
  const asked = async () => {
    await cardOf(page, deals[0]).focus();
    await page.keyboard.press("m");
    await page.locator("dialog[open] [data-number='2']").press("Enter");
    await expect(page.locator("dialog[open] input[type=date]")).toBeFocused();
  };
  await asked();
  await rest(page, "PATCH", `deals/${deals[0]?.id}`, { expected_close: "2027-02-02" }, { "if-match": `"${(await now()).version}"` });
  await page.locator("dialog[open] input[type=date]").fill("2027-05-05");
  await page.keyboard.press("Enter");
  const choice = page.locator("dialog[open]").filter({ hasText: "Yours" });
  await expect(choice).toContainText("2 Feb 2027");
  await expect(choice).toContainText("5 May 2027");
  expect(await now(), "not yet").toMatchObject({ stage: "first", expected_close: "2027-02-02" });
  await choice.locator("label", { hasText: "2 Feb 2027" }).click();
  await choice.locator(".btn.primary").click();
  await expect.poll(async () => (await now()).stage).toBe("second");
  expect((await now()).expected_close).toBe("2027-02-02");
  await expect(column(page, "second").getByText("Filling")).toBeVisible();
});

test("the key that takes back waits for what is shown and not yet answered, and takes nothing else back", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Hasty", ["Hasty card"]);
  await open(page, url);
  const stage = async () => (await rest(page, "GET", `deals/${deals[0]?.id}`)).stage;
  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("m");
  await page.locator("dialog[open] [data-number='2']").press("Enter");
  await expect.poll(stage).toBe("second");
  await expect(page.locator(".toast")).toContainText("second");
  // The next move is held up on its way; the key is pressed while it is.
  let go = () => {};
  const held = new Promise<void>((done) => (go = done));
  await page.route(/move_to_stage/, async (route) => {
    await held;
    await route.continue();
  });
  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("m");
  await page.locator("dialog[open] [data-number='3']").press("Enter");
  await expect(column(page, "third").getByText("Hasty card")).toBeVisible();
  await page.keyboard.press("z");
  await expect(column(page, "third").getByText("Hasty card"), "the move before is not what was meant").toBeVisible();
  go();
  await expect(column(page, "second").getByText("Hasty card")).toBeVisible();
  await expect.poll(stage).toBe("second");
});

test("a card moved by the menu has the keyboard again where it lies now, and letters find a stage", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Menu", ["First of two", "Second of two"]);
  await open(page, url);
  const dialog = page.locator("dialog[open]");
  await cardOf(page, deals[0]).focus();
  await page.keyboard.press("m");
  await expect(dialog.locator("[data-number='2']")).toBeFocused();
  await page.keyboard.type("th");
  await expect(dialog.getByRole("button", { name: "third" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(column(page, "third").getByText("First of two")).toBeVisible();
  await expect(cardOf(page, deals[0])).toBeFocused();

  await page.keyboard.press("m");
  await expect(dialog.locator("[data-number='1']")).toBeFocused();
  await page.keyboard.type("Lost");
  await expect(dialog.getByRole("button", { name: "Lost" })).toBeFocused();
});

test("who may not move a card is told so, and not as a success", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Fixed", ["Not yours"]);
  await page.context().clearCookies();
  await signIn(page, "robin");
  await open(page, url);
  await drag(page, deals[0], "second");
  await expect(page.locator(".toast.bad")).toContainText("may not move");
  await expect(column(page, "first").getByText("Not yours")).toBeVisible();
});

test("a finger that rests on a card one may not move is told so @phone", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Fixed by touch", ["Not mine"]);
  await page.context().clearCookies();
  await signIn(page, "robin");
  await open(page, url);
  let box = { x: 0, y: 0, width: 0, height: 0 };
  await expect.poll(async () => (box = (await cardOf(page, deals[0]).boundingBox()) ?? box).width).toBeGreaterThan(0);
  const finger = await page.context().newCDPSession(page);
  await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: box.x + 90, y: box.y + 30 }] });
  await expect(page.locator(".toast.bad")).toContainText("may not move");
  await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
});

test("a card that changed meanwhile still moves; one that somebody moved meanwhile says so", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Conflict", ["Renamed", "Taken"]);
  // This browser hears nothing of what others do.
  for (const news of ["**/api/v1/live*", "**/api/app/deals/refresh"]) await page.route(news, () => undefined);
  await open(page, url);
  const [renamed, taken] = deals as [Deal, Deal];
  await rest(page, "PATCH", `deals/${renamed.id}`, { amount: { amount: "2000.00", currency: "USD" } }, { "if-match": `"${renamed.version}"` });
  await rest(page, "POST", `deals/${taken.id}/move`, { stage: "third", version: taken.version });

  const move = async (deal: Deal) => {
    await cardOf(page, deal).focus();
    for (const key of ["Space", "ArrowRight", "Space"]) await page.keyboard.press(key);
  };
  await move(renamed);
  await expect(column(page, "second").getByText("Renamed")).toBeVisible();
  await expect(page.locator(".toast", { hasText: "moved to second" })).toBeVisible();
  await move(taken);
  await expect(page.locator(".toast.bad")).toContainText("third");
  expect((await rest(page, "GET", `deals/${taken.id}`)).stage).toBe("third");
  expect((await rest(page, "GET", `deals/${renamed.id}`)).amount.amount).toBe("2000.00");
});

test("a board whose filter cannot be read says so, and counts nothing", async ({ page }) => {
  await signIn(page);
  await open(page, "/deals?layout=board");
  await expect(page.locator(".filters .sum")).toContainText("deal");
  await open(page, `/deals?layout=board&filter=${encodeURIComponent("nonsense = 1")}`);
  await expect(page.getByRole("alert").first()).toContainText("nonsense");
  await expect(page.locator(".filters .sum")).toHaveCount(0);
});

test("a board's filter is saved as a view, and chosen again", async ({ page }) => {
  await signIn(page);
  const name = `Big ones ${Date.now()}`;
  const filter = "amount >= 40000";
  await open(page, `/deals?layout=board&filter=${encodeURIComponent(filter)}`);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Save as…" }).click();
  await page.getByLabel("Name of the view").fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Views" })).toContainText(name);
  await open(page, "/deals?layout=board");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitemradio", { name }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get("filter") === filter);
});

test("a view opens as what it was saved as, from the board and from the list", async ({ page }) => {
  await signIn(page);
  const tag = Date.now();
  const [board, table] = [`Board ${tag}`, `Table ${tag}`];
  const save = async (name: string) => {
    await page.getByRole("menuitem", { name: "Save as…" }).click();
    await page.getByLabel("Name of the view").fill(name);
    await page.keyboard.press("Enter");
    await expect(page.locator(".toast", { hasText: name })).toBeVisible();
  };
  await open(page, `/deals?layout=board&filter=${encodeURIComponent("amount >= 40000")}`);
  await page.getByRole("button", { name: "Views" }).click();
  await save(board);
  await open(page, `/deals?filter=${encodeURIComponent("amount < 500")}`);
  await page.locator(".viewname").click();
  await save(table);
  await expect(page).toHaveURL(/\/deals\?view=/);
  const address = page.url();

  // From the list to the board, and back.
  await page.locator(".viewname").click();
  await page.getByRole("menuitemradio", { name: board }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get("layout") === "board" && !!url.searchParams.get("filter")?.startsWith("amount >= 40000"));
  await expect(page.locator(".board")).toBeVisible();
  await expect(page.getByRole("button", { name: "Views" })).toContainText(board);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitemradio", { name: table }).click();
  await expect(page).toHaveURL(address);
  await expect(page.getByRole("grid")).toBeVisible();
  await expect(page.locator(".viewname")).toContainText(table);

  // A link to it, too; the board renames and deletes its own.
  const views: { items: { id: string; name: string }[] } = await rest(page, "GET", "views?kind=deal");
  await open(page, `/deals?view=${views.items.find((v) => v.name === board)?.id}`);
  await expect(page.locator(".board")).toBeVisible();
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Delete view" }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get("layout") === "board" && !url.searchParams.get("filter"));
  await page.getByRole("button", { name: "Views" }).click();
  await expect(page.getByRole("menuitemradio", { name: table })).toBeVisible();
  await expect(page.getByRole("menuitemradio", { name: board })).toHaveCount(0);
});

test("on a phone a card is moved by a rest of the finger, and dropped on Won @phone", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Touch", ["By sheet", "By hand"]);
  await open(page, url);
  const finger = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", x?: number, y?: number) =>
    finger.send("Input.dispatchTouchEvent", { type, touchPoints: x === undefined ? [] : [{ x, y: y! }] });
  await expect(page.locator(".dots a[aria-current]")).toHaveAttribute("aria-label", "first");

  // Rest and let go: the sheet.
  const rest_on = async (deal?: Deal) => {
    // A card that is just drawn anew has no box.
    let box = { x: 0, y: 0, width: 0, height: 0 };
    await expect.poll(async () => (box = (await cardOf(page, deal).boundingBox()) ?? box).width).toBeGreaterThan(0);
    await touch("touchStart", box.x + 90, box.y + 30);
    await expect(page.locator("body.carrying")).toBeVisible();
    return box;
  };
  await rest_on(deals[0]);
  await touch("touchEnd");
  await page.locator("dialog[open] [data-number='2']").tap();
  await expect(column(page, "second").getByText("By sheet")).toBeVisible();
  await expect(page.locator(".dots a[aria-current]")).toHaveAttribute("aria-label", "second");

  await page.locator(".dots a").first().tap();
  await expect(page.locator(".dots a[aria-current]")).toHaveAttribute("aria-label", "first");
  const box = await rest_on(deals[1]);
  const won = (await page.locator(".rail.won").boundingBox())!;
  const goal = { x: won.x + won.width / 2, y: won.y + won.height / 2 };
  for (let i = 1; i <= 8; i += 1) {
    await touch("touchMove", box.x + 90 + ((goal.x - box.x - 90) * i) / 8, box.y + 30 + ((goal.y - box.y - 30) * i) / 8);
  }
  await expect(page.locator(".rail.won.over")).toBeVisible();
  await touch("touchEnd");
  await page.getByRole("button", { name: "Mark as won" }).tap();
  await expect(column(page, "first").getByText("By hand")).toHaveCount(0);
  await expect.poll(async () => (await rest(page, "GET", `deals/${deals[1]?.id}`)).status).toBe("won");
});

// The second question took the place of the first, whose move was then neither made nor taken back.
test("two moves that both ask for something are asked about one after the other", async ({ page }) => {
  await signIn(page);
  const { url, deals } = await pipeline(page, "Asked", ["Slow card", "Lost card"], ["expected_close"]);
  await open(page, url);
  let letGo = () => {};
  const held = new Promise<void>((go) => (letGo = go));
  await page.route("**/api/app/deals/move", async (route) => {
    await held;
    await route.continue();
  });
  await drag(page, deals[0], "second");
  await expect(column(page, "second").getByText("Slow card")).toBeVisible();
  await drag(page, deals[1], "lost");
  const dialog = page.locator("dialog[open]");
  await expect(dialog).toContainText("Lost card");
  const refused = page.waitForResponse((r) => r.url().includes("/api/app/deals/move"));
  letGo();
  await refused;
  // It waits for its turn.
  await expect(dialog).toContainText("Lost card");
  await page.keyboard.press("Escape");
  await expect(dialog).toContainText("What “second” needs");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  for (const name of ["Slow card", "Lost card"]) await expect(column(page, "first").getByText(name)).toBeVisible();
});
