import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { another, expect, open, rest, signIn, test } from "./house";
import { aWeekEach, add, alert, at, column, day, event, item, said, user, weekly, zone } from "./week";

aWeekEach();

/** The point of a column at this hour. */
async function spot(page: Page, n: number, hour: number) {
  await column(page, n).scrollIntoViewIfNeeded();
  const box = (await column(page, n).boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + (box.height / 24) * hour + 2 };
}

test("who is busy is told while one types, and a free time is one press away", async ({ page }) => {
  await signIn(page);
  const amara = await user(page, "amara");
  await event(page, 3, "14:00", "15:00", { title: "Signature call", organiser: amara, attendees: [amara] });
  await open(page, weekly());
  const from = await spot(page, 3, 16);
  await page.mouse.click(from.x, from.y);
  await page.getByLabel("Title").fill("Contract review");
  await add(page, "Amara");
  await expect(alert(page)).toHaveCount(0);

  await page.getByLabel("Start", { exact: true }).fill("14:15");
  await expect(alert(page)).toContainText("Amara Okafor is busy then");
  await expect(alert(page)).toContainText("Signature call");
  await expect(page.locator(".planner .chip.hit")).toContainText("Amara Okafor");
  await expect(page.getByRole("button", { name: "Save anyway" })).toBeVisible();
  await expect(column(page, 3).locator(".appt.draft.bad")).toBeVisible();

  await alert(page).locator(".times .btn").first().click();
  await expect(alert(page)).toHaveCount(0);
  await page.locator(".planner").getByRole("button", { name: "Save", exact: true }).click();
  await expect(item(page, "Contract review")).toBeVisible();
  await expect(page.locator(".toast")).toContainText("Contract review");
});

test("the form shows whose item it is, and whoever plans for others gives it to somebody else", async ({ page, browser, complaints }) => {
  await signIn(page);
  const dustin = await user(page, "dustin");
  await event(page, 2, "09:00", "10:00", { title: "Stock count", organiser: dustin });
  const made = await event(page, 2, "09:00", "10:00", { title: "Site walk" });
  await open(page, weekly(`&open=${made.id}`));
  await page.locator(".planner").getByRole("button", { name: "Edit" }).click();
  await expect(page.locator(".planner .chip.person")).toContainText("Organiser");
  await page.getByRole("button", { name: "Change the organiser" }).click();
  await page.locator(".planner").getByRole("combobox", { name: "Organiser" }).fill("Dustin");
  await page.getByRole("option", { name: /Dustin/ }).click();
  await expect(alert(page)).toContainText("Stock count");
  await expect(page.locator(".planner .chip.hit")).toContainText("Dustin Brinkmann");
  await page.getByRole("button", { name: "Save anyway" }).click();
  await expect.poll(async () => (await rest(page, "GET", `events/${made.id}`)).organiser).toBe(dustin);

  const vicki = await another(browser, "vicki", complaints);
  await open(vicki, weekly());
  await vicki.keyboard.press("c");
  await expect(vicki.locator(".planner .chip.person")).toContainText("Organiser");
  await expect(vicki.getByRole("button", { name: "Change the organiser" })).toHaveCount(0);
});

/** Milliseconds from the last key in the form to the alert on the screen: nine times, in order. */
async function waits(page: Page) {
  const found: number[] = [];
  for (let n = 0; n < 9; n++) {
    await page.locator(".planner input[type=time]").first().fill("16:00");
    await expect(alert(page)).toHaveCount(0);
    // Measured in the page: from the event of the field to the frame after the alert came into the document.
    const wait = await page.evaluate(async () => {
      const field = document.querySelector<HTMLInputElement>(".planner input[type=time]")!;
      const began = performance.now();
      const seen = new Promise<number>((done) => {
        const watch = new MutationObserver(() => {
          if (document.querySelector(".planner .clashes")) {
            watch.disconnect();
            requestAnimationFrame(() => done(performance.now() - began));
          }
        });
        watch.observe(document.body, { childList: true, subtree: true });
      });
      field.value = "10:30";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return seen;
    });
    found.push(wait);
  }
  return found.sort((a, b) => a - b);
}

