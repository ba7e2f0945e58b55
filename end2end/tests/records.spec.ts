import { expect, open, signIn, test } from "./house";

test("fragments find records in every script", async ({ page }) => {
  await signIn(page);
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
