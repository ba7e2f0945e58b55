// What others do takes nothing from whoever is at work: half-typed filters and cells, the place of the keyboard. And what
// the server could not answer is asked again, never done twice and never forgotten.
import type { Page } from "@playwright/test";
import { expect, open, ready, rest, signIn, test } from "./house";

type Made = { id: string; name: string; version: number };

const tag = () => `Steady${Date.now()}`;
const company = (page: Page, more: object): Promise<Made> => rest(page, "POST", "companies", { city: "Kyiv", employees: 10, ...more });
const change = (page: Page, made: Made, fields: object): Promise<Made> =>
  rest(page, "PATCH", `companies/${made.id}`, fields, { "if-match": `"${made.version}"` });
const find = (filter: string) => `filter=${encodeURIComponent(filter)}`;

/** The first of these requests fails although the server is there; `done`: after it did what it was asked for. */
async function fails(page: Page, complaints: string[], address: string | RegExp, done = false) {
  let failed = 0;
  await page.route(
    address,
    async (route) => {
      if (done) await route.fetch();
      failed += 1;
      await route.abort();
    },
    { times: 1 },
  );
  return {
    happened: () => expect.poll(() => failed).toBe(1),
    // What the browser itself says about it is no fault of the page.
    forgiven: () => complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("ERR_FAILED"))),
  };
}