// The goal is 150 ms; a machine that does ten other things may take longer, a second is wrong on any.
test("the alert comes right after the last key, in the popover and in the form", async ({ page }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  await event(page, 2, "10:00", "11:00", { title: "Taken", attendees: [olena] });
  await open(page, weekly());
  const from = await spot(page, 2, 16);
  await page.mouse.click(from.x, from.y);
  await expect(page.getByLabel("Title")).toBeFocused();
  for (const where of ["popover", "form"]) {
    if (where === "form") await page.getByRole("button", { name: "More options" }).click();
    const all = await waits(page);
    const said = `key to alert in the ${where}: median ${Math.round(all[4]!)} ms of ${all.map(Math.round).join(" ")}`;
    console.log(said);
    expect(all[4], said).toBeLessThan(1_000);
  }
});

test("what is dragged onto a busy time is not saved before somebody decides, and undo brings a move back", async ({ page }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  await event(page, 1, "10:00", "11:00", { title: "Standing", attendees: [olena] });
  const moved = await event(page, 1, "13:00", "14:00", { title: "Wandering", attendees: [olena] });
  await open(page, weekly());
  const drag = async (hour: number, n = 1) => {
    const box = (await item(page, "Wandering").boundingBox())!;
    const to = await spot(page, n, hour);
    await page.mouse.move(box.x + 20, box.y + 14);
    await page.mouse.down();
    await page.mouse.move(box.x + 26, box.y + 26, { steps: 3 });
    await page.mouse.move(to.x, to.y + 14, { steps: 8 });
  };
  await drag(10);
  await expect(column(page, 1).locator(".appt.draft.bad")).toBeVisible();
  // Who, with what and when, before it is let go.
  await expect(page.locator(".carried")).toContainText(/You.*Standing.*10 – 11 am/);
  await page.mouse.up();
  await expect(page.locator(".carried")).toHaveCount(0);
  await expect(alert(page)).toContainText("Standing");
  expect((await rest(page, "GET", `events/${moved.id}`)).start).toBe(at(1, "13:00"));
  await page.keyboard.press("Escape");
  await expect(page.locator(".planner")).toHaveCount(0);

  await drag(15, 2);
  await page.mouse.up();
  await expect(column(page, 2).locator(".appt").filter({ hasText: "Wandering" })).toBeVisible();
  await expect.poll(async () => (await rest(page, "GET", `events/${moved.id}`)).start).toBe(at(2, "15:00"));
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(column(page, 1).locator(".appt").filter({ hasText: "Wandering" })).toBeVisible();
});

test("by keyboard an item is lifted, carried, lengthened and put down, and every step is said", async ({ page }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  const one = await event(page, 0, "09:00", "10:00", { title: "Carried", attendees: [olena] });
  await event(page, 1, "11:00", "12:00", { title: "Standing", attendees: [olena] });
  await open(page, weekly());
  await item(page, "Carried").focus();
  await page.keyboard.press("Space");
  await expect(said(page)).toContainText("Carried lifted");
  await page.keyboard.press("ArrowDown");
  await expect(said(page)).toContainText("9:15 – 10:15 am");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(said(page)).toContainText("9:15 – 10:30 am");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await rest(page, "GET", `events/${one.id}`)).start).toBe(at(1, "09:15"));
  expect((await rest(page, "GET", `events/${one.id}`)).end).toBe(at(1, "10:30"));
  await expect(item(page, "Carried")).toBeFocused();

  await page.keyboard.press("Space");
  for (let n = 0; n < 4; n++) await page.keyboard.press("ArrowDown");
  await expect(said(page)).toContainText("Standing");
  await page.keyboard.press("Escape");
  await expect(said(page)).toContainText("Back where it was");
  expect((await rest(page, "GET", `events/${one.id}`)).start).toBe(at(1, "09:15"));
});

test("the keyboard walks a slot and makes something there", async ({ page }) => {
  await signIn(page);
  await open(page, weekly());
  await page.getByRole("application").focus();
  await expect(page.locator(".cal .cursor")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  const time = await page.locator(".cal .cursor").textContent();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Title")).toBeFocused();
  await expect(column(page, 0).or(column(page, 1)).locator(".appt.draft")).toContainText(time!.trim());
  await page.keyboard.press("Escape");
  await expect(page.locator(".planner")).toHaveCount(0);
  await page.keyboard.press("m");
  await expect(page.locator(".month")).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.locator(".agenda")).toBeVisible();
});

