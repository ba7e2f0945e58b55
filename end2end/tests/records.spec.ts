import type { Page } from "@playwright/test";
import { another, expect, open, PASSWORD, rest, signIn, test } from "./house";

test("a change made elsewhere shows on the record's page within a second, again and again, and the page goes on living", async ({
  page,
  browser,
  complaints,
}) => {
  await signIn(page);
  let company = await rest(page, "POST", "companies", { name: `Live ${Date.now()}`, city: "Kyiv" });
  await open(page, `/companies/${company.id}`);
  // Typed meanwhile: what comes in must not take it away.
  const note = page.locator(".composer textarea, .composer [contenteditable]").first();
  await note.fill("half a thought");
  const other = await another(browser, "amara", complaints);
  for (const city of ["Lviv", "Odesa"]) {
    company = await rest(other, "PATCH", `companies/${company.id}`, { city }, { "if-match": `"${company.version}"` });
    await expect(page.locator("#val-city")).toContainText(city, { timeout: 2000 });
  }
  await expect(note).toHaveValue("half a thought");
  await page.locator("#val-city").click();
  await expect(page.locator("#edit-city input")).toBeFocused();
});

test("fragments find records in every script", async ({ page }) => {
  await signIn(page);
  await open(page, "/tasks");
  for (const [words, name] of [
    ["云帆", "北京云帆科技"],
    ["Логіст", "Київ Логістик"],
    ["森活", "台北森活百貨"],
  ] as const) {
    await page.keyboard.press("Control+k");
    await page.locator("dialog[open] input").first().fill(words);
    await expect(page.locator("dialog[open]").getByText(name).first()).toBeVisible();
    await page.keyboard.press("Escape");
  }
});

test("a filter in the address bar decides what a list shows, and comes back with it", async ({ page }) => {
  await signIn(page);
  await open(page, `/companies?filter=${encodeURIComponent('name ~ "云帆"')}`);
  await expect(page.getByText("北京云帆科技").first()).toBeVisible();
  await expect(page.getByText("Globex Corporation")).toHaveCount(0);
});

test("the stages of a lost deal do not look like a success, those of a won one do", async ({ page }) => {
  await signIn(page);
  const name = `Ends ${Date.now()}`;
  const deal = await rest(page, "POST", "deals", { name, stage: "lost", lost_reason: "Price" });
  await open(page, `/deals/${deal.id}`);
  const steps = page.locator("ol.path > li");
  await expect(page.locator("ol.path > li.lost[aria-current=step]")).toHaveCount(1);
  await expect(page.locator("ol.path > li:is(.done, .won)")).toHaveCount(0);
  const won = await rest(page, "POST", "deals", { name, stage: "won", won_reason: "Price" });
  await open(page, `/deals/${won.id}`);
  await expect(page.locator("ol.path > li.won[aria-current=step]")).toHaveCount(1);
  await expect(page.locator("ol.path > li.lost")).toHaveCount(0);
  await expect(page.locator("ol.path > li.done")).toHaveCount((await steps.count()) - 2);
});

test("what the sample company wrote itself is signed in the reader's language", async ({ page }) => {
  await signIn(page);
  const email = `reader-${Date.now()}@halyard.example`;
  const user = await rest(page, "POST", "users", { name: "Читачка", email, role: "admin", locale: "uk" });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  const product = (await rest(page, "GET", "products?filter=name%20%3D%20%22GTX%20Basic%22")).items[0];
  await open(page, `/products/${product.id}`);
  await expect(page.locator(".tl")).toContainText("Sample company");
  await page.context().clearCookies();
  await signIn(page, email);
  await open(page, `/products/${product.id}`);
  await expect(page.locator(".tl")).toContainText("Демокомпанія");
});

