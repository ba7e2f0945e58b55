import { expect, open, rest, signIn, test } from "./house";

test("a key opens the form, what is missing is named, who looks alike is shown", async ({ page }) => {
  await signIn(page);
  await open(page, "/companies");
  await page.keyboard.press("c");
  const dialog = page.locator("dialog[open]");
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Control+Enter");
  await expect(dialog.locator(".q-name [role=alert]")).not.toBeEmpty();
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Betatech");
  await expect(dialog.locator(".same").getByRole("link", { name: "Betatech" })).toBeVisible();
  const name = `Betatech ${Date.now()}`;
  await dialog.getByLabel("Name").fill(name);
  await page.keyboard.press("Control+Enter");
  await expect(page).toHaveURL(/\/companies\/[0-9a-f-]{36}/);
  await expect(page.locator(".rhead h2")).toHaveText(name);
  await page.keyboard.press("z");
  await expect(page.locator(".banner.warn")).toBeVisible();
});

test("a company made from a deal's form, which keeps what was typed", async ({ page }) => {
  await signIn(page);
  await open(page, "/deals?layout=table");
  await page.locator(".bar .btn.primary").first().click();
  const form = page.locator("dialog[open]").first();
  const deal = `First order ${Date.now()}`;
  await form.getByLabel("Name").fill(deal);
  await form.locator(".q-amount input").fill("12,500.50");
  await expect(form.locator(".q-pipeline select")).not.toHaveValue("");
  const company = `Nested ${Date.now()}`;
  await form.locator(".q-company input").pressSequentially(company);
  await form.getByRole("option", { name: `Create “${company}”` }).or(form.locator(".options .make")).first().click();
  const nested = page.locator("dialog[open]").last();
  await expect(nested.getByLabel("Name")).toHaveValue(company);
  await nested.getByRole("button", { name: "Create" }).click();
  await expect(page.locator("dialog[open]")).toHaveCount(1);
  await expect(form.locator(".q-company input")).toHaveValue(company);
  await expect(form.getByLabel("Name")).toHaveValue(deal);
  await form.locator("footer .btn.primary").click();
  await expect(page.locator(".rhead h2")).toHaveText(deal);
  await expect(page.locator(".rhead")).toContainText(company);
  const id = page.url().split("/").pop() ?? "";
  expect((await rest(page, "GET", `deals/${id}`)).amount).toEqual({ amount: "12500.50", currency: "USD" });
});