test("a series with other weekdays than its first day begins on one of them, and says so", async ({ page }) => {
  await signIn(page);
  const name = `Round ${Date.now()}`;
  await open(page, `/calendar?view=day&date=${day(1)}&${zone}`);
  await page.keyboard.press("c");
  const planner = page.locator(".planner");
  await planner.getByLabel("Title").fill(name);
  await planner.getByRole("button", { name: "More options" }).click();
  await planner.getByLabel("Date", { exact: true }).fill(day(1));
  await planner.locator("select").and(planner.getByLabel("Repeats")).selectOption({ label: "Every week" });
  await planner.getByRole("button", { name: "Friday", exact: true }).click();
  await expect(planner.getByText("Begins on")).toHaveCount(0);
  await planner.getByRole("button", { name: "Tuesday", exact: true }).click();
  await expect(planner.getByText("Begins on")).toBeVisible();
  await planner.getByRole("button", { name: /^Save/ }).click();
  await expect(planner).toHaveCount(0);
  const { items } = await rest(page, "GET", `events?from=${at(0, "00:00")}&to=${at(6, "23:00")}`);
  const made = items.filter((e: { title: string }) => e.title === name);
  expect(made.map((e: { start: string }) => new Date(e.start).getUTCDay())).toEqual([5]);
});

test("what was typed survives closing the form by accident", async ({ page }) => {
  await signIn(page);
  await open(page, weekly());
  await page.keyboard.press("c");
  await page.getByLabel("Title").fill("Half a thought");
  await page.keyboard.press("Escape");
  await expect(page.locator(".planner")).toHaveCount(0);
  await page.reload();
  await page.locator("html[data-hydrated]").waitFor();
  await page.keyboard.press("c");
  await expect(page.getByLabel("Title")).toHaveValue("Half a thought");
  await page.getByRole("button", { name: "Start afresh" }).click();
  await expect(page.getByLabel("Title")).toHaveValue("");
});

test("what was typed over an item outlives a press beside its form, and what somebody else changed meanwhile", async ({ page }) => {
  await signIn(page);
  const made = await event(page, 2, "09:00", "10:00", { title: "Site walk" });
  await open(page, weekly(`&open=${made.id}`));
  const planner = page.locator(".planner");
  await planner.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Title").fill("Site walk with the owner");
  await page.mouse.click(5, 450);
  await expect(planner).toHaveCount(0);
  await item(page, "Site walk").click();
  await planner.getByRole("button", { name: "Edit" }).click();
  await expect(page.getByLabel("Title")).toHaveValue("Site walk with the owner");
  await expect(planner).toContainText("is here again");
  // Somebody renames it: who had asked nobody yet can still ask the first one.
  await rest(page, "PATCH", `events/${made.id}`, { place: "Yard" }, { "if-match": "*" });
  await add(page, "Dustin");
  await planner.getByRole("button", { name: /^Save/ }).click();
  await expect(planner).toHaveCount(0);
  const now = await rest(page, "GET", `events/${made.id}`);
  expect([now.title, now.place, now.attendees?.length]).toEqual(["Site walk with the owner", "Yard", 1]);
  await item(page, "Site walk with the owner").click();
  await planner.getByRole("button", { name: "Edit" }).click();
  await expect(planner).not.toContainText("is here again");
});

test("one occurrence of a monthly series goes to another weekday by its form", async ({ page }) => {
  await signIn(page);
  const name = `Board ${Date.now()}`;
  const nth = Math.floor((Number(day(1).slice(8)) - 1) / 7) + 1;
  const rrule = nth > 4 ? "FREQ=MONTHLY;BYDAY=-1TU" : `FREQ=MONTHLY;BYDAY=${nth}TU`;
  await event(page, 1, "10:00", "11:00", { title: name, rrule: `${rrule};COUNT=4` });
  await open(page, weekly());
  await item(page, name).click();
  await page.locator(".planner").getByRole("button", { name: "Edit" }).click();
  await page.getByRole("button", { name: "Only this one" }).click();
  const planner = page.locator(".planner");
  await expect(planner.getByLabel("Repeats")).toHaveCount(0);
  await planner.getByLabel("Date", { exact: true }).fill(day(2));
  await planner.getByRole("button", { name: /^Save/ }).click();
  await expect(planner).toHaveCount(0);
  await expect(column(page, 2).locator(".appt").filter({ hasText: name })).toBeVisible();
});