test("zones are offered by place; one that is kept from before stays", async ({ page }) => {
  await signIn(page);
  const email = `zone-${Date.now()}@halyard.example`;
  const user = await rest(page, "POST", "users", { name: "Zone", email, role: "sales", locale: "en", time_zone: "US/Pacific" });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  await page.context().clearCookies();
  await signIn(page, email);
  await open(page, "/settings/profile");
  const zone = page.getByLabel("Time zone");
  await expect(zone).toHaveValue("US/Pacific");
  const values = await zone.locator("option").evaluateAll((all) => all.map((o) => (o as HTMLOptionElement).value));
  expect(values.filter((v) => !/^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//.test(v))).toEqual(["US/Pacific", "UTC"]);
  expect(values).toEqual(expect.arrayContaining(["Europe/Kyiv", "Asia/Kolkata", "America/Los_Angeles"]));
  expect(values).not.toContain("Europe/Kiev");
  await zone.selectOption("Europe/Kyiv");
  await page.getByRole("button", { name: "Save" }).first().click();
  await expect.poll(async () => (await rest(page, "GET", "me")).time_zone).toBe("Europe/Kyiv");
  await page.reload();
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Kyiv");
  await expect(page.getByLabel("Time zone").locator("option[value='US/Pacific']")).toHaveCount(0);
});

test("an amount with a stray comma, a date typed half and a loss without a reason are refused, and nothing is lost", async ({ page }) => {
  await signIn(page);
  const made = await rest(page, "POST", "deals", {
    name: `Slip ${Date.now()}`,
    amount: { amount: "1000.00", currency: "USD" },
    expected_close: "2027-03-04",
  });
  const now = async () => rest(page, "GET", `deals/${made.id}`);
  await open(page, `/deals/${made.id}`);
  const facts = page.getByRole("complementary", { name: "Fields" });
  await facts.getByRole("button", { name: /^Edit Amount/ }).click();
  const amount = facts.locator("input[inputmode=decimal], input.num").first();
  await amount.fill("12,5");
  await amount.press("Enter");
  await expect(facts.locator(".err")).toBeVisible();
  await amount.press("Escape");
  expect((await now()).amount.amount).toBe("1000.00");

  const edit = facts.getByRole("button", { name: /^Edit Expected close/ });
  const date = facts.locator("input[type=date]");
  await edit.click();
  await expect(date).toBeFocused();
  await page.keyboard.press("Delete");
  await expect.poll(() => date.evaluate((e: HTMLInputElement) => e.validity.badInput)).toBe(true);
  await page.keyboard.press("Enter");
  await expect(facts.locator(".err").filter({ hasText: /./ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(date).toHaveCount(0);
  expect((await now()).expected_close).toBe("2027-03-04");
  // All of it emptied is meant so.
  await edit.click();
  await expect(date).toBeFocused();
  for (const key of ["Delete", "ArrowRight", "Delete", "ArrowRight", "Delete", "Enter"]) await page.keyboard.press(key);
  await expect.poll(async () => (await now()).expected_close ?? null).toBe(null);

  // An open deal has no end to tell of.
  await expect(facts.getByText("Closed on")).toHaveCount(0);
  await expect(facts.getByText("Reason won")).toHaveCount(0);

  await page.locator(".path").getByRole("button", { name: "Lost" }).click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByLabel("Reason lost").press("Enter");
  await expect(dialog.locator(".err").first()).toBeVisible();
  await dialog.locator(".chip.round").first().click();
  await dialog.locator("footer .btn.primary").click();
  await expect(dialog).toHaveCount(0);
  const { stage, lost_reason, closed_at } = await now();
  expect([stage, lost_reason !== "", closed_at !== undefined]).toEqual(["lost", true, true]);
});

/** The page knows that it is saved: from then on the key takes it back. */
async function saved(page: Page, act: () => Promise<void>) {
  const answer = page.waitForResponse((r) => r.url().includes("/records/update"));
  await act();
  await (await answer).finished();
}

test("the key for the last change takes back what was edited in a cell and on a page, once each", async ({ page }) => {
  await signIn(page);
  const name = `Slip of the hand ${Date.now()}`;
  const made = await rest(page, "POST", "companies", { name, city: "Kyiv" });
  const city = async () => (await rest(page, "GET", `companies/${made.id}`)).city;
  await open(page, `/companies?columns=name,city&filter=${encodeURIComponent(`name = "${name}"`)}`);
  const cell = page.locator(`#row-${made.id} [data-f=city]`);
  await cell.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Lviv");
  await saved(page, () => page.keyboard.press("Enter"));
  await expect.poll(city).toBe("Lviv");
  await page.keyboard.press("z");
  await expect(cell).toHaveText("Kyiv");
  await expect.poll(city).toBe("Kyiv");
  // And the other way, by the toast's button; the key takes that back as well.
  await saved(page, () => page.locator(".toast").getByRole("button", { name: "Redo" }).click());
  await expect.poll(city).toBe("Lviv");
  await page.keyboard.press("z");
  await expect.poll(city).toBe("Kyiv");

  await open(page, `/companies/${made.id}`);
  const facts = page.getByRole("complementary", { name: "Fields" });
  await facts.getByRole("button", { name: /^Edit City/ }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Odesa");
  await saved(page, () => page.keyboard.press("Enter"));
  await expect.poll(city).toBe("Odesa");
  await page.keyboard.press("z");
  await expect(facts.getByRole("button", { name: /^Edit City/ })).toContainText("Kyiv");
  await expect.poll(city).toBe("Kyiv");
});

test("the key takes back one change after the other, never the taking back", async ({ page }) => {
  await signIn(page);
  const tag = `Steps ${Date.now()}`;
  const made: { id: string }[] = [];
  for (const n of [1, 2]) made.push(await rest(page, "POST", "companies", { name: `${tag} ${n}`, city: "Kyiv" }));
  const cities = async () => Promise.all(made.map(async (m) => (await rest(page, "GET", `companies/${m.id}`)).city));
  await open(page, `/companies?columns=name,city&filter=${encodeURIComponent(`name ~ "${tag}"`)}`);
  for (const [at, city] of ["Lviv", "Odesa"].entries()) {
    await page.locator(`#row-${made[at]?.id} [data-f=city]`).click();
    await expect(page.locator(`#row-${made[at]?.id} [data-f=city] :focus`)).toBeVisible();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(city);
    await saved(page, () => page.keyboard.press("Enter"));
    await expect.poll(async () => (await cities())[at]).toBe(city);
  }
  await saved(page, () => page.keyboard.press("z"));
  await expect.poll(cities).toEqual(["Lviv", "Kyiv"]);
  await page.keyboard.press("z");
  await expect.poll(cities).toEqual(["Kyiv", "Kyiv"]);
});

test("an older change is taken back although the same field changed again: one chooses, and nobody else is blamed", async ({ page }) => {
  await signIn(page);
  let company = await rest(page, "POST", "companies", { name: `Twice ${Date.now()}`, city: "Kyiv", industry: "Tea" });
  for (const city of ["Lviv", "Odesa"]) {
    company = await rest(page, "PATCH", `companies/${company.id}`, { city }, { "if-match": `"${company.version}"` });
  }
  const city = async () => (await rest(page, "GET", `companies/${company.id}`)).city;
  await open(page, `/companies/${company.id}`);
  await page.locator(".tl .chg").filter({ hasText: "Lviv" }).filter({ hasText: "Kyiv" }).getByRole("button", { name: "Undo" }).click();
  const dialog = page.locator("dialog[open]");
  await expect(dialog).toContainText("Changed again since");
  await expect(dialog).not.toContainText("Somebody else");
  await expect(dialog.locator("tbody tr")).toContainText(["Odesa", "Kyiv", "Lviv"].join(""));
  await dialog.getByLabel("Kyiv").check();
  await dialog.getByRole("button", { name: "Keep what is chosen" }).click();
  await expect.poll(city).toBe("Kyiv");
  await expect(page.locator(".toast")).toContainText("taken back");
  await page.keyboard.press("z");
  await expect.poll(city).toBe("Odesa");
});

test("going back once more before a page lives shows the page that one went back to", async ({ page }) => {
  await signIn(page);
  const name = `Twice back ${Date.now()}`;
  await rest(page, "POST", "companies", { name });
  await open(page, `/companies?filter=${encodeURIComponent(`name ~ "${name}"`)}`);
  await page.getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  await open(page, "/contacts");
  await page.goBack({ waitUntil: "commit" });
  await page.evaluate(() => history.back());
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Companies");
  await expect(page.locator("html[data-hydrated]")).toHaveCount(1);
  await page.getByRole("link", { name: "Dashboard" }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Dashboard");
});

test("going back from within a field of a page that was loaded saves what was typed, and the program goes on", async ({ page }) => {
  await signIn(page);
  const name = `Back ${Date.now()}`;
  const company = await rest(page, "POST", "companies", { name, city: "Kyiv" });
  await open(page, `/companies?filter=${encodeURIComponent(`name ~ "${name}"`)}`);
  await page.getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  const facts = page.getByRole("complementary", { name: "Fields" });
  // Another page, loaded anew, and back: the record's page comes from the server this time.
  const loaded = async () => {
    await open(page, "/contacts");
    await page.goBack();
    await expect(page.locator("html[data-hydrated]")).toHaveCount(1);
  };
  await loaded();
  await facts.getByRole("button", { name: /^Edit City/ }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Lviv");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Companies");
  await expect.poll(async () => (await rest(page, "GET", `companies/${company.id}`)).city).toBe("Lviv");
  // The list of a relation stands above everything while its field is left.
  await page.getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  await loaded();
  await facts.getByRole("button", { name: /^Edit Parent company/ }).click();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator("[role=listbox]:popover-open")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Companies");
  await page.getByRole("link", { name: "Dashboard" }).first().click();
  await expect(page).toHaveURL(/dashboard/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Dashboard");
});
