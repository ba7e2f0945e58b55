import { another, expect, open, PASSWORD, rest, signIn, test } from "./house";
import type { Browser, Page } from "@playwright/test";

async function edit(page: Page, field: string, value: string) {
  await page.locator(`#val-${field}`).click();
  const input = page.locator(`#edit-${field} input`);
  await expect(input).toBeFocused();
  await input.fill(value);
}

const company = (page: Page, more = {}) => rest(page, "POST", "companies", { name: `Shared ${Date.now()}`, city: "Kyiv", employees: 10, ...more });

test("two people at one record: each sees the other, different fields both win, the same field asks", async ({ page, browser, complaints }) => {
  await signIn(page);
  const made = await company(page);
  const other = await another(browser, "vicki", complaints);
  await open(other, `/companies/${made.id}`);
  await open(page, `/companies/${made.id}`);
  await expect(page.getByRole("img", { name: "Vicki Laflamme" })).toBeVisible();
  await expect(other.getByRole("img", { name: "Олена Коваленко" })).toBeVisible();

  await edit(page, "city", "Lviv");
  // Whoever looks sees who types where.
  await expect(other.locator(".f.theirs")).toContainText("Олена Коваленко");
  await edit(other, "employees", "77");
  await page.keyboard.press("Enter");
  await other.keyboard.press("Enter");
  for (const p of [page, other]) {
    await expect(p.locator("#val-city")).toContainText("Lviv");
    await expect(p.locator("#val-employees")).toContainText("77");
  }

  await edit(other, "city", "Dnipro");
  await edit(page, "city", "Odesa");
  await page.keyboard.press("Enter");
  // Typed text stays, and is told what happened meanwhile.
  await expect(other.locator("#edit-city .hint")).toContainText("Odesa");
  await expect(other.locator("#edit-city input")).toHaveValue("Dnipro");
  await other.keyboard.press("Enter");
  const dialog = other.locator("dialog[open]");
  for (const value of ["Odesa", "Dnipro", "Lviv"]) await expect(dialog.getByText(value, { exact: true })).toBeVisible();
  // Closed without a choice, what was typed is there to go on with.
  await other.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(other.locator("#edit-city input")).toHaveValue("Dnipro");
  await expect(other.locator("#edit-city input")).toBeFocused();
  await other.keyboard.press("Escape");
  await edit(page, "city", "Odesa!");
  await edit(other, "city", "Dnipro");
  await page.keyboard.press("Enter");
  await expect(other.locator("#edit-city .hint")).toContainText("Odesa!");
  await other.keyboard.press("Enter");
  await expect(dialog.getByText("Odesa!", { exact: true })).toBeVisible();
  await dialog.locator("label", { hasText: "Dnipro" }).click();
  await dialog.locator(".btn.primary").click();
  await expect(page.locator("#val-city")).toContainText("Dnipro");
});

