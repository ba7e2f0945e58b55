// Booking pages: a stranger at phone width and in another zone books, moves and cancels without signing in; the host sees the meeting;
// of two who take the last time one gets it, and the other keeps what was typed.
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { expect, listen, open, PASSWORD, rest, signIn, test } from "./house";

/** Somebody of their own with a booking page. */
async function host(page: Page, kind: object = {}) {
  const mark = `${Date.now()}-${Math.round(Math.random() * 1e6)}`;
  await signIn(page);
  const email = `host-${mark}@halyard.example`;
  const user = await rest(page, "POST", "users", { name: "Bo Host", email, role: "sales" });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  await page.context().clearCookies();
  await signIn(page, email);
  const slug = `meet-${mark}`;
  const kinds = [{ name: "Intro call", minutes: 30, notice_minutes: 0, ahead_days: 21, place: "By phone", ...kind }];
  await rest(page, "POST", "booking-pages", { slug, user: user.id, name: "Talk to Bo", about: "Half an hour about pumps.", kinds });
  return { slug, email };
}

async function stranger(browser: Browser, complaints: string[], options: object = {}) {
  const context = await browser.newContext({ locale: "en-US", timezoneId: "Asia/Tokyo", viewport: { width: 390, height: 844 }, ...options });
  const page = await context.newPage();
  listen(page, complaints);
  return page;
}

const slots = (page: Page) => page.getByRole("group", { name: "Time", exact: true }).getByRole("button");
const clean = async (page: Page) => {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
};

async function fill(page: Page, name: string, email: string) {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Email").fill(email);
}

