import { expect, open, test } from "./house";

test("a stranger is sent to sign in and comes back to where they wanted to go @everywhere", async ({ page }) => {
  await page.goto("/companies?sort=-name");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.locator("html[data-hydrated]").waitFor();
  await page.locator("input[type=email]").fill("olena@halyard.example");
  await page.locator("input[autocomplete=current-password]").fill("halyard demo 2026");
  await page.locator("form .btn.primary").click();
  await expect(page).toHaveURL(/\/companies\?sort=-name/);
});

test("a wrong password keeps what was typed and says what to do", async ({ page }) => {
  await open(page, "/sign-in");
  await page.locator("input[type=email]").fill("olena@halyard.example");
  await page.locator("input[autocomplete=current-password]").fill("certainly wrong");
  await page.locator("form .btn.primary").click();
  await expect(page.getByText(/not right/i)).toBeVisible();
  await expect(page.locator("input[type=email]")).toHaveValue("olena@halyard.example");
});

for (const [locale, word] of [
  ["zh-CN", "登录"],
  ["zh-TW", "登入"],
  ["uk-UA", "Увійти"],
] as const) {
  test(`the browser's language at first: ${locale}`, async ({ browser }) => {
    const context = await browser.newContext({ locale });
    const page = await context.newPage();
    await open(page, "/sign-in");
    await expect(page.locator("form .btn.primary")).toContainText(word);
    await context.close();
  });
}
