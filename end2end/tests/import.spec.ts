// Imports: files as people have them. Encodings and separators are recognised, mistakes named with row and column, unknown
// values decided, good rows kept, the whole taken back.
import type { Page } from "@playwright/test";
import { expect, open, rest, signIn, test } from "./house";

type File = { name: string; mimeType: string; buffer: Buffer };

const file = (name: string, content: string | Buffer): File => ({ name, mimeType: "text/csv", buffer: Buffer.from(content) });

/** windows-1251, for the letters of this file. */
function windows1251(text: string): Buffer {
  const letters: Record<string, number> = { Є: 0xaa, є: 0xba, І: 0xb2, і: 0xb3, Ї: 0xaf, ї: 0xbf, Ґ: 0xa5, ґ: 0xb4, "«": 0xab, "»": 0xbb };
  return Buffer.from([...text].map((c) => letters[c] ?? (c >= "А" && c <= "я" ? c.charCodeAt(0) - 0x350 : c.charCodeAt(0))));
}

async function choose(page: Page, ...files: File[]) {
  await open(page, "/import");
  await page.locator(".dropzone input[type=file]").setInputFiles(files);
}

async function check(page: Page) {
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.locator(".counts")).toBeVisible();
}

const figure = (page: Page, label: string) => page.locator(`.counts > div:has(> span:text-is("${label}")) b`);

test("a Ukrainian file from an old spreadsheet: recognised, mapped, imported, and taken back as a whole", async ({ page }) => {
  await signIn(page);
  const tag = Date.now();
  await choose(page, file("клієнти.csv", windows1251(`Назва;Місто;Галузь\nТОВ «Ґанок» ${tag};Київ;будівництво\nЇжак і Єнот ${tag};Чернігів;послуги\n`)));
  await expect(page.locator(".filelist")).toContainText("windows-1251 · semicolon ; · 2 rows");
  await expect(page.getByLabel("Rows of this file are")).toHaveValue("company");
  await expect(page.getByLabel("Field for column “Назва”")).toHaveValue("name");
  await expect(page.getByRole("row", { name: /Галузь/ })).toContainText("будівництво");
  await check(page);
  await expect(figure(page, "created")).toHaveText("2");
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await expect(page.locator(".result.good")).toContainText("2 records imported");

  const there = async () => (await rest(page, "GET", `companies?filter=${encodeURIComponent(`name ~ "${tag}"`)}`)).items.map((c: { name: string }) => c.name);
  expect((await there()).sort()).toEqual([`ТОВ «Ґанок» ${tag}`, `Їжак і Єнот ${tag}`].sort());
  await page.locator(".result").getByRole("button", { name: "Undo" }).click();
  await page.locator("dialog[open] .btn.danger").click();
  await expect(page.locator(".result")).toContainText("taken back");
  expect(await there()).toEqual([]);
});

