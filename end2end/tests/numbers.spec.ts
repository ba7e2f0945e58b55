// Phone numbers: written as people write them, shown as people read them, dialled from anywhere, found in any spelling.
import { expect, open, rest, signIn, test } from "./house";

test("a number typed as at home is shown with its country, is called by it, and finds its person", async ({ page }) => {
  await signIn(page);
  const family = `Numbers${Date.now()}`;
  const contact = await rest(page, "POST", "contacts", { given_name: "Ann", family_name: family });
  await open(page, `/contacts/${contact.id}`);
  const last = String(Date.now()).slice(-4);
  await page.locator("#val-phones").click();
  await page.locator("#edit-phones input").fill(`044 123 ${last.slice(0, 2)}-${last.slice(2)}`);
  await page.locator("#edit-phones .btn.primary").click();
  const link = page.locator(".f a[href^='tel:']");
  await expect(link).toHaveText(`+380 44 123 ${last}`);
  await expect(link).toHaveAttribute("href", `tel:+38044123${last}`);
  await expect(page.getByText("Not recognised and kept as it was typed")).toHaveCount(0);
  // After a reload too, and at the button on top.
  await open(page, `/contacts/${contact.id}`);
  await expect(link).toHaveText(`+380 44 123 ${last}`);
  await expect(page.locator(`a.btn[href='tel:+38044123${last}']`)).toHaveAttribute("title", `+380 44 123 ${last}`);
  for (const spelling of [`044 123 ${last}`, `+380 44 123 ${last.slice(0, 2)} ${last.slice(2)}`, `(044)123-${last}`]) {
    await open(page, `/contacts?q=${encodeURIComponent(spelling)}`);
    await expect(page.getByRole("grid").getByText(family).first()).toBeVisible();
    await expect(page.getByRole("grid").getByText(`+380 44 123 ${last}`).first()).toBeVisible();
  }
});

test("a number that no country has is kept as it was typed, and the page says so", async ({ page }) => {
  await signIn(page);
  const contact = await rest(page, "POST", "contacts", { family_name: `Odd ${Date.now()}`, phones: ["044 12 (old)"] });
  expect(contact.phones).toEqual(["044 12 (old)"]);
  await open(page, `/contacts/${contact.id}`);
  await expect(page.locator(".f a[href^='tel:']")).toHaveText("044 12 (old)");
  await expect(page.getByText("Not recognised and kept as it was typed")).toBeVisible();
});

test("the house says in which country numbers are dialled that do not say it themselves", async ({ page }) => {
  await signIn(page);
  await open(page, "/settings/workspace");
  const country = page.getByLabel("Country");
  await expect(country).toHaveValue("UA");
  await expect(country.locator("option:checked")).toHaveText("Ukraine");
});
