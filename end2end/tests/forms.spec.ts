// Forms that are met seldom: which sheet of a workbook, what the rows of a file are, two people at one view or at the
// workspace, what lies far ahead, and what forms say when something is missing.
import { crc32 } from "node:zlib";
import type { Page } from "@playwright/test";
import { another, expect, open, rest, signIn, test } from "./house";

/** A zip of stored parts. */
function zip(parts: Record<string, string>): Buffer {
  const bodies: Buffer[] = [], directory: Buffer[] = [];
  let at = 0;
  for (const [path, text] of Object.entries(parts)) {
    const [name, data] = [Buffer.from(path), Buffer.from(text)];
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    shared.copy(entry, 6, 0, 26);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, name);
    const body = Buffer.concat([Buffer.from("PK\x03\x04"), shared, name, data]);
    bodies.push(body);
    at += body.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(bodies.length, 8);
  end.writeUInt16LE(bodies.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, index, end]);
}

/** A workbook of these sheets, all of it text. */
function workbook(sheets: Record<string, string[][]>): Buffer {
  const names = Object.keys(sheets);
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const pack = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const parts: Record<string, string> = {
    "[Content_Types].xml": `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/>${names.map((_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${kind}.worksheet+xml"/>`).join("")}</Types>`,
    "_rels/.rels": `${head}<Relationships ${pack}><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${head}<workbook ${main} xmlns:r="${office}"><sheets>${names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${head}<Relationships ${pack}>${names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${office}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join("")}</Relationships>`,
  };
  names.forEach((name, i) => {
    const rows = sheets[name]!.map((row, r) => `<row r="${r + 1}">${row.map((cell, c) => `<c r="${String.fromCharCode(65 + c)}${r + 1}" t="inlineStr"><is><t>${cell}</t></is></c>`).join("")}</row>`);
    parts[`xl/worksheets/sheet${i + 1}.xml`] = `${head}<worksheet ${main}><sheetData>${rows.join("")}</sheetData></worksheet>`;
  });
  return zip(parts);
}

async function choose(page: Page, name: string, mimeType: string, buffer: Buffer) {
  await open(page, "/import");
  await page.locator(".dropzone input[type=file]").setInputFiles([{ name, mimeType, buffer }]);
}

const rows = (page: Page) => page.getByLabel("Rows of this file are");

async function bring(page: Page, count: number) {
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.locator(".counts")).toBeVisible();
  await page.getByRole("button", { name: count === 1 ? "Import 1 row" : `Import ${count} rows` }).click();
  await expect(page.locator(".result.good")).toBeVisible();
}

test("of a workbook with several sheets the chosen one is read, as what it holds", async ({ page }) => {
  await signIn(page);
  const tag = Date.now();
  const book = workbook({
    Accounts: [["Company", "City"], [`Sheet One ${tag}`, "Oslo"]],
    "Люди": [["First name", "Last name", "Email"], ["Ada", `Sheet ${tag}`, `ada${tag}@lovelace.example`], ["Євген", `Sheet ${tag}`, `eu${tag}@tkach.example`]],
  });
  await choose(page, "everything.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book);
  await expect(page.getByLabel("Sheet")).toHaveValue("Accounts");
  await expect(rows(page)).toHaveValue("company");
  await page.getByLabel("Sheet").selectOption("Люди");
  await expect(rows(page)).toHaveValue("contact");
  await expect(page.getByLabel("Field for column “Email”")).toHaveValue("emails");
  await expect(page.locator(".filelist")).toContainText("2 rows");
  // It is still this sheet after a reload.
  await page.reload();
  await expect(page.getByLabel("Sheet")).toHaveValue("Люди");
  await bring(page, 2);
  const people = await rest(page, "GET", `contacts?filter=${encodeURIComponent(`family_name = "Sheet ${tag}"`)}`);
  expect(people.items.map((p: { given_name: string }) => p.given_name).sort()).toEqual(["Ada", "Євген"]);
  expect((await rest(page, "GET", `companies?filter=${encodeURIComponent(`name ~ "${tag}"`)}`)).items).toEqual([]);
});

test("a file whose headings fit nothing asks what it is before it goes on", async ({ page }) => {
  await signIn(page);
  const tag = Date.now();
  await choose(page, "misc.csv", "text/csv", Buffer.from(`alpha,beta\nNobody knows ${tag},7\n`));
  await expect(rows(page)).toHaveValue("");
  await expect(rows(page).locator("option:checked")).toHaveText("– choose –");
  await expect(rows(page)).toHaveAccessibleDescription(/headings do not tell/);
  const on = page.getByRole("button", { name: "Check" });
  await expect(on).toHaveAttribute("aria-disabled", "true");
  await expect(on).toHaveAttribute("title", /headings do not tell/);
  await on.click({ force: true });
  await rows(page).selectOption("product");
  await expect(rows(page)).toHaveValue("product");
  await expect(rows(page).getByRole("option", { name: "– choose –" })).toHaveCount(0);
  // The press before led nowhere.
  expect(page.url()).not.toContain("step=check");
  await page.getByLabel("Field for column “alpha”").selectOption("name");
  await page.getByLabel("Field for column “beta”").selectOption("");
  await bring(page, 1);
  expect((await rest(page, "GET", `products?filter=${encodeURIComponent(`name ~ "${tag}"`)}`)).items).toHaveLength(1);
});

test("two people change one view: the second is told, and may replace it knowingly", async ({ page, browser, complaints }) => {
  await signIn(page);
  const name = `Shared ${Date.now()}`;
  const view = await rest(page, "POST", "views", { kind: "company", name, shared: true, look: { filter: "city = Oslo" } });
  const other = await another(browser, "amara", complaints);
  await open(page, `/companies?view=${view.id}`);
  await open(other, `/companies?view=${view.id}`);
  const sort = (at: Page, field: string) => at.locator(`.head [data-f='${field}'] .by`).click();
  await sort(other, "employees");
  await other.getByRole("button", { name: "Save view", exact: true }).click();
  await expect(other.locator(".toast")).toContainText(name);
  await sort(page, "industry");
  await page.getByRole("button", { name: "Save view", exact: true }).click();
  await expect(page.locator(".toast", { hasText: "Somebody else changed this view meanwhile" })).toBeVisible();
  expect((await rest(page, "GET", `views/${view.id}`)).look.sort).toBe("-employees");
  // What one chose is still there, and saving again says that it is meant.
  await expect(page.locator(".head [data-f='industry']")).toHaveAttribute("aria-sort", /ascending/);
  await page.getByRole("button", { name: "Save view", exact: true }).click();
  await expect.poll(async () => (await rest(page, "GET", `views/${view.id}`)).look.sort).toBe("industry");
});

test("two people change the workspace: nothing typed is lost, and theirs can be loaded", async ({ page, browser, complaints }) => {
  await signIn(page);
  const other = await another(browser, "amara", complaints);
  const before = await rest(page, "GET", "workspace");
  try {
    await open(page, "/settings/workspace");
    await open(other, "/settings/workspace");
    const field = (at: Page) => at.getByRole("textbox", { name: "Company", exact: false }).or(at.locator("input[autocomplete=organization]")).first();
    await field(other).fill("Halyard Supply Ltd");
    await other.getByRole("button", { name: "Save" }).click();
    await expect(other.locator(".toast")).toBeVisible();
    await field(page).fill("Halyard Supply & Sons");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "Somebody else changed this meanwhile" })).toBeVisible();
    await expect(field(page)).toHaveValue("Halyard Supply & Sons");
    await page.getByRole("button", { name: "Load theirs" }).click();
    await expect(field(page)).toHaveValue("Halyard Supply Ltd");
    await expect(page.getByRole("alert").filter({ hasText: "Somebody else" })).toHaveCount(0);
    await field(page).fill("Halyard & Daughters");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.locator(".toast").last()).toBeVisible();
    expect((await rest(page, "GET", "workspace")).name).toBe("Halyard & Daughters");
  } finally {
    await rest(page, "PATCH", "workspace", { name: before.name }, { "if-match": "*" });
  }
});

test("what lies years ahead is one row of the forecast, and leads to its deals", async ({ page }) => {
  await signIn(page);
  const stages = [["a", "open", 40], ["won", "won", 100], ["lost", "lost", 0]].map(([id, kind, probability]) => ({ id, name: id, kind, probability }));
  const made = await rest(page, "POST", "pipelines", { name: `Ahead ${Date.now()}`, stages, currency: "USD" });
  const year = new Date().getUTCFullYear();
  for (const [name, day, amount] of [["Near", `${year + 1}-02-03`, "10.00"], ["Far", `${year + 6}-02-03`, "20.50"], ["Farther", `${year + 9}-11-30`, "30.25"]]) {
    await rest(page, "POST", "deals", { name, pipeline: made.id, expected_close: day, amount: { amount, currency: "USD" } });
  }
  await open(page, `/dashboard?pipeline=${made.id}`);
  const tile = page.locator(".tile", { has: page.getByRole("heading", { name: "Forecast by month", exact: true }) });
  await tile.getByRole("button", { name: "Table", exact: true }).click();
  const later = tile.getByRole("row", { name: /^Later/ });
  await expect(later).toContainText("2");
  await later.getByRole("link").first().click();
  await expect(page.locator(".listfoot .count")).toHaveText("2 records");
  await expect(page.locator(".listfoot [data-sum=amount] b")).toHaveText("$50.75");
});

test("a token without a name and passwords that will not do are refused in plain words", async ({ page }) => {
  await signIn(page, "vicki");
  await open(page, "/settings/tokens");
  await page.locator(".page .btn.primary").first().click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveAccessibleDescription("This is needed.");
  await dialog.getByRole("textbox", { name: "Name" }).fill("x".repeat(81));
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveAccessibleDescription("At most 80 characters.");
  await expect(dialog.getByLabel("Valid for").locator("option").last()).toHaveText("until you take it back");
  await page.keyboard.press("Escape");

  await open(page, "/settings/security");
  const [old, fresh] = [page.getByLabel("Current password"), page.getByLabel("New password")];
  const change = page.getByRole("button", { name: "Change password" });
  await change.click();
  await expect(old).toHaveAccessibleDescription("This is needed.");
  await expect(fresh).toHaveAccessibleDescription(/At least 10 characters/);
  await old.fill("not this one at all");
  await fresh.fill("password123");
  await change.click();
  await expect(fresh).toHaveAccessibleDescription(/first that others would try/);
  await fresh.fill("four words in a row");
  await change.click();
  await expect(old).toHaveAccessibleDescription("This is not your current password.");
  await expect(fresh).toHaveValue("four words in a row");
});
