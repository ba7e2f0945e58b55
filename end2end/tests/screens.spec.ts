import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, PASSWORD, rest, signIn, test } from "./house";

const SCREENS = [
  "/today",
  ...["/deals?layout=board", "/deals?layout=table", "/companies", "/contacts", "/products", "/tasks", "/calls", "/notes"],
  ...["/calendar", "/calendar?view=month", "/calendar?view=agenda", "/calendar?view=team", "/calendar/conflicts"],
  ...["/dashboard", "/dashboard/time", "/import", "/bin"],
  ...["profile", "hours", "booking", "security", "tokens", "users", "teams", "pipelines", "workspace"].map((place) => `/settings/${place}`),
];

/** A record page of each kind. */
async function records(page: Page): Promise<string[]> {
  const pages: string[] = [];
  for (const kind of ["deals", "companies", "contacts", "products", "tasks"]) {
    const first = (await rest(page, "GET", `${kind}?limit=1`)).items[0];
    pages.push(`/${kind}/${first.id}`);
  }
  return pages;
}

const keys = async (page: Page) =>
  (await page.locator("body").innerText()).match(/(?<![@\w])(board|cal|field|list|record|dash|import|settings|shell|error|filter|quick|timeline|today|pad|hours)\.[a-z_]+\b/g) ?? [];

test("every screen passes the accessibility rules and fits the window @everywhere", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  for (const screen of [...SCREENS, ...(await records(page))]) {
    await open(page, screen);
    await expect(page.locator("h1").first()).toBeVisible();
    await expect(page.locator("main .skeleton")).toHaveCount(0);
    const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
    const told = found.violations.map((v) => `${screen}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | ")}`);
    expect(told).toEqual([]);
    expect(await keys(page), screen).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide, screen).toBeLessThanOrEqual(0);
  }
});

for (const [locale, letters] of [
  ["zh-Hans", /\p{Script=Han}/u],
  ["zh-Hant", /\p{Script=Han}/u],
  ["uk", /[а-яіїєґ]/],
] as const) {
  test(`every screen speaks ${locale}`, async ({ page }) => {
    test.setTimeout(120_000);
    await signIn(page);
    // Somebody of their own, so that nobody else's language changes meanwhile.
    const email = `${locale.toLowerCase()}-${Date.now()}@halyard.example`;
    const user = await rest(page, "POST", "users", { name: `Reader ${locale}`, email, role: "admin", locale });
    await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
    await page.context().clearCookies();
    await signIn(page, email);
    for (const screen of SCREENS) {
      await open(page, screen);
      await expect(page.locator("html"), screen).toHaveAttribute("lang", locale);
      await expect(page.locator(".bar h1").first(), screen).toHaveText(letters);
      expect(await keys(page), `${locale} ${screen}`).toEqual([]);
    }
  });
}
