import { another, expect, open, rest, signIn, test } from "./house";

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
