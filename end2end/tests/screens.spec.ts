import AxeBuilder from "@axe-core/playwright";
import { expect, open, signIn, test } from "./house";

const SCREENS = ["/deals?layout=board", "/deals?layout=table", "/companies", "/contacts", "/products", "/tasks", "/calls", "/notes", "/dashboard", "/import", "/bin", "/settings/profile", "/settings/security", "/settings/users", "/settings/pipelines"];

test("every screen passes the accessibility rules", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  for (const screen of SCREENS) {
    await open(page, screen);
    await expect(page.locator("h1").first()).toBeVisible();
    const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
    const told = found.violations.map((v) => `${screen}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | ")}`);
    expect(told).toEqual([]);
  }
});

test("no screen shows a translation key in any language", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  for (const locale of ["en", "zh-Hans", "zh-Hant", "uk"]) {
    await page.context().addCookies([{ name: "rapport_locale", value: locale, url: new URL(page.url()).origin }]);
    for (const screen of SCREENS) {
      await open(page, screen);
      const text = await page.locator("body").innerText();
      expect(text.match(/\b(board|field|list|record|dash|import|settings|shell|error|filter|quick|timeline)\.[a-z_]+\b/g) ?? [], `${locale} ${screen}`).toEqual([]);
    }
  }
});

test("nothing is wider than a phone @phone", async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page);
  for (const screen of SCREENS) {
    await open(page, screen);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide, screen).toBeLessThanOrEqual(0);
  }
});
