import { readFileSync } from "node:fs";
import { another, expect, gate, open, rest, signIn, test } from "./house";
import type { Page } from "@playwright/test";

const row = (page: Page, name: string) => page.locator(".rows .r", { has: page.getByRole("link", { name, exact: true }) });
const cell = (page: Page, name: string, field: string) => row(page, name).locator(`[data-f='${field}']`);
const panel = (page: Page) => page.locator(":popover-open").last();

/** Companies of this test only, and the list that shows just them. */
async function companies(page: Page, mark: string, names: string[]) {
  const made = [];
  for (const name of names) made.push(await rest(page, "POST", "companies", { name: `${mark} ${name}`, industry: "retail", employees: 10, city: "Kyiv" }));
  return { made, list: `/companies?filter=${encodeURIComponent(`name ~ "${mark}"`)}` };
}

test("a filter built by the keyboard stands in the address, and a reload shows the same rows", async ({ page }) => {
  await signIn(page);
  await open(page, "/companies");
  await page.locator(".chip.add").press("Enter");
  await expect(panel(page).getByPlaceholder("Find a field")).toBeFocused();
  await page.keyboard.type("indus");
  await page.keyboard.press("Enter");
  await expect(panel(page).locator(".many input")).toBeFocused();
  await page.keyboard.type("softw");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/filter=industry%20~%20softw/);
  await expect(page.locator(".chip.on")).toContainText("Industry contains softw");

  // One more of which either is enough.
  await page.locator(".chip.on .text").click();
  await panel(page).getByRole("button", { name: "Or…" }).click();
  await panel(page).getByRole("combobox", { name: "Field" }).last().selectOption("country");
  await panel(page).locator(".many input").last().fill("Japan");
  await panel(page).getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/softw%20or%20country%20~%20Japan/);
  await expect(row(page, "Sumace")).toBeVisible();
  await expect(row(page, "Betatech")).toHaveCount(0);
  // The next one narrows what both found.
  await page.locator(".chip.add").click();
  await panel(page).getByRole("button", { name: "Employees" }).click();
  await panel(page).getByRole("combobox", { name: "Comparison" }).selectOption("gte");
  await panel(page).locator("input.num").fill("3,500");
  await panel(page).getByRole("button", { name: "Apply" }).click();
  await expect(page.locator(".chip.on")).toHaveCount(2);
  await expect(row(page, "Codehow")).toBeVisible();
  await expect(row(page, "Sumace")).toHaveCount(0);
  const count = await page.locator(".listfoot").textContent();
  await page.reload();
  await expect(row(page, "Codehow")).toBeVisible();
  await expect(page.locator(".listfoot")).toHaveText(count ?? "");
});

test("sorted and with other columns, saved as a view, shared, and begun with from then on", async ({ page, browser, complaints }) => {
  await signIn(page, "dustin");
  // Whatever an earlier run began with.
  await open(page, "/companies?view=all");
  await page.locator(".head [data-f='employees'] .by").click();
  await expect(page).toHaveURL(/sort=-employees/);
  await page.getByRole("button", { name: "Columns" }).click();
  await panel(page).getByRole("checkbox", { name: "City" }).click();
  await expect(page.locator(".head [data-f='city']")).toHaveCount(0);
  await page.keyboard.press("Escape");
  const name = `Big ones ${Date.now()}`;
  await page.locator(".pagebar").getByRole("button", { name: "Save as…" }).click();
  await page.getByLabel("Name of the view").fill(name);
  await page.getByLabel("Everybody may use it").check();
  await page.keyboard.press("Enter");
  await expect(page.locator(".viewname")).toContainText(name);
  await expect(page).toHaveURL(/\?view=/);
  await page.locator(".viewname").click();
  await panel(page).getByRole("menuitem", { name: "Begin with this view" }).click();

  await open(page, "/companies");
  await expect(page.locator(".viewname")).toContainText(name);
  await expect(page.locator(".head [data-f='employees']")).toHaveAttribute("aria-sort", "descending");
  await page.locator(".viewname").click();
  await panel(page).getByRole("menuitemradio", { name: /All companies/ }).click();
  await expect(page.locator(".head [data-f='city']")).toBeVisible();

  const other = await another(browser, "vicki", complaints);
  await open(other, "/companies");
  await expect(other.locator(".viewname")).toContainText("All companies");
  await other.locator(".viewname").click();
  await other.getByRole("menuitemradio", { name }).click();
  await expect(other.locator(".head [data-f='city']")).toHaveCount(0);
});

