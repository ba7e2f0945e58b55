// What lies beyond the page that is shown: another half of the year, another item, a day that is looked at alone.
import { expect, open, rest, signIn, test } from "./house";
import { aWeekEach, add, at, column, day, event, item, user, weekly, zone } from "./week";

aWeekEach();

// Typed into a form far from the page it was said, and offered, an hour off.
test("what is planned beyond a change of clocks is said at its own hour, and the page goes there", async ({ page }) => {
  await signIn(page);
  await open(page, weekly());
  await page.keyboard.press("c");
  const planner = page.locator(".planner");
  const name = `Far ${Date.now()}`;
  await planner.getByLabel("Title").fill(name);
  await planner.getByRole("button", { name: "More options" }).click();
  // Half a year on clocks stand otherwise, whatever the week of this test.
  const far = day(26 * 7 + 1);
  await planner.getByLabel("Date", { exact: true }).fill(far);
  await planner.getByLabel("Start", { exact: true }).fill("10:00");
  await planner.getByLabel("End", { exact: true }).fill("11:00");
  await planner.getByRole("button", { name: /^Save/ }).click();
  await expect(page.locator(".toast")).toContainText("10 – 11 am");
  await expect(page.locator(`.dcol[data-day="${far}"]`).locator(".appt").filter({ hasText: name })).toBeVisible();
});

test("from an item one goes to the other one that it clashes with", async ({ page }) => {
  await signIn(page);
  const [one, other] = [`First ${Date.now()}`, `Second ${Date.now()}`];
  await event(page, 2, "09:00", "10:00", { title: one });
  await event(page, 2, "09:30", "10:30", { title: other });
  await open(page, weekly());
  await item(page, one).click();
  const planner = page.locator(".planner");
  await expect(planner.locator("h2")).toContainText(one);
  await planner.locator(".clashes").getByRole("link", { name: other }).click();
  await expect(planner.locator("h2")).toContainText(other);
  await page.keyboard.press("Escape");
  await expect(planner).toHaveCount(0);
});

test("in the day alone the page goes to what was just planned for another day", async ({ page }) => {
  await signIn(page);
  await open(page, `/calendar?view=day&date=${day(1)}&${zone}`);
  await page.keyboard.press("c");
  const planner = page.locator(".planner");
  const name = `Thursday ${Date.now()}`;
  await planner.getByLabel("Title").fill(name);
  await planner.getByRole("button", { name: "More options" }).click();
  await planner.getByLabel("Date", { exact: true }).fill(day(3));
  await planner.getByRole("button", { name: /^Save/ }).click();
  await expect(column(page, 3).locator(".appt").filter({ hasText: name })).toBeVisible();
});

// The draft put the whole old list of people back, and whoever was asked meanwhile was taken off.
test("a draft that comes back takes nobody off whom somebody else asked meanwhile", async ({ page }) => {
  await signIn(page);
  const [amara, mei, sam] = [await user(page, "amara"), await user(page, "mei"), await user(page, "sam")];
  const title = `Draft ${Date.now()}`;
  const made = await event(page, 2, "09:00", "10:00", { title, attendees: [amara] });
  await open(page, weekly());
  const planner = page.locator(".planner");
  await item(page, title).click();
  await planner.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Title").fill(`${title} typed`);
  await add(page, "Mei");
  await expect(planner.locator(".chip.person").filter({ hasText: "Mei" })).toBeVisible();
  await page.mouse.click(5, 450);
  await expect(planner).toHaveCount(0);
  await rest(page, "PATCH", `events/${made.id}`, { attendees: [amara, sam] }, { "if-match": "*" });
  await expect(async () => {
    await open(page, weekly());
    await item(page, title).click();
    await planner.getByRole("button", { name: "Edit" }).click();
    await expect(planner.locator(".chip.person").filter({ hasText: "Sam" })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expect(planner.locator(".chip.person").filter({ hasText: "Mei" })).toBeVisible();
  await planner.getByRole("button", { name: /^Save/ }).click();
  await expect(planner).toHaveCount(0);
  const now = await rest(page, "GET", `events/${made.id}`);
  expect([...now.attendees].sort()).toEqual([amara, mei, sam].sort());
  expect(now.start).toBe(at(2, "09:00"));
});

// An hour that was emptied was shown as none, and saved as it had been.
test("an hour that is emptied stands there again when its field is left", async ({ page }) => {
  await signIn(page);
  await open(page, weekly());
  await page.keyboard.press("c");
  const planner = page.locator(".planner");
  await planner.getByLabel("Title").fill("Emptied");
  const start = planner.getByLabel("Start", { exact: true });
  const stood = await start.inputValue();
  await start.focus();
  await page.keyboard.press("Backspace");
  await expect(start).toHaveValue("");
  await planner.getByLabel("Title").focus();
  await expect(start).toHaveValue(stood);
});