test("the item that is looked at stands in the address, and a reload shows it again", async ({ page }) => {
  await signIn(page);
  const made = await event(page, 2, "09:00", "10:00", { title: "Site walk" });
  await open(page, weekly());
  await item(page, "Site walk").click();
  await expect(page).toHaveURL(new RegExp(`open=${made.id}`));
  await page.reload();
  await expect(page.locator(".planner h2")).toContainText("Site walk");
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/open=/);
  await page.getByRole("button", { name: "Month", exact: true }).or(page.getByRole("link", { name: "Month", exact: true })).click();
  await expect(page).toHaveURL(/view=month/);
  await page.goBack();
  await expect(page).toHaveURL(/view=week/);
  await expect(column(page, 2).locator(".appt").filter({ hasText: "Site walk" })).toBeVisible();
});

test("an item that a link opened is deleted from there, though the page does not show it", async ({ page }) => {
  await signIn(page);
  const dustin = await user(page, "dustin");
  const made = await event(page, 2, "09:00", "10:00", { title: "Stock count", organiser: dustin });
  await open(page, weekly(`&open=${made.id}`));
  await page.locator(".planner").getByRole("button", { name: "Delete" }).click();
  await expect(page.locator(".toast")).toContainText("Stock count");
  await expect.poll(async () => (await rest(page, "GET", `events/${made.id}`)).deleted_at ?? null).not.toBeNull();
});

test("a change in one browser shows in another, and disturbs nothing that is typed there", async ({ page, browser, complaints }) => {
  await signIn(page);
  const [olena, amara] = [await user(page, "olena"), await user(page, "amara")];
  const shared = await event(page, 4, "09:00", "10:00", { title: "Shared", attendees: [olena, amara] });
  const other = await another(browser, "amara", complaints);
  await open(other, weekly());
  await open(page, weekly());
  await expect(item(other, "Shared")).toBeVisible();
  await other.keyboard.press("c");
  await other.getByLabel("Title").fill("I am typing");

  await item(page, "Shared").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await expect(column(other, 3).locator(".appt").filter({ hasText: "Shared" })).toBeVisible({ timeout: 1000 });
  await expect(other.getByLabel("Title")).toHaveValue("I am typing");
  await expect(other.getByLabel("Title")).toBeFocused();
  expect((await rest(page, "GET", `events/${shared.id}`)).start).toBe(at(3, "09:00"));
});

