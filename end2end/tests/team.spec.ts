import type { Page } from "@playwright/test";
import { another, expect, open, rest, signIn, test } from "./house";
import { aWeekEach, alert, at, day, event, item, said, turn, user, zone } from "./week";

aWeekEach();

test("in the team's day items are carried, pulled and drawn in the lines of those whose time they take", async ({ page }) => {
  await signIn(page);
  const [amara, dustin] = [await user(page, "amara"), await user(page, "dustin")];
  const made = await event(page, 1, "10:00", "11:00", { title: "Handover", organiser: amara, attendees: [dustin] });
  await open(page, `/calendar?view=team&date=${day(1)}&${zone}&people=${amara},${dustin}`);
  await expect(item(page, "Handover")).toBeVisible();
  const line = page.locator(`[data-subject="${amara}"]`);
  const hour = (await line.boundingBox())!.width / 24;
  const shown = async () => {
    const { start, end } = await rest(page, "GET", `events/${made.id}`);
    return [start, end].map((at: string) => new Date(at).toISOString());
  };
  const drag = async (from: { x: number; y: number }, hours: number) => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 12, from.y, { steps: 3 });
    await page.mouse.move(from.x + hour * hours, from.y, { steps: 6 });
    await expect(page.locator(".teamday .hand")).toHaveCount(2);
    await page.mouse.up();
  };
  const middle = async () => {
    const box = (await line.locator("[data-item]").boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, right: box.x + box.width - 2 };
  };
  await drag(await middle(), 2);
  await expect.poll(shown).toEqual([at(1, "12:00"), at(1, "13:00")]);
  await expect(page.locator(".teamday .hand")).toHaveCount(0);
  const { right, y } = await middle();
  await drag({ x: right, y }, 1);
  await expect.poll(shown).toEqual([at(1, "12:00"), at(1, "14:00")]);
  // By keyboard along the line.
  await line.locator("[data-item]").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect.poll(shown).toEqual([at(1, "12:15"), at(1, "14:15")]);
  // Drawn in another line: a new item with whose it is.
  const box = (await page.locator(`[data-subject="${dustin}"]`).boundingBox())!;
  const start = { x: (await middle()).right + hour, y: box.y + box.height / 2 };
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + hour, start.y, { steps: 6 });
  await page.mouse.up();
  await expect(page.locator(".planner").getByText("Dustin Brinkmann")).toBeVisible();
});

/** Carries an item out of one line of the team's day into another by mouse; it is still in the hand when this is over. */
async function over(page: Page, name: string, from: string, to: string, hours = 0) {
  const held = (await page.locator(`[data-subject="${from}"] [data-item]`).filter({ hasText: name }).boundingBox())!;
  const line = (await page.locator(`[data-subject="${to}"]`).boundingBox())!;
  const x = held.x + held.width / 2;
  await page.mouse.move(x, held.y + held.height / 2);
  await page.mouse.down();
  await page.mouse.move(x + 4, held.y + held.height / 2 + 8, { steps: 3 });
  await page.mouse.move(x + (line.width / 24) * hours, line.y + line.height / 2, { steps: 8 });
}

test("in the team's day an item is carried to somebody else's line: the alert is about the new ones, undo gives it back, others see it", async ({
  page,
  browser,
  complaints,
}) => {
  await signIn(page);
  const [amara, dustin, vicki] = [await user(page, "amara"), await user(page, "dustin"), await user(page, "vicki")];
  const room = await rest(page, "POST", "resources", { name: `Loft ${turn()}`, type: "room" });
  const made = await event(page, 1, "10:00", "11:00", { title: "Handover", organiser: amara, attendees: [dustin], resources: [room.id] });
  await event(page, 1, "13:00", "14:00", { title: "Dentist", organiser: vicki });
  const path = `/calendar?view=team&date=${day(1)}&${zone}&people=${amara},${dustin},${vicki}&resources=${room.id}`;
  await open(page, path);
  const in_line = (of: string, on = page) => on.locator(`[data-subject="${of}"] [data-item]`).filter({ hasText: "Handover" });
  await expect(in_line(dustin)).toBeVisible();
  const other = await another(browser, "amara", complaints);
  await open(other, path);
  const now = async () => {
    const { organiser, attendees, start } = await rest(page, "GET", `events/${made.id}`);
    return [organiser, attendees ?? [], new Date(start).toISOString()];
  };

  // Where the new one is busy, that is said before it is let go; and it lies in her line, no longer in his.
  await over(page, "Handover", dustin, vicki, 3);
  await expect(page.locator(".carried")).toContainText(/Vicki.*Dentist/);
  await expect(page.locator(`[data-subject="${vicki}"] .hand`)).toBeVisible();
  await expect(page.locator(`[data-subject="${dustin}"] .hand`)).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.mouse.up();
  expect(await now()).toEqual([amara, [dustin], at(1, "10:00")]);

  // At the same time on another line it is a move all the same.
  await over(page, "Handover", dustin, vicki);
  await page.mouse.up();
  await expect.poll(now).toEqual([amara, [vicki], at(1, "10:00")]);
  await expect(in_line(vicki, other)).toBeVisible();
  await expect(in_line(dustin, other)).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(now).toEqual([amara, [dustin], at(1, "10:00")]);
  await expect(in_line(dustin)).toBeVisible();

  // Whose item it is changes with the line as well; but nobody takes over what they are asked to, and no room becomes a person.
  await over(page, "Handover", amara, dustin);
  await expect(page.locator(".carried")).toContainText("Dustin Brinkmann takes part already and cannot take it over.");
  await page.mouse.up();
  await over(page, "Handover", room.id, vicki);
  await expect(page.locator(".carried")).toContainText("can only be exchanged for another one");
  await page.mouse.up();
  expect(await now()).toEqual([amara, [dustin], at(1, "10:00")]);
  await over(page, "Handover", amara, vicki);
  await page.mouse.up();
  await expect.poll(now).toEqual([vicki, [dustin], at(1, "10:00")]);

  // What is let go where it clashes is not saved before somebody decides, and the form has the new people.
  await over(page, "Handover", vicki, amara);
  await page.mouse.up();
  await expect.poll(now).toEqual([amara, [dustin], at(1, "10:00")]);
  await over(page, "Handover", dustin, vicki, 3);
  await page.mouse.up();
  await expect(page.locator(".planner .person")).toContainText(["Vicki", `Loft ${turn()}`]);
  await expect(alert(page)).toContainText("Dentist");
  expect(await now()).toEqual([amara, [dustin], at(1, "10:00")]);
  await other.context().close();
});