// The window's title was asked for once more when its page was gone, and the whole page stopped.
test("whoever has sent a file goes on to any other page", async ({ page }) => {
  await signIn(page);
  await choose(page, file("left.csv", `Name,City\nLeft ${Date.now()},Kyiv\n`));
  await expect(page.getByLabel("Rows of this file are")).toBeVisible();
  for (const [name, path] of [["Contacts", "/contacts"], ["Import", "/import"], ["Dashboard", "/dashboard"]]) {
    await page.locator(`nav a[href='${path}']`).first().click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
  await expect(page).toHaveTitle(/Dashboard/);
});

test("a revenue that looks like millions is asked about, and counted in them", async ({ page }) => {
  await signIn(page);
  const tag = Date.now();
  await choose(page, file("accounts.csv", `account,sector,revenue,employees\nTenth ${tag},retail,1100.04,2822\nEleventh ${tag},retail,251.41,495\n`));
  await page.getByLabel("Rows of this file are").selectOption("company");
  await expect(page.getByLabel("Field for column “revenue”")).toHaveValue("revenue");
  await expect(page.getByText("These revenues are small.")).toBeVisible();
  await page.getByLabel("Amounts count in").selectOption("1000000");
  await check(page);
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await expect(page.locator(".result.good")).toContainText("2 records imported");
  const found = await rest(page, "GET", `companies?filter=${encodeURIComponent(`name ~ "Tenth ${tag}"`)}`);
  expect(found.items[0].revenue.amount).toBe("1100040000.00");
});

test("wrong rows are named with row and column and can be downloaded; the good ones come in", async ({ page }) => {
  await signIn(page);
  const tag = Date.now();
  const rows = [
    `Good ${tag},100,Engaging,2027-01-15,Codehow`,
    `Worse ${tag},abc,Engaging,2027-13-45,Codehow`,
    `Ünknown ${tag},70,Engaging,2027-02-01,Unknown ${tag}`,
  ];
  await choose(page, file("deals.csv", `name,amount,stage,close date,company\n${rows.join("\n")}\n`));
  await check(page);
  await expect(figure(page, "created")).toHaveText("2");
  await expect(figure(page, "rejected")).toHaveText("1");
  const wrong = page.locator(".tablewrap tbody tr");
  await expect(wrong).toHaveCount(2);
  await expect(wrong.first()).toContainText(/3\s*Amount\s*abc\s*This is no amount/);
  await expect(wrong.last()).toContainText("2027-13-45");

  // The unknown company: left out on second thoughts, and the figures follow.
  const decide = page.locator(".unknowns li", { hasText: `Unknown ${tag}` }).locator("select");
  await expect(figure(page, "related records created")).toHaveText("1");
  await decide.selectOption("leave");
  await expect(figure(page, "related records created")).toHaveCount(0);
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await expect(page.locator(".result.warn")).toContainText("2 records imported");

  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download rejected rows" }).click();
  const saved = await (await waiting).createReadStream();
  let text = "";
  for await (const part of saved) text += part;
  expect(text).toContain(`Worse ${tag}`);
  expect(text).not.toContain(`Good ${tag}`);
});

test("a file that is no table says what to do, and the others wait", async ({ page }) => {
  await signIn(page);
  await choose(page, file("picture.csv", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d])), file("nothing.csv", ""), file("good.csv", "name,city\nWaiting Ltd,Oslo\n"));
  const lines = page.locator(".filelist[role=status] li");
  await expect(lines.nth(0)).toContainText("This is no table");
  await expect(lines.nth(1)).toContainText("The file is empty");
  await lines.nth(2).getByRole("link", { name: "Continue" }).click();
  await expect(page.getByRole("heading", { name: "good.csv" })).toBeVisible();
});

test("another encoding, another kind: what was chosen is read anew and survives a reload", async ({ page }) => {
  await signIn(page);
  await choose(page, file("people.csv", "First name\tLast name\tEmail\nAda\tLovelace\tada@lovelace.example\n"));
  await expect(page.getByLabel("Rows of this file are")).toHaveValue("contact");
  await expect(page.locator(".filelist")).toContainText("tab");
  await page.getByLabel("Encoding").selectOption("windows-1252");
  await expect(page.locator(".filelist")).toContainText("windows-1252");
  await page.getByLabel("Field for column “Email”").selectOption("");
  await page.reload();
  await expect(page.getByLabel("Encoding")).toHaveValue("windows-1252");
  await expect(page.getByLabel("Field for column “Email”")).toHaveValue("");
  await page.getByLabel("Rows of this file are").selectOption("company");
  await expect(page.getByLabel("Field for column “First name”")).toBeVisible();
});

test("several files: which of them it is, and what was left waits in another tab too", async ({ page, context }) => {
  await signIn(page);
  const tag = Date.now();
  const companies = file(`companies ${tag}.csv`, `account,sector,employees\nFirst ${tag},retail,12\n`);
  const contacts = file(`contacts ${tag}.csv`, `first_name,last_name,email,company\nAda,Byron ${tag},ada.${tag}@import.example,First ${tag}\n`);
  await choose(page, contacts, companies);
  // What is named comes before what names it.
  const round = page.locator(".together");
  await expect(round).toContainText("File 1 of 2");
  await expect(round.locator("[aria-current]")).toHaveText(companies.name);
  await check(page);
  await page.getByRole("button", { name: "Import 1 row" }).click();
  await expect(page.locator(".result.good")).toContainText("1 record imported");
  await expect(round.locator(".over")).toHaveText(companies.name);

  const other = await context.newPage();
  await open(other, "/import");
  const left = other.locator(".filelist li", { hasText: `contacts ${tag}.csv` });
  await expect(left).toContainText("1 row");
  await expect(other.locator(".filelist")).not.toContainText(companies.name);
  await left.getByRole("link", { name: "Continue" }).click();
  await expect(other.getByLabel("Rows of this file are")).toHaveValue("contact");
  await open(other, "/import");
  await left.getByRole("button", { name: `Remove ${contacts.name}` }).click();
  await expect(left).toHaveCount(0);
  await open(other, "/import");
  await expect(left).toHaveCount(0);
});