test("of a series it is asked which of it is meant", async ({ page }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  await event(page, 0, "12:00", "12:30", { title: "Daily", attendees: [olena], rrule: "FREQ=DAILY;COUNT=4" });
  await open(page, weekly());
  await expect(page.locator(".dcol .appt").filter({ hasText: "Daily" })).toHaveCount(4);
  await column(page, 1).locator(".appt").filter({ hasText: "Daily" }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Only this one" }).click();
  await expect(column(page, 1).locator(".appt").filter({ hasText: "Daily" })).toContainText("12:15");
  await expect(column(page, 2).locator(".appt").filter({ hasText: "Daily" })).toContainText("12 pm");
});

test("an answer to a series is for all of it or for one, and what was answered alone goes along when all are moved", async ({
  page,
  browser,
  complaints,
}) => {
  await signIn(page);
  const vicki = await user(page, "vicki");
  const name = `Huddle ${Date.now()}`;
  const series = await event(page, 0, "12:00", "12:30", { title: name, attendees: [vicki], rrule: "FREQ=DAILY;COUNT=4" });
  const guest = await another(browser, "vicki", complaints);
  await open(guest, weekly());
  const hers = (n: number) => column(guest, n).locator(".appt").filter({ hasText: name });
  const look = async (n: number, answer: string, which: string) => {
    await hers(n).click();
    await guest.locator(".planner").getByRole("button", { name: answer }).click();
    await guest.getByRole("button", { name: which }).click();
  };
  await look(2, "Decline", "Only this one");
  const people = guest.locator(".planner .takers");
  await expect(people).toContainText("Declined");
  await expect(guest.locator(".planner .clashes")).toHaveCount(0);
  await guest.keyboard.press("Escape");
  await look(1, "Accept", "All of the series");
  await expect(people).toContainText("Accepted");
  await guest.keyboard.press("Escape");
  const now = await rest(page, "GET", `events/${series.id}`);
  await rest(page, "PATCH", `events/${series.id}?scope=all`, { start: at(0, "15:00"), end: at(0, "15:30") }, { "if-match": `"${now.version}"` });
  for (const n of [0, 1, 2, 3]) await expect(hers(n)).toContainText("3 pm");
});

/** An answer cut it off: nothing said that it recurs, nothing asked, and the series could not be reached from it. */
test("from an occurrence that a guest answered alone, the whole series is edited and deleted", async ({ page, browser, complaints }) => {
  await signIn(page);
  const vicki = await user(page, "vicki");
  const name = `Jour fixe ${Date.now()}`;
  const series = await event(page, 0, "12:00", "12:30", { title: name, attendees: [vicki], rrule: "FREQ=DAILY;COUNT=4" });
  const guest = await another(browser, "vicki", complaints);
  await rest(guest, "POST", `events/${series.id}/answer`, { answer: "declined", slot: at(1, "12:00") });
  await open(page, weekly());
  const shown = (n: number) => column(page, n).locator(".appt").filter({ hasText: name });
  await shown(1).click();
  await expect(page.locator(".planner")).toContainText("Every day");
  await page.locator(".planner").getByRole("button", { name: "Edit" }).click();
  await page.getByRole("button", { name: "All of the series" }).click();
  await page.getByLabel("Title").fill(`${name} anew`);
  await page.locator(".planner").getByRole("button", { name: /^Save/ }).click();
  for (const n of [0, 1, 2, 3]) await expect(shown(n)).toContainText("anew");
  await shown(1).click();
  await page.locator(".planner").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "This one and all following" }).click();
  await expect(shown(0)).toBeVisible();
  for (const n of [1, 2, 3]) await expect(shown(n)).toHaveCount(0);
  await page.locator(".toast").filter({ hasText: "deleted" }).getByRole("button", { name: "Undo" }).click();
  for (const n of [0, 1, 2, 3]) await expect(shown(n)).toContainText("anew");
});

test("a task is carried to another hour by mouse and by keyboard", async ({ page }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  const name = `Call the bank ${Date.now()}`;
  const task = await rest(page, "POST", "tasks", { name, due_at: at(3, "14:00"), owner: olena });
  const due = async () => (await rest(page, "GET", `tasks/${task.id}`)).due_at;
  await open(page, weekly());
  const shown = (n: number) => column(page, n).locator(".appt").filter({ hasText: name });
  const from = (await shown(3).boundingBox())!;
  const to = await spot(page, 4, 15);
  await page.mouse.move(from.x + 20, from.y + 6);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y + 4, { steps: 8 });
  await page.mouse.up();
  await expect(shown(4)).toBeVisible();
  await expect.poll(due).not.toBe(at(3, "14:00"));
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect.poll(due).toBe(at(3, "14:00"));
  await shown(3).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect.poll(due).toBe(at(4, "14:00"));
});

test("a task stands in the week where it is due, is ticked there, and comes back", async ({ page }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  const name = `Send offer ${Date.now()}`;
  const task = await rest(page, "POST", "tasks", { name, due_at: at(3, "14:00"), owner: olena });
  await open(page, weekly());
  const shown = column(page, 3).locator(".appt").filter({ hasText: name });
  await shown.click();
  await expect(page.locator(".planner .when")).toContainText("2 pm");
  await page.getByRole("button", { name: "Mark as done" }).click();
  await expect(shown).toHaveCount(0);
  await expect.poll(async () => (await rest(page, "GET", `tasks/${task.id}`)).done).toBe(true);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect(shown).toBeVisible();
});

test("for whole days the next free days are offered, and Ctrl+Enter saves from any field", async ({ page }) => {
  await signIn(page);
  const dustin = await user(page, "dustin");
  const whole = (n: number) => ({ start: day(n), end: day(n + 1), all_day: true });
  await rest(page, "POST", "events", { ...whole(1), title: "Fair", organiser: dustin });
  await rest(page, "POST", "events", { ...whole(2), title: "Fair", organiser: dustin });
  await open(page, weekly());
  await page.locator(`[data-allday="${day(1)}"]`).click();
  await page.getByLabel("Title").fill("Stocktaking");
  await add(page, "Dustin");
  await expect(alert(page)).toContainText("Fair");
  const offer = alert(page).locator(".times .btn").first();
  await expect(offer).toContainText(new RegExp(`\\b${Number(day(3).slice(8))} `));
  await offer.click();
  await expect(alert(page)).toHaveCount(0);
  await page.getByLabel("Title").press("ControlOrMeta+Enter");
  await expect(page.locator(".planner")).toHaveCount(0);
  await expect(page.locator(".daybar").filter({ hasText: "Stocktaking" })).toBeVisible();
});