test("by keyboard an item goes to another line of the team's day, and of a series it is asked which", async ({ page }) => {
  await signIn(page);
  const [amara, dustin] = [await user(page, "amara"), await user(page, "dustin")];
  const rrule = "FREQ=DAILY;COUNT=3";
  const made = await event(page, 1, "10:00", "11:00", { title: "Standup", organiser: amara, rrule });
  await open(page, `/calendar?view=team&date=${day(1)}&${zone}&people=${amara},${dustin}`);
  const in_line = (of: string) => page.locator(`[data-subject="${of}"] [data-item]`).filter({ hasText: "Standup" });
  await in_line(amara).focus();
  await page.keyboard.press("Space");
  await expect(said(page)).toContainText("Standup lifted");
  await page.keyboard.press("ArrowDown");
  await expect(said(page)).toContainText("Dustin Brinkmann, ");
  await expect(page.locator(`[data-subject="${dustin}"] .hand`)).toBeVisible();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Only this one" }).press("Enter");
  await expect(in_line(dustin)).toBeVisible();
  await expect(in_line(amara)).toHaveCount(0);
  await expect(page.locator(".toasts")).toContainText("“Standup” moved to Dustin Brinkmann");
  // It is an item of its own by now, and has the keyboard still.
  await expect(in_line(dustin)).toHaveAttribute("data-item", new RegExp(`^(?!${made.id})`));
  await expect(in_line(dustin)).toBeFocused();
  expect((await rest(page, "GET", `events/${made.id}`)).organiser, "the series stays").toBe(amara);

  // Page keys are days still, and Escape gives it back.
  await in_line(dustin).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowUp");
  await expect(said(page)).toContainText("Amara Okafor, ");
  await page.keyboard.press("PageDown");
  await expect(page).toHaveURL(new RegExp(`date=${day(2)}`));
  await page.keyboard.press("Escape");
  await expect(said(page)).toContainText("Back where it was");
});

test("forbidden: whoever may plan for nobody else is told so while carrying", async ({ page }) => {
  await signIn(page, "vicki");
  const [vicki, dustin] = [await user(page, "vicki"), await user(page, "dustin")];
  const made = await event(page, 1, "10:00", "11:00", { title: "Mine" });
  await open(page, `/calendar?view=team&date=${day(1)}&${zone}&people=${vicki},${dustin}`);
  await over(page, "Mine", vicki, dustin);
  await expect(page.locator(".carried")).toContainText("You may not plan for Dustin Brinkmann.");
  await page.mouse.up();
  await expect(page.locator(".carried")).toHaveCount(0);
  expect((await rest(page, "GET", `events/${made.id}`)).organiser).toBe(vicki);
});

test("on a phone an item is carried to a colleague's line after a rest of the finger @phone", async ({ page }) => {
  await signIn(page);
  const [amara, dustin] = [await user(page, "amara"), await user(page, "dustin")];
  const made = await event(page, 1, "10:00", "11:00", { title: "Handover", organiser: amara });
  await open(page, `/calendar?view=team&date=${day(1)}&${zone}&people=${amara},${dustin}`);
  const held = (await page.locator(`[data-subject="${amara}"] [data-item]`).boundingBox())!;
  const line = (await page.locator(`[data-subject="${dustin}"]`).boundingBox())!;
  const finger = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", x?: number, y?: number) =>
    finger.send("Input.dispatchTouchEvent", { type, touchPoints: x === undefined ? [] : [{ x, y: y! }] });
  const [x, from, to] = [held.x + held.width / 2, held.y + held.height / 2, line.y + line.height / 2];
  await touch("touchStart", x, from);
  await expect(page.locator(".teamday .hand")).toBeVisible();
  for (let n = 1; n <= 6; n += 1) await touch("touchMove", x, from + ((to - from) * n) / 6);
  await expect(page.locator(`[data-subject="${dustin}"] .hand`)).toBeVisible();
  await touch("touchEnd");
  await expect.poll(async () => (await rest(page, "GET", `events/${made.id}`)).organiser).toBe(dustin);
  expect((await rest(page, "GET", `events/${made.id}`)).start, "at the same time").toBe(at(1, "10:00"));
});