test("a filter that is half typed stays when a colleague renames what another chip is about", async ({ page }) => {
  await signIn(page);
  const mark = tag();
  const made = await company(page, { name: mark });
  await rest(page, "POST", "contacts", { given_name: "Ada", family_name: mark, company: made.id });
  await open(page, `/contacts?${find(`company = ${made.id} and family_name ~ "Stea"`)}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const chips = page.locator(".filters .chip.on .text");
  await expect(chips.first()).toContainText(mark);
  await chips.nth(1).click();
  const input = page.locator(":popover-open input[type=text], :popover-open input:not([type])").first();
  await input.fill("dy half typed");
  await change(page, made, { name: `${mark} renamed` });
  await expect(chips.first()).toContainText(`${mark} renamed`);
  await expect(input).toBeFocused();
  await expect(input).toHaveValue("dy half typed");
});

test("a cell that is edited stays in its place while its row leaves the list, and goes afterwards", async ({ page }) => {
  await signIn(page);
  const mark = tag();
  const [one, two] = [await company(page, { name: `${mark} One`, city: mark }), await company(page, { name: `${mark} Two`, city: mark })];
  await open(page, `/companies?${find(`city = "${mark}"`)}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const row = (name: string) => page.locator(".rows .r", { hasText: name });
  await row(`${mark} One`).locator("[data-f=employees]").click();
  const input = page.locator(".c.edit input");
  await expect(input).toBeFocused();
  await page.keyboard.type("77");
  await change(page, one, { city: "Elsewhere" });
  await change(page, two, { name: `${mark} Second` });
  await expect(row(`${mark} Second`)).toBeVisible();
  await expect(input).toBeFocused();
  await expect(input).toHaveValue("77");
  await page.keyboard.press("Escape");
  await expect(row(`${mark} One`)).toHaveCount(0);
  await expect(row(`${mark} Second`)).toBeVisible();
});

test("the keyboard stays on a bar of the dashboard while its figures change", async ({ page }) => {
  await signIn(page);
  const stages = [["first", "open", 10], ["won", "won", 100], ["lost", "lost", 0]].map(([id, kind, probability]) => ({ id, name: id, kind, probability }));
  const pipeline = await rest(page, "POST", "pipelines", { name: tag(), stages, currency: "USD" });
  const deal = (name: string) => rest(page, "POST", "deals", { name, pipeline: pipeline.id, stage: "first", amount: { amount: "1000.00", currency: "USD" } });
  const won = await deal("Won");
  await rest(page, "POST", `deals/${won.id}/move`, { stage: "won", version: won.version });
  await deal("Open");
  await open(page, `/dashboard?pipeline=${pipeline.id}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const bar = page.locator(".hbars a", { hasText: "first" }).first();
  await expect(bar).toContainText("$1,000");
  await bar.focus();
  const open_ones = page.locator(".tile", { has: page.getByRole("heading", { name: "Open pipeline", exact: true }) }).locator(".v");
  await deal("Open too");
  await expect(open_ones).toHaveText("$2,000");
  await expect(bar).toContainText("$2,000");
  await expect(bar).toBeFocused();
});

test("the keyboard stays on Restore while others fill the bin, and goes on to the next one", async ({ page }) => {
  await signIn(page);
  const mark = tag();
  const gone = async (name: string) => {
    const made = await company(page, { name: `${mark} ${name}` });
    await rest(page, "DELETE", `companies/${made.id}`, undefined, { "if-match": `"${made.version}"` });
    return made;
  };
  const one = await gone("One");
  await gone("Two");
  await open(page, "/bin?kind=companies");
  await expect(page.locator(".conn.live")).toBeVisible();
  const restore = (name: string) => page.getByRole("button", { name: `Restore ${mark} ${name}` });
  await restore("Two").focus();
  await gone("Three");
  await expect(restore("Three")).toBeVisible();
  await expect(restore("Two")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(restore("Two")).toHaveCount(0);
  await expect(restore("One")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await rest(page, "GET", `companies/${one.id}`)).deleted_at ?? null).toBe(null);
});

test("an encoding and a delimiter chosen one right after the other are both taken", async ({ page }) => {
  await signIn(page);
  await open(page, "/import");
  const buffer = Buffer.from("Company;Owner|City\nOne;Nobody|Oslo\n");
  await page.locator(".dropzone input[type=file]").setInputFiles([{ name: "both.csv", mimeType: "text/csv", buffer }]);
  await expect(page.getByRole("combobox", { name: "Encoding" })).toBeVisible();
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  let first = true;
  await page.route("**/api/app/import/inspect", async (route) => {
    if (first) {
      first = false;
      await held;
    }
    await route.continue();
  });
  await page.getByRole("combobox", { name: "Encoding" }).selectOption("windows-1252");
  await page.getByRole("combobox", { name: "Columns separated by" }).selectOption("|");
  await expect(page.locator(".filelist")).toContainText("windows-1252");
  await expect(page.getByRole("combobox", { name: "Columns separated by" })).toHaveValue("|");
  // The older answer comes last, and counts for nothing.
  const late = page.waitForResponse("**/api/app/import/inspect");
  release();
  await late;
  await page.reload();
  await ready(page);
  await expect(page.getByRole("combobox", { name: "Columns separated by" })).toHaveValue("|");
  await expect(page.getByRole("combobox", { name: "Encoding" })).toHaveValue("windows-1252");
});

test("a note whose answer was lost is not made twice", async ({ page, complaints }) => {
  await signIn(page);
  const made = await company(page, { name: tag() });
  await open(page, `/companies/${made.id}`);
  const lost = await fails(page, complaints, "**/api/app/records/create", true);
  const note = page.locator(".composer textarea");
  await note.fill("Said once");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".composer > .err")).not.toBeEmpty();
  await lost.happened();
  await expect(note).toHaveValue("Said once");
  await page.keyboard.press("Control+Enter");
  await expect(note).toHaveValue("");
  const notes = async () => (await rest(page, "GET", `notes?${find(`company = ${made.id}`)}`)).items.length;
  await expect.poll(notes).toBe(1);
  // The next one is another note, though it says the same.
  await note.fill("Said once");
  await page.keyboard.press("Control+Enter");
  await expect.poll(notes).toBe(2);
  lost.forgiven();
});

test("a view is saved once, however often Enter is pressed", async ({ page }) => {
  await signIn(page);
  const name = tag();
  await open(page, `/companies?${find("city = Oslo")}`);
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route("**/api/app/records/save_view", async (route) => {
    await held;
    await route.continue();
  });
  await page.locator(".viewname").click();
  await page.getByRole("menuitem", { name: /^Save as/ }).click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByRole("textbox").fill(name);
  for (let i = 0; i < 3; i += 1) await page.keyboard.press("Enter");
  await expect(dialog.locator(".btn.primary")).toHaveAttribute("aria-busy", "true");
  release();
  await expect(page.locator("dialog[open]")).toHaveCount(0);
  await expect(page.locator(".viewname")).toContainText(name);
  const views = async () => (await rest(page, "GET", "views?kind=company")).items.filter((v: { name: string }) => v.name === name).length;
  await expect.poll(views).toBe(1);
});

test("a change that could not be read at once is read a little later, in a list and on a record's page", async ({ page, complaints }) => {
  await signIn(page);
  const mark = tag();
  let made = await company(page, { name: `${mark} One` });
  await open(page, `/companies?${find(`name ~ "${mark}"`)}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const row = await fails(page, complaints, /records\/(by_ids|rows)$/);
  made = await change(page, made, { city: "Tromsø" });
  await row.happened();
  await expect(page.locator(".rows .r [data-f=city]")).toHaveText("Tromsø");

  await open(page, `/companies/${made.id}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const whole = await fails(page, complaints, "**/api/app/records/page");
  const lines = await fails(page, complaints, "**/api/app/records/timeline");
  await change(page, made, { city: "Bodø" });
  await whole.happened();
  await lines.happened();
  await expect(page.locator("#val-city")).toContainText("Bodø");
  await expect(page.locator(".ev.chg", { hasText: "Bodø" })).toBeVisible();
  lines.forgiven();
});

test("what a list adds up to stays while the server cannot say it anew", async ({ page, complaints }) => {
  await signIn(page);
  const mark = tag();
  const deal = (name: string) => rest(page, "POST", "deals", { name: `${mark} ${name}`, amount: { amount: "1000.00", currency: "USD" } });
  await deal("One");
  await open(page, `/deals?layout=table&${find(`name ~ "${mark}"`)}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const sum = page.locator(".listfoot [data-sum=amount] b");
  await expect(sum).toHaveText("$1,000.00");
  const failing = await fails(page, complaints, "**/api/app/records/sums");
  await deal("Two");
  await failing.happened();
  await expect(page.locator(".listfoot .count")).toHaveText("2 records");
  await expect(sum).toHaveText(/^\$[12],000\.00$/);
  await expect(sum).toHaveText("$2,000.00");
  failing.forgiven();
});

test("by keyboard: after adding a related record, after ticking a task, after pinning a note the keyboard is still there", async ({ page }) => {
  await signIn(page);
  const made = await company(page, { name: tag() });
  await rest(page, "POST", "tasks", { name: "Send the offer", company: made.id });
  const note = await rest(page, "POST", "notes", { body: "To be pinned", company: made.id });
  await open(page, `/companies/${made.id}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const related = page.locator(".pane.related");
  const add = related.getByRole("button", { name: "New contact" });
  await add.focus();
  await page.keyboard.press("Enter");
  const dialog = page.locator("dialog[open]");
  await dialog.getByLabel("Family name").fill("Keyboard");
  await page.keyboard.press("Enter");
  await expect(related.getByRole("link", { name: "Keyboard" })).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await expect(add).toBeFocused();

  // A word that comes by the same reading says that the page has read what was ticked.
  const told = async (body: string) => {
    await rest(page, "POST", "notes", { body, company: made.id });
    await expect(page.locator(".tl").getByText(body)).toBeVisible();
  };
  const box = page.locator(".tl").getByRole("checkbox", { name: /Send the offer/ });
  await box.focus();
  await page.keyboard.press("Space");
  await expect.poll(async () => (await rest(page, "GET", `tasks?${find(`company = ${made.id}`)}`)).items[0].done).toBe(true);
  await told("after the tick");
  await expect(box).toBeChecked();
  await expect(box).toBeFocused();

  const entry = page.locator(".tl .ev", { hasText: "To be pinned" });
  const more = entry.getByRole("button", { name: "More" });
  await more.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: /^Pin/ }).focus();
  await page.keyboard.press("Enter");
  await expect(entry).toHaveClass(/\bpin\b/);
  await expect.poll(async () => (await rest(page, "GET", `notes/${note.id}`)).pinned).toBe(true);
  await told("after the pin");
  await expect(more).toBeFocused();
});