test("where calendars of several lie over each other it is seen whose an item is", async ({ page }) => {
  await signIn(page);
  const [olena, dustin] = [await user(page, "olena"), await user(page, "dustin")];
  await event(page, 1, "09:00", "11:00", { title: "His", organiser: dustin });
  await open(page, weekly(`&people=${olena},${dustin}`));
  await expect(item(page, "His").locator(".whose")).toHaveText("DB");
  await expect(page.getByRole("button", { name: /^His, .*Dustin Brinkmann/ })).toBeVisible();
});

test("what is private shows to others as busy and nothing more", async ({ page, browser, complaints }) => {
  await signIn(page);
  const olena = await user(page, "olena");
  await event(page, 2, "15:00", "16:00", { title: "Secret thing", private: true, attendees: [olena] });
  const other = await another(browser, "sam", complaints);
  await open(other, weekly(`&people=${olena}`));
  const busy = column(other, 2).locator(".appt").filter({ hasText: "Busy" });
  await expect(busy).toBeVisible();
  await expect(other.locator("body")).not.toContainText("Secret thing");
  await busy.click();
  await expect(other.locator(".planner")).toContainText("This is private");
});

test.describe("on a phone", { tag: "@phone" }, () => {
  test("a day is swiped to the next, and a new item is a sheet of the whole height", async ({ page }) => {
    await signIn(page);
    await open(page, `/calendar?view=day&date=${day(2)}&${zone}`);
    await expect(page.locator(".strip [aria-current=date]")).toContainText(String(Number(day(2).slice(8))));
    await page.locator(".hours").evaluate((grid) => {
      const box = grid.getBoundingClientRect();
      const send = (type: string, x: number) =>
        grid.querySelector(".dcol")!.dispatchEvent(
          new PointerEvent(type, { bubbles: true, isPrimary: true, pointerId: 7, pointerType: "touch", clientX: x, clientY: box.top + 200 }),
        );
      send("pointerdown", 300);
      send("pointermove", 260);
      send("pointermove", 120);
      send("pointerup", 120);
    });
    await expect(page).toHaveURL(new RegExp(`date=${day(3)}`));
    await page.getByRole("button", { name: "New item" }).click();
    const sheet = (await page.locator(".planner").boundingBox())!;
    expect(sheet.height).toBeGreaterThan(800);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    for (const button of await page.locator(".planner footer .btn").all()) {
      expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    }
  });

  for (const view of ["day", "month", "agenda"]) {
    test(`nothing is wrong for assistive technology in ${view}`, async ({ page }) => {
      await signIn(page);
      const olena = await user(page, "olena");
      await event(page, 2, "10:00", "11:00", { title: "Something", attendees: [olena] });
      await open(page, `/calendar?view=${view}&date=${day(2)}&${zone}`);
      const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
      expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`)).toEqual([]);
    });
  }
});

for (const view of ["week", "month", "agenda", "team"]) {
  test(`nothing is wrong for assistive technology in the view ${view}`, async ({ page }) => {
    await signIn(page);
    const olena = await user(page, "olena");
    await event(page, 2, "10:00", "11:00", { title: "Something", attendees: [olena] });
    await event(page, 2, "10:30", "11:30", { title: "Something else", attendees: [olena] });
    await open(page, `/calendar?view=${view}&date=${day(2)}&${zone}`);
    await expect(item(page, "Something")).toBeVisible();
    const check = async () => {
      // What still comes into sight is paler than it will be.
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)));
      const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
      return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`);
    };
    expect(await check()).toEqual([]);
    await page.keyboard.press("c");
    await expect(page.getByLabel("Title")).toBeVisible();
    expect(await check()).toEqual([]);
  });
}