test("a cell is edited where it stands: saved for everybody, refused with a reason, taken back by Escape", async ({ page, browser, complaints }) => {
  await signIn(page);
  const mark = `Cell${Date.now()}`;
  const { list } = await companies(page, mark, ["One", "Two"]);
  const one = `${mark} One`;
  const other = await another(browser, "amara", complaints);
  await open(other, list);
  await open(page, list);
  await cell(page, one, "city").click();
  const input = page.locator(".c.edit input");
  await expect(input).toBeFocused();
  await page.keyboard.type("Lviv");
  await page.keyboard.press("Enter");
  await expect(cell(page, one, "city")).toHaveText("Lviv");
  await expect(cell(other, one, "city")).toHaveText("Lviv", { timeout: 3000 });

  // The keyboard alone: to the cell, wrong, then right.
  await expect(page.getByRole("grid")).toBeFocused();
  await page.keyboard.press("Home");
  const columns = await page.locator(".head [role=columnheader][data-f]").evaluateAll((all) => all.map((c) => (c as HTMLElement).dataset.f));
  for (let i = 0; i < columns.indexOf("employees"); i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(input).toBeFocused();
  await page.keyboard.type("many");
  await page.keyboard.press("Enter");
  await expect(page.locator(".c.edit [role=alert]")).not.toBeEmpty();
  await expect(input).toHaveValue("many");
  await page.keyboard.press("Escape");
  await expect(cell(page, one, "employees")).toHaveText("10");
  await page.keyboard.press("Enter");
  await expect(input).toBeFocused();
  await page.keyboard.type("1,250");
  await page.keyboard.press("Tab");
  await expect(cell(page, one, "employees")).toHaveText("1,250");
  await expect(page.locator(".c.edit")).toBeVisible();
  await page.keyboard.press("Escape");
});

test("who leaves the choices of a cell by Escape goes on in that cell", async ({ page }) => {
  await signIn(page);
  const mark = `Stay${Date.now()}`;
  const { list } = await companies(page, mark, ["One"]);
  await open(page, list);
  await expect(row(page, `${mark} One`)).toBeVisible();
  await page.getByRole("grid").focus();
  const here = page.locator(".grid .c.here");
  const names = await page.locator(".head [data-f]").evaluateAll((heads) => heads.map((head) => head.getAttribute("data-f")));
  for (let i = names.indexOf("owner"); i > 0; i -= 1) await page.keyboard.press("ArrowRight");
  await expect(here).toHaveAttribute("data-f", "owner");
  await page.keyboard.press("F2");
  const choices = page.locator(".c.edit[data-f='owner']").getByRole("combobox");
  await expect(choices).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("Escape");
  await expect(choices).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Escape");
  await expect(page.locator(".c.edit")).toHaveCount(0);
  await expect(here).toHaveAttribute("data-f", "owner");
  await page.keyboard.press("F2");
  await expect(page.locator(".c.edit")).toHaveAttribute("data-f", "owner");
});

test("two people change the same cell: the second sees what is there, their own and what was", async ({ page, browser, complaints }) => {
  await signIn(page);
  const mark = `Clash${Date.now()}`;
  const { made, list } = await companies(page, mark, ["One"]);
  const name = `${mark} One`;
  const other = await another(browser, "amara", complaints);
  await open(page, list);
  await cell(page, name, "city").click();
  await page.keyboard.type("Odesa");
  await rest(other, "PATCH", `companies/${made[0].id}`, { city: "Dnipro" }, { "if-match": `"${made[0].version}"` });
  await page.keyboard.press("Enter");
  const dialog = page.locator("dialog[open]");
  for (const value of ["Dnipro", "Odesa", "Kyiv"]) await expect(dialog.getByText(value, { exact: true })).toBeVisible();
  await dialog.locator("label", { hasText: "Odesa" }).click();
  await dialog.locator(".btn.primary").click();
  await expect(cell(page, name, "city")).toHaveText("Odesa");
  await expect.poll(async () => (await rest(page, "GET", `companies/${made[0].id}`)).city).toBe("Odesa");
});

test("many at once: selected, changed, deleted, and each act taken back", async ({ page }) => {
  await signIn(page);
  const mark = `Many${Date.now()}`;
  const { list } = await companies(page, mark, ["A", "B", "C"]);
  await open(page, list);
  const grid = page.getByRole("grid");
  await grid.focus();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(page.locator(".selbar")).toContainText("2 selected");
  await page.locator(".selbar").getByRole("button", { name: "Edit field" }).click();
  await panel(page).getByLabel("Field").selectOption("city");
  await panel(page).getByLabel("City").fill("Poltava");
  await panel(page).getByRole("button", { name: "Apply" }).click();
  await expect(cell(page, `${mark} A`, "city")).toHaveText("Poltava");
  await expect(cell(page, `${mark} B`, "city")).toHaveText("Poltava");
  await expect(cell(page, `${mark} C`, "city")).toHaveText("Kyiv");
  await page.locator(".toast", { hasText: "2 records changed" }).getByRole("button", { name: "Undo" }).click();
  await expect(cell(page, `${mark} A`, "city")).toHaveText("Kyiv");

  await page.locator(".selbar").getByRole("button", { name: "Delete" }).click();
  await expect(row(page, `${mark} A`)).toHaveCount(0);
  await expect(row(page, `${mark} C`)).toBeVisible();
  // What is not done yet cannot be taken back.
  await expect(page.locator(".toast", { hasText: "2 records moved to the bin" })).toBeVisible();
  await grid.focus();
  await page.keyboard.press("z");
  await expect(row(page, `${mark} A`)).toBeVisible();
});

test("the view and the chosen rows come as files", async ({ page }) => {
  await signIn(page);
  const mark = `File${Date.now()}`;
  const { list } = await companies(page, mark, ["A", "B", "Київ"]);
  await open(page, list);
  await expect(row(page, `${mark} A`)).toBeVisible();
  const saved = async (button: import("@playwright/test").Locator, format: RegExp) => {
    await button.click();
    const [file] = await Promise.all([page.waitForEvent("download"), panel(page).getByRole("menuitem", { name: format }).click()]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const all = page.locator(".pagebar").getByRole("button", { name: "Export" });
  const csv = await saved(all, /CSV/);
  expect(csv.name).toMatch(/^companies-.*\.csv$/);
  for (const name of ["A", "B", "Київ"]) expect(csv.bytes.toString("utf8")).toContain(`${mark} ${name}`);
  expect((await saved(all, /XLSX/)).bytes.subarray(0, 2).toString()).toBe("PK");

  await row(page, `${mark} B`).getByRole("checkbox").click();
  const chosen = JSON.parse((await saved(page.locator(".selbar").getByRole("button", { name: "Export" }), /JSON/)).bytes.toString("utf8"));
  expect(chosen.map((r: { name: string }) => r.name)).toEqual([`${mark} B`]);
});

test("columns are carried to another place: in the chooser by a handle, in the table by the head", async ({ page }) => {
  await signIn(page);
  await open(page, "/companies");
  const order = () => page.locator(".head [role=columnheader][data-f]").evaluateAll((all) => all.map((c) => (c as HTMLElement).dataset.f));
  const middle = async (what: import("@playwright/test").Locator) => {
    const box = (await what.boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const carry = async (from: { x: number; y: number }, to: { x: number; y: number }) => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    for (let i = 1; i <= 6; i += 1) await page.mouse.move(from.x + ((to.x - from.x) * i) / 6, from.y + ((to.y - from.y) * i) / 6);
  };
  const before = await order();
  const [, second, third, fourth] = before as string[];

  await page.getByRole("button", { name: "Columns" }).click();
  const line = (name?: string) => panel(page).locator(`.chooser li[data-f='${name}']`);
  await carry(await middle(line(second).locator(".handle")), await middle(line(fourth)));
  await expect(line(fourth)).toHaveClass(/drop after/);
  await page.mouse.up();
  await expect.poll(order).toEqual([before[0], third, fourth, second, ...before.slice(4)]);
  // The name stays first, and what is taken back stays where it was.
  await carry(await middle(line(third).locator(".handle")), await middle(line(before[0])));
  await expect(line(third)).toHaveClass(/held/);
  await page.mouse.up();
  await expect(line(third)).not.toHaveClass(/held/);
  await expect.poll(order).toEqual([before[0], third, fourth, second, ...before.slice(4)]);
  await page.keyboard.press("Escape");

  const now = (await order()) as string[];
  const head = (name?: string) => page.locator(`.head [data-f='${name}']`);
  const sorted = page.url().match(/sort=[^&]*/)?.[0];
  await carry(await middle(head(now[3])), await middle(head(now[1])));
  await expect(head(now[1])).toHaveClass(/drop/);
  await page.mouse.up();
  await expect.poll(order).toEqual([now[0], now[3], now[1], now[2], ...now.slice(4)]);
  expect(page.url().match(/sort=[^&]*/)?.[0], "it was no press").toBe(sorted);
  await page.reload();
  await expect.poll(order).toEqual([now[0], now[3], now[1], now[2], ...now.slice(4)]);
  await page.locator("html[data-hydrated]").waitFor();
  // A press still sorts.
  await head("employees").locator(".by").click();
  await expect(page).toHaveURL(/sort=-employees/);
});

test("what is typed before the list lives is searched for once it does", async ({ page }) => {
  await signIn(page);
  const arrive = await gate(page);
  await page.goto("/companies", { waitUntil: "commit" });
  await page.getByRole("searchbox").pressSequentially("Codehow");
  await expect(page.locator("html[data-hydrated]")).toHaveCount(0);
  arrive();
  await expect(page).toHaveURL(/q=Codehow/, { timeout: 20_000 });
  await expect(page.getByRole("searchbox")).toHaveValue("Codehow");
  await expect(row(page, "Betatech")).toHaveCount(0);
});

test("slash goes to the search of the page, J and K along the rows, Enter opens and X selects", async ({ page }) => {
  await signIn(page);
  await open(page, "/companies");
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: /^Search in/ })).toBeFocused();
  await page.keyboard.type("jk");
  await expect(page).toHaveURL(/q=jk/);
  await page.getByRole("searchbox", { name: /^Search in/ }).fill("");
  await expect(page).not.toHaveURL(/q=/);
  await expect(page.locator(".rows .r:not(.bones)").nth(3)).toBeVisible();
  await page.getByRole("heading", { level: 1 }).focus();

  // What is read aloud: the row that the grid points at.
  const current = async () => page.locator(`#${await page.locator(".grid").getAttribute("aria-activedescendant")}`).getAttribute("aria-rowindex");
  await page.keyboard.press("j");
  await expect(page.locator(".grid")).toBeFocused();
  expect(await current()).toBe("2");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  expect(await current()).toBe("3");
  await page.keyboard.press("x");
  await expect(page.locator(".r[aria-rowindex='3']")).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(".r[aria-selected='true']")).toHaveCount(1);
  // From a tick box that was pressed it goes on from there.
  await page.locator(".r[aria-rowindex='5'] .box").click();
  await page.keyboard.press("j");
  expect(await current()).toBe("6");
  await page.keyboard.press("Escape");
  const name = await page.locator(".r[aria-rowindex='6'] .title a").textContent();
  await page.keyboard.press("Enter");
  await expect(page.locator(".rhead h2")).toHaveText(name!);

  // Where a page has no search of its own, the slash finds anything; the sheet says so.
  await open(page, "/settings/profile");
  await page.keyboard.press("/");
  await expect(page.locator("dialog.palette")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("dialog.palette")).toBeHidden();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Next, previous row of a list");
  await open(page, "/deals?layout=board");
  await page.keyboard.press("/");
  await expect(page.locator(".boardfind input")).toBeFocused();
});

