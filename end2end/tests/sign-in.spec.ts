import { expect, gate, open, ready, test } from "./house";

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

test("before the page lives the form waits, keeps what is typed and sends nothing @everywhere", async ({ page }) => {
  const arrive = await gate(page);
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest() || request.method() !== "GET") sent.push(`${request.method()} ${request.url()}`);
  });
  await page.goto("/sign-in", { waitUntil: "commit" });
  const button = page.locator("form .btn.primary");
  const [email, password, keep] = [page.locator("input[type=email]"), page.locator("input[name=password]"), page.getByRole("checkbox")];
  await email.pressSequentially("olena@halyard.example");
  await password.pressSequentially("halyard demo 2026");
  await keep.uncheck();
  await password.press("Enter");
  await expect(button).toBeDisabled();
  await expect(button).toHaveAttribute("aria-busy", "true");
  await expect(page.locator("html[data-hydrated]")).toHaveCount(0);
  expect(sent).toHaveLength(1);

  arrive();
  await ready(page);
  await expect(email).toHaveValue("olena@halyard.example");
  await expect(password).toHaveValue("halyard demo 2026");
  await expect(keep).not.toBeChecked();
  await expect(button).not.toHaveAttribute("aria-busy");
  // The page knows it, not only the fields.
  await button.click();
  await expect(page).toHaveURL(/\/deals/);
  expect(sent.filter((address) => /halyard|password/.test(address))).toEqual([]);
  const session = (await page.context().cookies()).find((c) => c.name.endsWith("rapport_session"));
  expect(session?.expires, "until the browser closes").toBe(-1);
});

test("a page whose WebAssembly has died says so, in its language", async ({ page, browser }) => {
  await open(page, "/sign-in");
  const banner = (on: typeof page) => on.locator(".banner.over");
  await page.locator("input[type=email]").fill("somebody@example.com");
  // What goes wrong elsewhere is not the end of the page.
  await page.evaluate(() => dispatchEvent(new ErrorEvent("error", { error: new TypeError("x is not a function"), message: "x" })));
  await expect(banner(page)).toHaveCount(0);
  const trap = () => dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable"), message: "unreachable" }));
  await page.evaluate(trap);
  await page.evaluate(trap);
  await expect(page.getByRole("alert").filter({ hasText: "This page stopped working" })).toBeInViewport();
  await expect(banner(page)).toHaveCount(1);
  await expect(page.locator("input[type=email]")).toHaveValue("somebody@example.com");
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()]);
  await expect(banner(page)).toHaveCount(0);

  const context = await browser.newContext({ locale: "uk-UA" });
  const other = await context.newPage();
  await open(other, "/sign-in");
  await other.evaluate(() => {
    const promise = Promise.resolve();
    dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { promise, reason: new WebAssembly.RuntimeError("unreachable") }));
  });
  await expect(banner(other)).toContainText("перестала працювати");
  await context.close();
});