test("a time is looked for beside the customer's day, and a private item of theirs is only taken", async ({ page, browser, complaints }) => {
  await signIn(page);
  const name = `Quill${Date.now()}`;
  const customer = await rest(page, "POST", "contacts", { family_name: name });
  await event(page, 0, "11:00", "12:00", { title: "Site visit", contacts: [customer.id] });
  const amara = await another(browser, "amara", complaints);
  await event(amara, 0, "14:00", "15:00", { title: "Salary talk", contacts: [customer.id], private: true });
  await open(page, weekly());
  await page.getByRole("button", { name: "Find a time" }).click();
  await add(page, name);
  const theirs = page.locator(".planner.find .fb").filter({ hasText: name });
  await expect(theirs.locator(".known")).toHaveText(["Site visit"]);
  await expect(theirs.locator(".taken")).toHaveCount(2);
  await expect(page.locator(".planner.find")).not.toContainText("Salary talk");
  await amara.context().close();
});

test("an item is carried from its hour to the whole day, and back to an hour", async ({ page }) => {
  await signIn(page);
  const { id } = await event(page, 1, "10:00", "11:00", { title: "Open house" });
  await open(page, weekly());
  const middle = async (what: Locator) => {
    const box = (await what.boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const carry = async (to: { x: number; y: number }) => {
    const from = await middle(item(page, "Open house"));
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 12, from.y + 12, { steps: 3 });
    await page.mouse.move(to.x, to.y, { steps: 6 });
  };
  await carry(await middle(page.locator(`.allday [data-allday="${day(3)}"]`)));
  await expect(page.locator(".allday .draft")).toContainText("Open house");
  await page.mouse.up();
  const read = async () => rest(page, "GET", `events/${id}`);
  await expect.poll(async () => (await read()).start).toBe(day(3));
  expect((await read()).all_day).toBe(true);
  await carry(await spot(page, 4, 14));
  await expect(column(page, 4).locator(".draft")).toContainText("Open house");
  await page.mouse.up();
  await expect.poll(async () => (await read()).start).toBe(at(4, "14:00"));
  expect((await read()).end).toBe(at(4, "15:00"));
  expect((await read()).all_day).toBe(false);
  await page.keyboard.press("z");
  await expect.poll(async () => (await read()).start).toBe(day(3));
});

// After the first one the keyboard was nowhere, and what was typed on was taken for commands.
test("by keyboard one person after another is asked to a new item", async ({ page }) => {
  await signIn(page);
  await open(page, weekly());
  await page.keyboard.press("c");
  await page.getByLabel("Title").fill("Kick-off");
  await page.locator(".planner .who input[role=combobox]").first().focus();
  for (const name of ["Amara", "Dustin"]) {
    await page.keyboard.type(name);
    await expect(page.getByRole("option", { name: new RegExp(name) }).first()).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(page.locator(".planner .chip.person").filter({ hasText: name })).toBeVisible();
  }
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(page.locator(".planner")).toHaveCount(0);
});

test("by keyboard something new begins on a day of a month, and in somebody's line of the team's day", async ({ page }) => {
  await signIn(page);
  const vicki = await user(page, "vicki");
  await open(page, `/calendar?view=month&date=${day(1)}&${zone}`);
  await page.locator(`.month [data-allday="${day(1)}"] .no`).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(`.month [data-allday="${day(9)}"] .no`)).toBeFocused();
  await page.keyboard.press("Space");
  await expect(page.locator(".planner input[type=date]").first()).toHaveValue(day(9));
  await page.keyboard.press("Escape");
  await open(page, `/calendar?view=team&date=${day(1)}&${zone}&people=${await user(page, "olena")},${vicki}`);
  await page.getByRole("button", { name: "New item for Vicki" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".planner .who")).toContainText("Vicki");
});

test("in a month what is carried shows where it would lie, a week down with an arrow", async ({ page }) => {
  await signIn(page);
  await event(page, 1, "10:00", "11:00", { title: "Audit" });
  await open(page, `/calendar?view=month&date=${day(1)}&${zone}`);
  await item(page, "Audit").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  const draft = page.locator(".month .draft");
  await expect(draft).toContainText("Audit");
  const [cell, box] = [await page.locator(`.month [data-allday="${day(8)}"]`).boundingBox(), await draft.boundingBox()];
  expect(box!.x).toBeGreaterThanOrEqual(cell!.x - 1);
  expect(box!.y).toBeGreaterThan(cell!.y);
  await page.keyboard.press("Escape");
  await expect(draft).toHaveCount(0);
});