test("New stands only where one may make what the page shows", async ({ page }) => {
  await signIn(page, "mei");
  await open(page, "/tasks");
  await expect(page.locator(".bar .split")).toHaveCount(1);
  await open(page, "/deals");
  await expect(page.getByRole("grid")).toBeVisible();
  await expect(page.locator(".bar .split")).toHaveCount(0);
});

test("a bulk act names what it left out, and why", async ({ page, browser, complaints }) => {
  await signIn(page);
  const mark = `Left${Date.now()}`;
  const { list } = await companies(page, mark, ["A", "B"]);
  // Salespeople delete what is their own.
  const vicki = await another(browser, "vicki", complaints);
  await rest(vicki, "POST", "companies", { name: `${mark} C` });
  await open(vicki, list);
  await expect(row(vicki, `${mark} C`)).toBeVisible();
  await vicki.getByRole("grid").focus();
  await vicki.keyboard.press("x");
  await vicki.keyboard.press("Shift+ArrowDown");
  await vicki.keyboard.press("Shift+ArrowDown");
  await vicki.locator(".selbar").getByRole("button", { name: "Delete" }).click();
  const toast = vicki.locator(".toast", { hasText: "1 record moved to the bin" });
  await expect(toast).toContainText("2 left out:");
  for (const name of [`“${mark} A”`, `“${mark} B”`, "You may not do this"]) await expect(toast).toContainText(name);
  await expect(row(vicki, `${mark} A`)).toBeVisible();
  await expect(row(vicki, `${mark} C`)).toHaveCount(0);
});