test("a stranger books in their own zone, moves it and cancels it by the link", async ({ page, browser, complaints }) => {
  const { slug } = await host(page);
  const visitor = await stranger(browser, complaints);
  await open(visitor, `/book/${slug}`);
  await expect(visitor.getByRole("heading", { name: "Talk to Bo" })).toBeVisible();
  await expect(visitor.getByLabel("Your time zone")).toHaveValue("Asia/Tokyo");
  const first = slots(visitor).first();
  await expect(first).toBeVisible();
  await clean(visitor);
  const clock = (await first.textContent()) ?? "";
  await first.click();
  await expect(visitor.getByLabel("Your name"), "the keyboard is where it goes on").toBeFocused();
  await visitor.getByRole("button", { name: "Book it" }).click();
  await expect(visitor.getByLabel("Your name")).toHaveAttribute("aria-invalid", "true");
  await clean(visitor);
  await fill(visitor, "Vera Snelling", `vera-${slug}@far.example`);
  await visitor.getByRole("button", { name: "Book it" }).click();
  await expect(visitor.getByRole("heading", { name: "It is booked" })).toBeVisible();
  // Over midnight the end has a day of its own.
  await expect(visitor.getByText(new RegExp(`${clock} ?–`))).toBeVisible();
  await clean(visitor);

  const found = await rest(page, "GET", `events?from=${day(0)}&to=${day(23)}`);
  const event = found.items.find((e: { title?: string; name?: string }) => (e.title ?? e.name) === "Intro call: Vera Snelling");
  expect(event.contacts).toHaveLength(1);
  const contact = await rest(page, "GET", `contacts/${event.contacts[0]}`);
  expect(contact.emails).toEqual([`vera-${slug}@far.example`]);
  await open(page, `/calendar?view=day&date=${event.start.slice(0, 10)}`);
  await expect(page.getByText("Intro call: Vera Snelling").first()).toBeVisible();

  await visitor.getByRole("link", { name: "Move or cancel it" }).click();
  await expect(visitor).toHaveURL(/\/booking\//);
  await visitor.getByRole("button", { name: "Choose another time" }).click();
  await slots(visitor).nth(2).click();
  await visitor.getByRole("button", { name: "Move it here" }).click();
  await expect(visitor.getByRole("button", { name: "Cancel it" })).toBeVisible();
  const moved = await rest(page, "GET", `events/${event.id}`);
  expect(moved.start).not.toBe(event.start);
  await clean(visitor);
  await visitor.getByRole("button", { name: "Cancel it" }).click();
  await visitor.getByRole("button", { name: "Cancel it" }).click();
  await expect(visitor.getByRole("heading", { name: "This appointment is cancelled" })).toBeVisible();
  expect((await rest(page, "GET", `events/${event.id}`)).status).toBe("cancelled");
});

const day = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

test("of two who take the last time one gets it, the other keeps what was typed", async ({ page, browser, complaints }) => {
  const { slug } = await host(page, { per_day: 1 });
  const both = [await stranger(browser, complaints), await stranger(browser, complaints, { viewport: { width: 1280, height: 900 } })];
  for (const [n, visitor] of both.entries()) {
    await open(visitor, `/book/${slug}`);
    await slots(visitor).first().click();
    await fill(visitor, `Visitor ${n}`, `v${n}-${slug}@far.example`);
  }
  await Promise.all(both.map((visitor) => visitor.getByRole("button", { name: "Book it" }).click()));
  const told = (visitor: Page) =>
    visitor
      .getByRole("heading", { name: "It is booked" })
      .or(visitor.getByRole("alert").filter({ hasText: "has just been taken" }));
  for (const visitor of both) await expect(told(visitor)).toBeVisible();
  const got = await Promise.all(both.map((visitor) => visitor.getByRole("heading", { name: "It is booked" }).isVisible()));
  expect(got.filter(Boolean)).toHaveLength(1);
  const late = got.indexOf(false);
  await slots(both[late]!).first().click();
  await expect(both[late]!.getByLabel("Your name")).toHaveValue(`Visitor ${late}`);
  await both[late]!.getByRole("button", { name: "Book it" }).click();
  await expect(both[late]!.getByRole("heading", { name: "It is booked" })).toBeVisible();
});

test("a page is made in the settings, and the keyboard alone books there", async ({ page, browser, complaints }) => {
  const { email } = await host(page);
  await open(page, "/settings/booking");
  await page.getByRole("button", { name: "New booking page" }).click();
  const slug = `own-${Date.now()}`;
  await page.getByLabel("Address").fill("No!");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("small letters, digits and hyphens")).toBeVisible();
  await page.getByLabel("Address").fill(slug);
  await page.getByLabel("Not sooner than").fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(`/book/${slug}`)).toBeVisible();
  expect(email).toContain("@");

  const visitor = await stranger(browser, complaints, { viewport: { width: 1280, height: 900 }, colorScheme: "dark" });
  await open(visitor, `/book/${slug}`);
  await expect(slots(visitor).first()).toBeVisible();
  await clean(visitor);
  await slots(visitor).first().focus();
  await visitor.keyboard.press("Enter");
  await expect(visitor.getByLabel("Your name")).toBeFocused();
  await visitor.keyboard.type("Ann Keys");
  await visitor.keyboard.press("Tab");
  await visitor.keyboard.type(`keys-${slug}@far.example`);
  await visitor.keyboard.press("Enter");
  await expect(visitor.getByRole("heading", { name: "It is booked" })).toBeVisible();
});

test("another language in the middle of the form keeps what was typed and the time that was chosen", async ({ page, browser, complaints }) => {
  const { slug } = await host(page);
  const visitor = await stranger(browser, complaints);
  await open(visitor, `/book/${slug}`);
  await slots(visitor).first().click();
  await fill(visitor, "Віра Коваль", `vira-${slug}@far.example`);
  await visitor.getByLabel("Phone").fill("+380 44 000 00 00");
  await visitor.getByRole("button", { name: "Українська" }).click();
  await expect(visitor.locator("html")).toHaveAttribute("lang", "uk");
  await expect(visitor.locator("form input[name='name']")).toHaveValue("Віра Коваль");
  await expect(visitor.locator("form input[name='email']")).toHaveValue(`vira-${slug}@far.example`);
  await expect(visitor.locator("form input[name='phone']")).toHaveValue("+380 44 000 00 00");
  await visitor.locator("form .btn.primary").click();
  await expect(visitor.locator(".book .done h2")).toBeVisible();
});

test("an address that nobody has says so", async ({ page }) => {
  const answer = await page.goto("/book/nobody-here");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "This page is not here" })).toBeVisible();
});
