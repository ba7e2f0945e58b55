import { expect, listen, open, signIn, test } from "./house";

test("a new colleague is added, changes the password, ends another device, makes and takes back a token", async ({ page, browser, complaints }) => {
  await signIn(page);
  await open(page, "/settings/users");
  await page.locator(".page .btn.primary").click();
  const dialog = page.locator("dialog[open]");
  const mail = `nadia.${Date.now()}@halyard.example`;
  await dialog.getByLabel("Name").fill("Надія Гай");
  await dialog.getByLabel("Email").fill(mail);
  await dialog.locator("input[type=password]").fill("first phrase 2026");
  await dialog.locator("footer .btn.primary").click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("row", { name: mail })).toBeVisible();

  const device = async (password: string) => {
    const own = await (await browser.newContext({ locale: "en-US" })).newPage();
    listen(own, complaints);
    await signIn(own, mail, password);
    return own;
  };
  const nadia = await device("first phrase 2026");
  await open(nadia, "/settings/security");
  await nadia.getByLabel("Current password").fill("not this one at all");
  await nadia.getByLabel("New password").fill("second phrase 2027");
  await nadia.getByRole("button", { name: "Change password" }).click();
  await expect(nadia.locator(".err", { hasText: "not your current password" })).toBeVisible();
  await nadia.getByLabel("Current password").fill("first phrase 2026");
  await nadia.getByRole("button", { name: "Change password" }).click();
  await expect(nadia.locator(".toast")).toContainText("Password changed");

  const second = await device("second phrase 2027");
  await open(nadia, "/settings/security");
  await expect(nadia.locator(".devices li")).toHaveCount(2);
  await nadia.locator(".devices").getByRole("button", { name: "Sign out" }).click();
  await expect(nadia.locator(".devices li")).toHaveCount(1);
  await second.goto("/companies");
  await expect(second).toHaveURL(/\/sign-in/);

  await open(nadia, "/settings/tokens");
  await nadia.locator(".page .btn.primary").first().click();
  await nadia.locator("dialog[open]").getByRole("textbox", { name: "Name" }).fill("Nightly report");
  await nadia.locator("dialog[open] footer .btn.primary").click();
  const secret = ((await nadia.locator(".secret code, .secret input").first().textContent()) ?? "").trim();
  const ask = () => fetch(new URL("/api/v1/companies?limit=1", nadia.url()), { headers: { authorization: `Bearer ${secret}` } });
  expect((await ask()).status).toBe(200);
  await nadia.locator(".rowacts button").click();
  await nadia.locator("dialog[open] .btn.danger").click();
  await expect(nadia.getByRole("heading", { name: "No tokens yet" })).toBeVisible();
  expect((await ask()).status).toBe(401);
});

test("whoever runs the house is told that no mail goes out, and nobody else has that page", async ({ page }) => {
  await signIn(page);
  await open(page, "/settings/letters");
  await expect(page.getByRole("heading", { name: "Unsent mail" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "No mail server is set up" })).toBeVisible();
  await page.context().clearCookies();
  await signIn(page, "dustin@halyard.example");
  await open(page, "/settings/profile");
  await expect(page.getByRole("link", { name: "Unsent mail" })).toHaveCount(0);
});