test("a conflict that is open follows what is changed once more, and what is chosen then stands", async ({ page, browser, complaints }) => {
  await signIn(page);
  const made = await company(page);
  const other = await another(browser, "vicki", complaints);
  const put = async (city: string) => {
    const now = await rest(other, "GET", `companies/${made.id}`);
    await rest(other, "PATCH", `companies/${made.id}`, { city }, { "if-match": `"${now.version}"` });
  };
  await open(page, `/companies/${made.id}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  await edit(page, "city", "Lviv");
  await put("Odesa");
  await expect(page.locator("#edit-city .hint")).toContainText("Odesa");
  await page.keyboard.press("Enter");
  const dialog = page.locator("dialog[open]");
  await expect(dialog.getByText("Odesa", { exact: true })).toBeVisible();
  await put("Kharkiv");
  await expect(dialog.getByText("Kharkiv", { exact: true })).toBeVisible();
  await expect(dialog.getByText("Odesa", { exact: true })).toHaveCount(0);
  await expect(dialog).toContainText("Vicki Laflamme changed it once more");
  await dialog.locator("label", { hasText: "Lviv" }).click();
  await dialog.locator(".btn.primary").click();
  await expect(dialog, "chosen over what was seen: it is not asked again").toHaveCount(0);
  await expect.poll(async () => (await rest(other, "GET", `companies/${made.id}`)).city).toBe("Lviv");
});

test("a value that cannot be is refused where it stands, and Escape brings the old one back", async ({ page }) => {
  await signIn(page);
  const made = await company(page);
  await open(page, `/companies/${made.id}`);
  await edit(page, "employees", "many");
  await page.keyboard.press("Enter");
  await expect(page.locator("#edit-employees [role=alert]")).not.toBeEmpty();
  await expect(page.locator("#edit-employees input")).toHaveValue("many");
  await page.keyboard.press("Escape");
  await expect(page.locator("#val-employees")).toContainText("10");
  await expect(page.locator("#val-employees")).toBeFocused();
});

test("a dropped connection shows itself, keeps what is typed, and misses nothing", async ({ page, browser, complaints }) => {
  await signIn(page);
  const made = await company(page);
  const other = await another(browser, "amara", complaints);
  await open(page, `/companies/${made.id}`);
  await expect(page.locator(".conn.live")).toBeVisible();
  const note = page.locator(".composer textarea");
  await note.fill("typed before");
  await page.context().setOffline(true);
  await expect(page.locator(".conn.live")).toHaveCount(0, { timeout: 20_000 });
  await note.press("End");
  await page.keyboard.type(" and while it was gone");
  await rest(other, "PATCH", `companies/${made.id}`, { city: "Odesa" }, { "if-match": `"${made.version}"` });
  await rest(other, "POST", "notes", { body: "Said meanwhile", company: made.id });
  await page.context().setOffline(false);
  await expect(page.locator(".conn.live")).toBeVisible({ timeout: 20_000 });
  await expect(page.locator("#val-city")).toContainText("Odesa");
  await expect(page.locator(".tl").getByText("Said meanwhile").first()).toBeVisible();
  await expect(note).toHaveValue("typed before and while it was gone");
  // What the browser itself says about the network is no fault of the page.
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("ERR_INTERNET_DISCONNECTED")));
});

test("a page that was asked for while the server was away comes by itself when it is back", async ({ page, complaints }) => {
  await signIn(page);
  await open(page, "/contacts");
  await expect(page.locator(".conn.live")).toBeVisible();
  // The room is here, only its rows are not.
  await page.locator(".nav a[href='/companies']").click();
  await expect(page.getByRole("grid")).toBeVisible();
  await page.locator(".nav a[href='/contacts']").click();
  await expect(page).toHaveURL(/contacts/);
  await page.context().setOffline(true);
  await expect(page.locator(".conn.live")).toHaveCount(0, { timeout: 20_000 });
  await page.locator(".nav a[href='/products']").click();
  const again = page.getByRole("button", { name: "Try again" });
  await again.click();
  await expect(again).toBeVisible();
  await page.context().setOffline(false);
  await expect(page.getByRole("grid", { name: "Products" })).toBeVisible({ timeout: 20_000 });
  await page.locator(".nav a[href='/companies']").click();
  await expect(page.getByRole("grid", { name: "Companies" })).toBeVisible();
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("ERR_INTERNET_DISCONNECTED")));
});

/** Somebody of their own, whose sessions are nobody else's. */
async function somebody(page: Page, name: string) {
  await signIn(page);
  const email = `out-${Date.now()}-${Math.round(Math.random() * 1e6)}@halyard.example`;
  const user = await rest(page, "POST", "users", { name, email, role: "sales", locale: "en" });
  await rest(page, "PUT", `users/${user.id}/password`, { password: PASSWORD });
  await page.context().clearCookies();
  await signIn(page, email);
  return { id: user.id as string, email };
}

/** At another computer they end every session but that one. */
async function signOutElsewhere(browser: Browser, email: string, complaints: string[]) {
  const other = await another(browser, email, complaints);
  const sessions = (await rest(other, "GET", "sessions")).items as { id: string; current: boolean }[];
  for (const session of sessions.filter((s) => !s.current)) await rest(other, "DELETE", `sessions/${session.id}`);
  return other;
}

test("who is signed out elsewhere is told so at once, signs in again where they are, and has missed nothing", async ({ page, browser, complaints }) => {
  const { email } = await somebody(page, "Oksana Out");
  // The newest first: what comes meanwhile is in sight, however many there are.
  await open(page, "/companies?sort=-created_at");
  await expect(page.locator(".conn.live")).toBeVisible();
  const other = await signOutElsewhere(browser, email, complaints);
  const banner = page.locator(".banner.offline");
  // Long before the stream would have asked by itself.
  await expect(banner).toContainText("You are signed out", { timeout: 4_000 });
  await expect(page.locator(".conn.live")).toHaveCount(0);
  const name = `Meanwhile ${Date.now()}`;
  await rest(other, "POST", "companies", { name });
  await page.evaluate(() => ((window as unknown as { stays: boolean }).stays = true));
  await banner.getByRole("button", { name: "Sign in" }).click();
  const door = page.getByRole("dialog", { name: "Sign in again" });
  await expect(door).toContainText(email);
  await door.getByLabel("Password", { exact: true }).fill("not the password at all");
  await door.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(door).toContainText("Email or password is not right");
  await door.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await door.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(door).toHaveCount(0);
  await expect(banner).toHaveCount(0);
  await expect(page.locator(".conn.live")).toBeVisible();
  await expect(page.getByRole("grid").getByText(name)).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { stays?: boolean }).stays), "the page was never left").toBe(true);
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("401")));
});

test("a form that is saved after one was signed out asks for the password above it, and then saves what was typed", async ({ page, browser, complaints }) => {
  const { email } = await somebody(page, "Orest Out");
  await open(page, "/companies");
  await expect(page.locator(".conn.live")).toBeVisible();
  await page.keyboard.press("c");
  const form = page.locator("dialog.quick");
  const name = `Typed before ${Date.now()}`;
  await form.getByRole("textbox", { name: "Name" }).fill(name);
  await signOutElsewhere(browser, email, complaints);
  await expect(page.locator(".banner.offline")).toBeVisible({ timeout: 4_000 });
  await form.locator("footer .btn.primary").click();
  const door = page.getByRole("dialog", { name: "Sign in again" });
  await expect(door.getByLabel("Password", { exact: true })).toBeFocused();
  // Whoever closes it finds the way in the form's own message.
  await page.keyboard.press("Escape");
  await form.getByRole("alert").getByRole("button", { name: "Sign in" }).click();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(door).toHaveCount(0);
  await expect(form.getByRole("textbox", { name: "Name" })).toHaveValue(name);
  await expect(form.getByRole("alert").getByText("signed out")).toHaveCount(0);
  await form.locator("footer .btn.primary").click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  complaints.splice(0, complaints.length, ...complaints.filter((c) => !c.includes("401")));
});

test("notes, calls and tasks stand on everybody's timeline at once; a change is taken back from its history", async ({ page, browser, complaints }) => {
  await signIn(page);
  const made = await company(page);
  const other = await another(browser, "amara", complaints);
  await open(other, `/companies/${made.id}`);
  await open(page, `/companies/${made.id}`);
  const composer = page.locator(".composer");
  await composer.locator("textarea").fill("Просить рахунок у юанях");
  await page.keyboard.press("Control+Enter");
  await expect(other.locator(".tl").getByText("Просить рахунок у юанях")).toBeVisible({ timeout: 3000 });
  await composer.getByRole("tab", { name: "Task" }).click();
  await composer.locator("input, textarea").first().fill("发送报价单");
  await page.keyboard.press("Control+Enter");
  await expect(other.locator(".tl").getByText("发送报价单")).toBeVisible({ timeout: 3000 });
  await composer.getByRole("tab", { name: "Call" }).click();
  await composer.locator("textarea").first().fill("Decides on Friday");
  await composer.getByRole("button", { name: "Reached" }).click();
  await expect(other.locator(".tl").getByText("Decides on Friday")).toBeVisible({ timeout: 3000 });

  await edit(page, "city", "Lviv");
  await page.keyboard.press("Enter");
  const line = page.locator(".ev.chg", { hasText: "Lviv" });
  await line.hover();
  await line.getByRole("button", { name: "Undo" }).click();
  await expect(page.locator("#val-city")).toContainText("Kyiv");
  await expect(other.locator("#val-city")).toContainText("Kyiv");
});

test("deleted, taken back at once; deleted again, brought back from the bin", async ({ page }) => {
  await signIn(page);
  const made = await company(page);
  const remove = async () => {
    await page.locator(".rhead").getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(page).toHaveURL(/\/companies(\?|$)/);
    await expect(page.locator(".toast", { hasText: made.name })).toBeVisible();
  };
  await open(page, `/companies/${made.id}`);
  await remove();
  await page.keyboard.press("z");
  await expect.poll(async () => (await rest(page, "GET", `companies/${made.id}`)).deleted_at ?? null).toBe(null);
  await open(page, `/companies/${made.id}`);
  await remove();
  await open(page, "/bin?kind=company");
  await expect(page.getByRole("tab", { name: /^Companies/, selected: true }).locator(".n")).toHaveText(/^[1-9]/);
  await page.getByRole("button", { name: `Restore ${made.name}` }).click();
  await expect(page.getByText(made.name, { exact: true })).toHaveCount(0);
  await open(page, `/companies/${made.id}`);
  await expect(page.locator(".rhead h2")).toHaveText(made.name);
  await expect(page.locator(".banner.warn")).toHaveCount(0);
});

// The page stopped working: the editor went with the record and saved, as it went, from what was no more.
test("a record that goes to the bin while somebody types in it keeps what is typed", async ({ page, browser, complaints }) => {
  await signIn(page);
  const made = await company(page);
  const other = await another(browser, "dustin", complaints);
  await open(page, `/companies/${made.id}`);
  await edit(page, "city", "Odesa");
  await rest(other, "DELETE", `companies/${made.id}`);
  await expect(page.locator(".banner.warn")).toBeVisible();
  await expect(page.locator("#edit-city input")).toHaveValue("Odesa");
  await expect(page.locator("#edit-city input")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator(".f.failed [role=alert]")).not.toBeEmpty();
  await page.locator(".banner.warn").getByRole("button").click();
  await expect(page.locator(".banner.warn")).toBeHidden();
  await page.locator(".f.failed").getByRole("button", { name: "Edit again" }).click();
  await expect(page.locator("#edit-city input")).toHaveValue("Odesa");
  await page.keyboard.press("Enter");
  await expect(page.locator("#val-city")).toContainText("Odesa");
});
