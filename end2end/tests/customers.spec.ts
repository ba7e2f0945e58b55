// What is known of a customer, and that the product honours it: the way they want to be reached leads, an unwelcome one warns.
import { expect, open, rest, signIn, test } from "./house";

test("the preferred channel is the main button, and whoever wants no calls is not called by accident", async ({ page }) => {
  await signIn(page);
  const family = `Prefers${Date.now()}`;
  const contact = await rest(page, "POST", "contacts", {
    given_name: "Ann",
    family_name: family,
    emails: ["ann@prefers.example"],
    phones: ["+380441234567"],
  });
  await open(page, `/contacts/${contact.id}`);
  const acts = page.locator(".rhead .acts");
  await expect(acts.locator("a.btn").first()).toHaveAttribute("href", "tel:+380441234567");
  await page.locator("#val-preferred_channel").click();
  await page.locator("#edit-preferred_channel select").selectOption("email");
  await expect(acts.locator("a.btn").first()).toHaveAttribute("href", "mailto:ann@prefers.example");
  await expect(acts.locator(".btn.primary")).toHaveCount(1);
  await expect(acts.locator("a.btn.primary")).toHaveAttribute("href", "mailto:ann@prefers.example");
  await page.locator("#val-no_phone").check();
  await expect(acts.locator("a[href^='tel:']:visible")).toHaveCount(0);
  await acts.getByRole("button", { name: "Call" }).click();
  await expect(page.getByText("does not want to be called")).toBeVisible();
  await expect(page.getByRole("link", { name: "Call anyway" })).toHaveAttribute("href", "tel:+380441234567");
  await page.keyboard.press("Escape");
  await expect(page.getByText("does not want to be called")).toBeHidden();
  const stored = await rest(page, "GET", `contacts/${contact.id}`);
  expect([stored.preferred_channel, stored.no_phone]).toEqual(["email", true]);
});

test("a customer's stage says since when, a birthday how old, and one press verifies", async ({ page }) => {
  await signIn(page);
  const contact = await rest(page, "POST", "contacts", { family_name: `Known${Date.now()}`, birth_date: "1980-01-31" });
  await open(page, `/contacts/${contact.id}`);
  const facts = page.getByRole("complementary", { name: "Fields" });
  await expect(facts.getByText(/· \d\d years old/)).toBeVisible();
  await page.locator("#val-lifecycle").click();
  await page.locator("#edit-lifecycle select").selectOption("customer");
  await expect(facts.locator("#val-lifecycle")).toContainText("Customer · since today");
  await expect(facts.getByText("Never")).toBeVisible();
  await facts.getByRole("button", { name: "Verify" }).click();
  await expect(facts.getByText("Never")).toHaveCount(0);
  await expect.poll(async () => (await rest(page, "GET", `contacts/${contact.id}`)).verified_at).toBeTruthy();
  await page.keyboard.press("z");
  await expect(facts.getByText("Never")).toBeVisible();
});
